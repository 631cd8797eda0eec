import { z } from 'zod'
import { Timestamp } from '../clock.ts'
import { contract } from '../contract.ts'
import { IdParams, PageQuery, pageOf } from '../page.ts'
import { Scope } from '../workspace/access.ts'
import { RequestRecord, requestStatuses } from './request.ts'

/** What an application sends to the gateway; the key itself is shown once, when it is made. */
export const GatewayKey = z.object({
  id: z.uuid(),
  name: z.string(),
  prefix: z.string().describe('How the key begins, to tell keys apart.'),
  last4: z.string(),
  scopes: z.array(Scope),
  allowedModels: z.array(z.string()).describe('Globs over `provider/model`; empty allows all.'),
  expiresAt: Timestamp.nullable(),
  revokedAt: Timestamp.nullable(),
  createdAt: Timestamp,
})
export type GatewayKey = z.infer<typeof GatewayKey>

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
  body: z.strictObject({
    name: z.string().trim().min(1).max(100),
    scopes: z.array(Scope).min(1).default(['inference', 'failures']),
    allowedModels: z.array(z.string().min(1).max(200)).max(100).default([]),
    expiresAt: Timestamp.nullable().default(null),
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

export const listRequests = contract({
  method: 'get',
  path: '/api/v1/requests',
  access: { who: 'person', role: 'viewer', scope: 'read' },
  summary: 'The request log, newest first',
  query: PageQuery.extend({
    status: z.enum(requestStatuses).optional(),
    model: z.string().max(256).optional().describe('Exact requested or answering model.'),
    provider: z.string().max(64).optional(),
    text: z.string().max(200).optional().describe('Part of the prompt preview.'),
    since: Timestamp.optional(),
  }),
  reply: pageOf(RequestRecord),
})

export const getRequest = contract({
  method: 'get',
  path: '/api/v1/requests/{id}',
  access: { who: 'person', role: 'viewer', scope: 'read' },
  summary: 'One request with its attempts and cost',
  params: IdParams,
  reply: RequestRecord,
})
