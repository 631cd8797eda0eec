import { readConfig } from '@assay/core'
import { expect, test } from 'vitest'
import { createCredentials } from './resolve.ts'
import type { Vault } from './vault.ts'

test('an operator’s server without a key is called without one, not with the word none', async () => {
  const credentials = createCredentials({
    config: readConfig({ OPENAI_BASE_URL: 'http://127.0.0.1:11434/v1', ASSAY_OPERATOR_KEYS_FOR: '*' }),
    store: { inWorkspace: async <Result>() => ({ rows: [], slug: 'local' }) as Result },
    vault: {} as Vault,
    now: () => 0,
  })
  expect(await credentials.resolve('local', 'openai')).toEqual({
    id: null,
    source: 'system',
    baseUrl: 'http://127.0.0.1:11434/v1',
    secret: null,
    options: {},
  })
})
