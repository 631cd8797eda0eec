import { Secret, silentLog } from '@assay/core'
import { describeProvider } from '@assay/testkit/contracts'
import { createComplete } from './complete.ts'
import { createEgress } from './egress.ts'

const key = 'sk-the-secret-of-this-test'

/** Providers by their APIs; where each of them is called differs. */
const providers = { openai: 'baseUrl', compatible: 'baseUrl', anthropic: 'url', google: 'url' } as const

for (const [providerName, place] of Object.entries(providers)) {
  describeProvider(providerName, {
    model: 'fake-model',
    key,
    open: (fake) => {
      const egress = createEgress({ allow: [fake.host], log: silentLog })
      const resolve = async (model: string) => ({ providerName, model, baseUrl: fake[place], secret: new Secret(key) })
      return { complete: createComplete({ egress, resolve, now: Date.now }), close: () => egress.close() }
    },
  })
}
