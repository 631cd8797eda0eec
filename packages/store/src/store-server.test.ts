import { describeStore } from '@assay/testkit/store-contract'

describeStore('a PostgreSQL server', { engine: 'server' })
