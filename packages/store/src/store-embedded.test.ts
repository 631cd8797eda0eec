import { describeStore } from '@assay/testkit/store-contract'

describeStore('the embedded engine', { engine: 'embedded' })
