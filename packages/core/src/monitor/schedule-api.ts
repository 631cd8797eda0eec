import { z } from 'zod'
import { Timestamp } from '../clock.ts'
import { contract } from '../contract.ts'
import { NANO_USD_PER_USD, NanoUsd } from '../money.ts'
import { IdParams } from '../page.ts'
import { Environments } from '../suite/environment.ts'
import { Cron, TimeZone } from './cron.ts'

const reader = { who: 'person', role: 'viewer', scope: 'read' } as const
/** What runs by itself spends money, so that it takes who may start a run. */
const member = { who: 'person', role: 'member', scope: 'tests' } as const

/** So many a workspace may have. */
export const MOST_SCHEDULES = 100
export const DEFAULT_DAILY_BUDGET_NANO_USD = NANO_USD_PER_USD
const MOST_TESTS = 500
/** So many of the next runs are told. */
export const NEXT_RUNS = 3

/** When regression tests run by themselves, which ones, and for how much. */
export const Schedule = z.object({
  id: z.uuid(),
  name: z.string(),
  cron: z.string().describe('Minute, hour, day of month, month, day of week.'),
  timeZone: z.string().describe('A name of the IANA database.'),
  tag: z.string().nullable().describe('Tests with this tag; null with no ids: all.'),
  testIds: z.array(z.uuid()),
  environment: Environments,
  dailyBudgetNanoUsd: NanoUsd.describe('What its runs of one UTC day may cost.'),
  paused: z.boolean(),
  isDefault: z.boolean().describe('The one that every workspace has; it can be changed and paused, not removed.'),
  next: z.array(Timestamp).describe('The next three runs; none while it is paused.'),
  lastAt: Timestamp.nullable().describe('When it was due last.'),
  lastRunId: z.uuid().nullable(),
  lastOutcome: z.string().nullable().describe('What became of it then.'),
  spentTodayNanoUsd: NanoUsd,
  createdAt: Timestamp,
  updatedAt: Timestamp,
})
export type Schedule = z.infer<typeof Schedule>

const fields = {
  name: z.string().trim().min(1).max(80),
  cron: Cron,
  timeZone: TimeZone,
  tag: z.string().trim().min(1).max(64).nullable(),
  testIds: z.array(z.uuid()).max(MOST_TESTS),
  environment: Environments,
  dailyBudgetNanoUsd: NanoUsd.min(0).max(1_000_000 * NANO_USD_PER_USD),
}

export const listSchedules = contract({
  method: 'get',
  path: '/api/v1/schedules',
  access: reader,
  summary: 'When regression tests run by themselves',
  reply: z.object({ items: z.array(Schedule) }),
})

export const createSchedule = contract({
  method: 'post',
  path: '/api/v1/schedules',
  access: member,
  summary: 'Let regression tests run by themselves: those of a tag, those named, or all',
  status: 201,
  body: z.strictObject({
    ...fields,
    timeZone: TimeZone.default('UTC'),
    tag: fields.tag.default(null),
    testIds: fields.testIds.default([]),
    environment: Environments.default('production'),
    dailyBudgetNanoUsd: fields.dailyBudgetNanoUsd.default(DEFAULT_DAILY_BUDGET_NANO_USD),
  }),
  reply: Schedule,
})

export const getSchedule = contract({
  method: 'get',
  path: '/api/v1/schedules/{id}',
  access: reader,
  summary: 'One schedule, with its next three runs',
  params: IdParams,
  reply: Schedule,
})

export const updateSchedule = contract({
  method: 'patch',
  path: '/api/v1/schedules/{id}',
  access: member,
  summary: 'Change when, what, where or for how much it runs',
  params: IdParams,
  body: z.strictObject(fields).partial(),
  reply: Schedule,
})

export const removeSchedule = contract({
  method: 'delete',
  path: '/api/v1/schedules/{id}',
  access: member,
  summary: 'Remove a schedule; its runs stay',
  params: IdParams,
  reply: Schedule,
})

export const pauseSchedule = contract({
  method: 'post',
  path: '/api/v1/schedules/{id}/pause',
  access: member,
  summary: 'Let a schedule rest, or go on; what fell due while it rested is not caught up',
  params: IdParams,
  body: z.strictObject({ paused: z.boolean().default(true) }),
  reply: Schedule,
})

export const runSchedule = contract({
  method: 'post',
  path: '/api/v1/schedules/{id}/run',
  access: member,
  summary: 'Queue its run now, within what is left of its budget; when it is due next does not change',
  status: 202,
  params: IdParams,
  reply: z.object({ runId: z.uuid(), tests: z.int() }),
})

export const previewSchedule = contract({
  method: 'get',
  path: '/api/v1/schedules/preview',
  access: reader,
  summary: 'The next three runs of a cron line, before it is kept',
  query: z.strictObject({ cron: Cron, timeZone: TimeZone.default('UTC') }),
  reply: z.object({ next: z.array(Timestamp) }),
})
