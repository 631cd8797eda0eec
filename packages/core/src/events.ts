import { z } from 'zod'
import { Timestamp } from './clock.ts'

/** What live streams can be asked for. */
export const topics = ['runs', 'jobs', 'failures', 'alerts', 'requests', 'keys'] as const
export const Topic = z.enum(topics)
export type Topic = z.infer<typeof Topic>

/** One live notice: ids and counters, never bodies or secrets; who wants more reads it under its own rights. */
export const LiveEvent = z.object({
  topic: Topic,
  type: z.enum([
    'request.closed',
    'failure.recorded',
    'group.changed',
    'group.reopened',
    'test.created',
    'test.executed',
    'run.started',
    'run.progress',
    'run.finished',
    'alert.raised',
    'alert.resolved',
    'credential.changed',
    'reset',
  ]),
  id: z.string(),
  at: Timestamp,
  counters: z.record(z.string(), z.number()).default({}),
})
export type LiveEvent = z.infer<typeof LiveEvent>
