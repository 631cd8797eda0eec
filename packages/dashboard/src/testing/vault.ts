import { openPolicy, timestamp, type Credential } from '@assay/core'
import type { ListedKey } from '../vault/gateway-key-list.tsx'
import type { Answers } from './answers.ts'
import { idOf } from './random.ts'

const DAY_MS = 86_400_000

const credentialOf = (number: number, now: number, changes: Partial<Credential>): Credential => ({
  id: idOf(7, number),
  provider: 'openai',
  name: 'production',
  baseUrl: 'https://api.openai.com/v1',
  origin: 'https://api.openai.com',
  options: {},
  hint: 'sk-…4f2a',
  isDefault: false,
  status: 'active',
  expiresAt: null,
  maxAgeDays: null,
  dueAt: null,
  graceUntil: null,
  secretSetAt: timestamp(now - 20 * DAY_MS),
  lastUsedAt: timestamp(now - 90_000),
  lastCheckedAt: null,
  lastError: null,
  createdBy: 'person:1',
  createdAt: timestamp(now - 40 * DAY_MS - number),
  updatedAt: timestamp(now - 20 * DAY_MS),
  ...changes,
})

/** One of each state that a credential can be in. */
export const makeCredentials = (now: number): Credential[] => [
  credentialOf(1, now, { isDefault: true }),
  credentialOf(2, now, {
    name: 'second account',
    status: 'invalid',
    lastError: 'unauthorized: the provider answered 401 3 times in a row',
  }),
  credentialOf(3, now, {
    provider: 'anthropic',
    name: 'default',
    isDefault: true,
    maxAgeDays: 90,
    dueAt: timestamp(now - DAY_MS),
  }),
  credentialOf(4, now, {
    provider: 'azure',
    name: 'west europe',
    baseUrl: 'https://shop.openai.azure.com',
    status: 'inactive',
  }),
  credentialOf(5, now, { provider: 'google', name: 'trial', expiresAt: timestamp(now - DAY_MS), lastUsedAt: null }),
]

const keyOf = (number: number, now: number, changes: Partial<ListedKey>): ListedKey => ({
  id: idOf(8, number),
  name: 'order-service',
  prefix: 'as_live_k3',
  last4: 'Zq8w',
  ...openPolicy,
  scopes: ['inference', 'failures'],
  limitsId: idOf(8, number),
  rotatedTo: null,
  revokedAt: null,
  lastUsedAt: timestamp(now - 40_000),
  createdAt: timestamp(now - 30 * DAY_MS),
  budget: null,
  ...changes,
})

/** Keys with and without limits, and one that is over. */
export const makeKeys = (now: number): ListedKey[] => [
  keyOf(1, now, { rpm: 1_200, allowedModels: ['openai/*', 'sim/*'] }),
  keyOf(2, now, { name: 'ci', scopes: ['tests', 'read'], lastUsedAt: null }),
  keyOf(3, now, { name: 'old-laptop', revokedAt: timestamp(now - DAY_MS) }),
]

/** Changes of credentials and keys, in the world itself. */
export const vaultAnswers = ({
  credentials,
  keys,
  now,
}: {
  credentials: Credential[]
  keys: ListedKey[]
  now: number
}): Partial<Answers> => {
  const one = (id: string) => credentials.find((credential) => credential.id === id)
  return {
    createCredential: ({ body: { provider, name, baseUrl = 'https://api.openai.com/v1' } }) => {
      const made = credentialOf(credentials.length + 10, now, { provider, name, baseUrl, lastUsedAt: null })
      credentials.unshift(made)
      return made
    },
    checkStoredCredential: () => ({ ok: true, latencyMs: 212, models: ['a', 'b'] }),
    rotateCredential: ({ params: { id } }) => one(id),
    updateCredential: ({ params: { id }, body: { status } }) => {
      const credential = one(id)
      return credential && Object.assign(credential, { status })
    },
    setDefaultCredential: ({ params: { id } }) => {
      const chosen = one(id)
      for (const other of credentials) if (other.provider === chosen?.provider) other.isDefault = other === chosen
      return chosen
    },
    removeCredential: ({ params: { id } }) => {
      const removed = one(id)
      if (!removed) return undefined
      credentials.splice(credentials.indexOf(removed), 1)
      return { ...removed, wasDefault: removed.isDefault, note: null }
    },
    createGatewayKey: ({ body }) => {
      const made = keyOf(keys.length + 10, now, { ...body, lastUsedAt: null })
      keys.unshift(made)
      return { ...made, key: 'as_live_shown-once' }
    },
    updateGatewayKey: ({ params: { id }, body }) => {
      const key = keys.find((item) => item.id === id)
      return key && Object.assign(key, body)
    },
    rotateGatewayKey: ({ params: { id } }) => {
      const key = keys.find((item) => item.id === id)
      return key && { ...key, key: 'as_live_shown-once' }
    },
    revokeGatewayKey: ({ params: { id } }) => {
      const key = keys.find((item) => item.id === id)
      return key && Object.assign(key, { revokedAt: timestamp(now) })
    },
  }
}
