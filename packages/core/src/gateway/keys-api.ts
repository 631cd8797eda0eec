import { z } from 'zod'
import { Timestamp } from '../clock.ts'
import { contract } from '../contract.ts'
import { IdParams, PageQuery, pageOf } from '../page.ts'
import { KeyPolicy } from './key-policy.ts'

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

/** The policy of a new key: what is left out holds nothing back. */
const NewKeyPolicy = {
  scopes: scopes.default(['inference', 'failures']),
  allowedModels: limits.allowedModels.default([]),
  allowedProviders: limits.allowedProviders.default([]),
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

export const listGatewayKeys = contract({
  method: 'get',
  path: '/api/v1/gateway-keys',
  access: { who: 'person', role: 'admin', scope: 'admin' },
  summary: 'The gateway keys of the workspace, without the keys themselves',
  query: PageQuery,
  reply: pageOf(GatewayKey),
})

export const createGatewayKey = contract({
  method: 'post',
  path: '/api/v1/gateway-keys',
  access: { who: 'person', role: 'admin', scope: 'admin' },
  summary: 'Make a gateway key; the answer is the only place that shows it',
  status: 201,
  body: z
    .strictObject({ name, ...NewKeyPolicy })
    .refine(({ budgetNanoUsd, budgetWindow }) => (budgetNanoUsd === null) === (budgetWindow === null), {
      path: ['budgetWindow'],
      message: 'is hour, day, month or total where there is a budget, and left out where there is none',
    }),
  reply: GatewayKey.extend({ key: z.string() }),
})

export const revokeGatewayKey = contract({
  method: 'delete',
  path: '/api/v1/gateway-keys/{id}',
  access: { who: 'person', role: 'admin', scope: 'admin' },
  summary: 'Revoke a gateway key, within a second on this process',
  params: IdParams,
  reply: GatewayKey,
})
