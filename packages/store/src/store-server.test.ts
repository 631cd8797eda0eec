import { describeStore } from '@assay/testkit'

describeStore('a store on a PostgreSQL server', { engine: 'server' })
