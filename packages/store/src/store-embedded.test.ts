import { describeStore } from '@assay/testkit'

describeStore('the embedded engine', { engine: 'embedded' })
