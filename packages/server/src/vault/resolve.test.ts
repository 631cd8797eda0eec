import { readConfig } from '@assay/core'
import type { Store } from '@assay/store'
import { expect, test } from 'vitest'
import { createCredentials } from './resolve.ts'
import type { Vault } from './vault.ts'

test('an operator’s server without a key is called without one, not with the word none', async () => {
  const credentials = createCredentials({
    config: readConfig({ OPENAI_BASE_URL: 'http://127.0.0.1:11434/v1' }),
    store: { inWorkspace: async () => null } as unknown as Store,
    vault: {} as Vault,
    localWorkspaceId: 'local',
    now: () => 0,
  })
  expect(await credentials.resolve('local', 'openai')).toEqual({
    id: null,
    baseUrl: 'http://127.0.0.1:11434/v1',
    secret: null,
  })
})
