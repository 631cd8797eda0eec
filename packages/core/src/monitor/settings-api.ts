import { z } from 'zod'
import { Timestamp } from '../clock.ts'
import { contract } from '../contract.ts'
import { CountBy } from './failure.ts'

/** What a workspace wants of its failures. */
export const MonitorSettings = z.object({
  bodies: z.enum(['on', 'off']).describe('Off keeps no request and no output of a failure, so no test can ask again.'),
  threshold: z.int().min(2).max(100).describe('At how many of what `countBy` says a group gets its test.'),
  countBy: CountBy,
  updatedAt: Timestamp.nullable(),
})
export type MonitorSettings = z.infer<typeof MonitorSettings>

export const getMonitorSettings = contract({
  method: 'get',
  path: '/api/v1/monitor/settings',
  access: { who: 'person', role: 'viewer', scope: 'read' },
  summary: 'What is kept of failures, and when a group gets its test',
  reply: MonitorSettings,
})

export const updateMonitorSettings = contract({
  method: 'patch',
  path: '/api/v1/monitor/settings',
  access: { who: 'person', role: 'admin', scope: 'admin' },
  summary: 'Change what is kept of failures from now on, or when a group gets its test',
  body: z.strictObject({
    bodies: MonitorSettings.shape.bodies.optional(),
    threshold: MonitorSettings.shape.threshold.optional(),
    countBy: CountBy.optional(),
  }),
  reply: MonitorSettings,
})
