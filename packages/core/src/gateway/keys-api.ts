import { z } from 'zod'
import { Timestamp } from '../clock.ts'
import { contract } from '../contract.ts'
import { IdParams, PageQuery, pageOf } from '../page.ts'
import { BudgetState } from './budget.ts'
import { knownProviders } from '../vault/credential.ts'
import { KeyPolicy } from './key-policy.ts'
import { canonicalProvider } from './price.ts'
import { matchesAny } from '../routing/glob.ts'

/** What an application sends to the gateway; the key itself is shown once, when it is made. */
export const GatewayKey = z.object({
  id: z.uuid(),
  name: z.string(),
  prefix: z.string().describe('How the key begins, to tell keys apart.'),
  last4: z.string(),
  ...KeyPolicy.shape,
  limitsId: z.uuid().describe('Whose limits and budget it shares: the first key of its rotations.'),
  rotatedTo: z.uuid().nullable().describe('The key that took its place.'),
  revokedAt: Timestamp.nullable(),
  lastUsedAt: Timestamp.nullable(),
  createdAt: Timestamp,
})
export type GatewayKey = z.infer<typeof GatewayKey>

const { scopes, ...limits } = KeyPolicy.shape

/** What a key is to reach, by the names that calls are planned with; a name that no provider has would reach nothing. */
const reach = {
  allowedModels: limits.allowedModels.overwrite((globs) => globs.map(withOwnProvider)),
  allowedProviders: limits.allowedProviders
    .overwrite((globs) => globs.map(canonicalProvider))
    .refine((globs) => globs.every((glob) => knownProviders.some((name) => matchesAny(name, [glob]))), {
      message: `names a provider that there is not; there are ${knownProviders.join(', ')}`,
    }),
}

/** `gemini/*` as `google/*`. */
const withOwnProvider = (glob: string): string => {
  const slash = glob.indexOf('/')
  return slash < 0 ? glob : canonicalProvider(glob.slice(0, slash)) + glob.slice(slash)
}

/** The policy of a new key: what is left out holds nothing back. */
const NewKeyPolicy = {
  scopes: scopes.default(['inference', 'failures']),
  allowedModels: reach.allowedModels.default([]),
  allowedProviders: reach.allowedProviders.default([]),
  credentialIds: limits.credentialIds.default([]),
  rpm: limits.rpm.default(null),
  tpm: limits.tpm.default(null),
  maxConcurrency: limits.maxConcurrency.default(null),
  budgetNanoUsd: limits.budgetNanoUsd.default(null),
  budgetWindow: limits.budgetWindow.default(null),
  maxCostPerRequestNanoUsd: limits.maxCostPerRequestNanoUsd.default(null),
  routePolicy: limits.routePolicy.default(null),
  cachePolicy: limits.cachePolicy.default(null),
  retention: limits.retention.default(null),
  onFullDisk: limits.onFullDisk.default('serve'),
  expiresAt: limits.expiresAt.default(null),
}

const name = z.string().trim().min(1).max(100)

/** A key with what is gone of its budget. */
const GatewayKeyWithBudget = GatewayKey.extend({ budget: BudgetState.nullable() })

/** The answer that shows a key itself, once. */
const ShownGatewayKey = GatewayKey.extend({ key: z.string() })

const admin = { who: 'person', role: 'admin', scope: 'admin' } as const

export const listGatewayKeys = contract({
  method: 'get',
  path: '/api/v1/gateway-keys',
  access: admin,
  summary: 'The gateway keys of the workspace, without the keys themselves',
  query: PageQuery,
  reply: pageOf(GatewayKeyWithBudget),
})

export const getGatewayKey = contract({
  method: 'get',
  path: '/api/v1/gateway-keys/{id}',
  access: admin,
  summary: 'One gateway key with what is gone of its budget',
  params: IdParams,
  reply: GatewayKeyWithBudget,
})

export const createGatewayKey = contract({
  method: 'post',
  path: '/api/v1/gateway-keys',
  access: admin,
  summary: 'Make a gateway key; the answer is the only place that shows it',
  status: 201,
  body: z
    .strictObject({ name, ...NewKeyPolicy })
    .refine(({ budgetNanoUsd, budgetWindow }) => (budgetNanoUsd === null) === (budgetWindow === null), {
      path: ['budgetWindow'],
      message: 'is hour, day, month or total where there is a budget, and left out where there is none',
    }),
  reply: ShownGatewayKey,
})

export const updateGatewayKey = contract({
  method: 'patch',
  path: '/api/v1/gateway-keys/{id}',
  access: admin,
  summary: 'Change the name or the policy of a gateway key; what is left out stays',
  params: IdParams,
  body: z.strictObject({ name, ...KeyPolicy.shape, ...reach }).partial(),
  reply: GatewayKeyWithBudget,
})

export const rotateGatewayKey = contract({
  method: 'post',
  path: '/api/v1/gateway-keys/{id}/rotate',
  access: admin,
  summary: 'Put a new key in the place of one, which goes on for the grace; the answer is the only place that shows it',
  status: 201,
  params: IdParams,
  body: z.strictObject({
    graceMs: z.int().min(0).max(2_592_000_000).default(0).describe('How long the old key still works.'),
  }),
  reply: ShownGatewayKey,
})

export const revokeGatewayKey = contract({
  method: 'delete',
  path: '/api/v1/gateway-keys/{id}',
  access: admin,
  summary: 'Revoke a gateway key, within a second on this process',
  params: IdParams,
  reply: GatewayKey,
})
