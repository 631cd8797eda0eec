import { z } from 'zod'
import { Timestamp } from '../clock.ts'
import { contract } from '../contract.ts'
import { PageQuery, pageOf } from '../page.ts'

/** One row of the audit: who did what to which thing. Each row's hash holds that of the row before. */
export const AuditRow = z.object({
  seq: z.int(),
  at: Timestamp,
  actor: z.string().describe('`person:` or `key:` and an id.'),
  action: z.string().describe('Such as `gateway_key.create`.'),
  target: z.string(),
  before: z.unknown(),
  after: z.unknown(),
  ip: z.string().nullable(),
  requestId: z.string().nullable(),
  hash: z.string().describe('SHA-256 over the hash of the row before and this row, as hex.'),
})
export type AuditRow = z.infer<typeof AuditRow>

/** What the audit can be narrowed down to. */
export const AuditFilter = z.strictObject({
  since: Timestamp.optional(),
  until: Timestamp.optional().describe('Without this moment itself.'),
  actor: z.string().max(200).optional(),
  action: z.string().max(100).optional().describe('Exact, or its beginning when it ends in a dot.'),
  target: z.string().max(200).optional(),
})
export type AuditFilter = z.infer<typeof AuditFilter>

export const listAudit = contract({
  method: 'get',
  path: '/api/v1/audit',
  access: { who: 'person', role: 'admin', scope: 'admin' },
  summary: 'Who changed what, newest first',
  query: PageQuery.extend(AuditFilter.shape),
  reply: pageOf(AuditRow),
})
