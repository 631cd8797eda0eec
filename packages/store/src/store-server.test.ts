import { describeStore } from '@assay/testkit'

describeStore('a PostgreSQL server', { engine: 'server' })
