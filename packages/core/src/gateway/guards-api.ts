import { z } from 'zod'
import { Timestamp } from '../clock.ts'
import { contract } from '../contract.ts'
import { IdParams } from '../page.ts'
import { guardFields, guardMoments } from './guard.ts'

/** Whoever may change guards may let anything through, so it takes an administrator. */
const admin = { who: 'person', role: 'admin', scope: 'admin' } as const

/** So many guards a workspace may have. */
export const MOST_GUARDS = 50

const options = z.record(z.string(), z.unknown())

const GuardReply = z.object({
  ...guardFields,
  id: z.uuid(),
  options,
  createdAt: Timestamp,
  updatedAt: Timestamp,
})
export type GuardReply = z.infer<typeof GuardReply>

const GuardBody = z.strictObject({
  ...guardFields,
  options: options.optional().describe('What the kind asks for; see docs/gateway.md.'),
})
export type GuardBody = z.input<typeof GuardBody>

const List = z.object({ items: z.array(GuardReply) })

export const listGuards = contract({
  method: 'get',
  path: '/api/v1/guards',
  access: { who: 'person', role: 'viewer', scope: 'read' },
  summary: 'The guards of the workspace, in the order they look',
  reply: List,
})

export const createGuard = contract({
  method: 'post',
  path: '/api/v1/guards',
  access: admin,
  summary: 'Add a guard behind the others',
  status: 201,
  body: GuardBody,
  reply: GuardReply,
})

export const updateGuard = contract({
  method: 'patch',
  path: '/api/v1/guards/{id}',
  access: admin,
  summary: 'Change a guard',
  params: IdParams,
  body: z.strictObject({
    name: guardFields.name.optional(),
    action: guardFields.action.optional(),
    options: options.optional(),
    onError: z.enum(['open', 'closed']).optional(),
    keyId: z.uuid().nullable().optional(),
    enabled: z.boolean().optional(),
  }),
  reply: GuardReply,
})

export const removeGuard = contract({
  method: 'delete',
  path: '/api/v1/guards/{id}',
  access: admin,
  summary: 'Remove a guard',
  params: IdParams,
  reply: GuardReply,
})

export const orderGuards = contract({
  method: 'post',
  path: '/api/v1/guards/order',
  access: admin,
  summary: 'Put the guards in an order; all of them are named',
  body: z.strictObject({ ids: z.array(z.uuid()).max(MOST_GUARDS) }),
  reply: List,
})

/** What the guards would make of a text. */
export const GuardTrial = z.object({
  outcome: z.enum(['passed', 'changed', 'blocked']),
  text: z.string().nullable().describe('Null when it is blocked.'),
  blockedBy: z.string().nullable(),
  flags: z.array(z.string()).describe('Names of the guards that found something.'),
})
export type GuardTrial = z.infer<typeof GuardTrial>

export const tryGuards = contract({
  method: 'post',
  path: '/api/v1/guards/try',
  access: admin,
  summary: 'Show what the guards would make of a text, without a model',
  body: z.strictObject({
    text: z.string().max(200_000),
    when: z.enum(guardMoments).default('in'),
    keyId: z.uuid().nullable().default(null),
    guards: z.array(GuardBody).max(MOST_GUARDS).optional().describe('These instead of the ones that are kept.'),
  }),
  reply: GuardTrial,
})
