import { describeStore } from '@assay/testkit'

describeStore('a store on the embedded engine', { engine: 'embedded' })
