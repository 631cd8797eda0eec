import { timestamp, type Schedule } from '@assay/core'
import type { Answers } from './answers.ts'
import { idOf } from './random.ts'

const HOUR_MS = 3_600_000

const scheduleOf = (number: number, now: number, changes: Partial<Schedule>): Schedule => ({
  id: idOf(15, number),
  name: 'every 6 hours',
  cron: '0 */6 * * *',
  timeZone: 'UTC',
  tag: null,
  testIds: [],
  environment: 'production',
  dailyBudgetNanoUsd: 1_000_000_000,
  paused: false,
  isDefault: false,
  next: [1, 2, 3].map((place) => timestamp(now + place * 6 * HOUR_MS)),
  lastAt: timestamp(now - 5 * HOUR_MS),
  lastRunId: idOf(16, number),
  lastOutcome: 'queued',
  spentTodayNanoUsd: 42_000_000,
  createdAt: timestamp(now - 900 * HOUR_MS),
  updatedAt: timestamp(now - 900 * HOUR_MS),
  ...changes,
})

const makeSchedules = (now: number): Schedule[] => [
  scheduleOf(1, now, { isDefault: true }),
  scheduleOf(2, now, {
    name: 'checkout, in the working hours of Berlin',
    cron: '*/15 9-17 * * mon-fri',
    timeZone: 'Europe/Berlin',
    tag: 'checkout',
    environment: 'staging',
    lastOutcome: 'skipped: its budget of the day was used',
    spentTodayNanoUsd: 1_004_000_000,
  }),
  scheduleOf(3, now, { name: 'nightly', cron: '30 2 * * *', testIds: [idOf(4, 1)], paused: true, next: [] }),
]

type Name =
  | 'listSchedules'
  | 'createSchedule'
  | 'updateSchedule'
  | 'pauseSchedule'
  | 'runSchedule'
  | 'removeSchedule'
  | 'previewSchedule'

/** The answers about schedules. */
export const scheduleAnswers = (now: number, isEmpty: boolean): Pick<Answers, Name> => {
  const one = (id: string) => makeSchedules(now).find((schedule) => schedule.id === id)
  return {
    listSchedules: () => ({ items: isEmpty ? [] : makeSchedules(now) }),
    createSchedule: ({ body }) => ({ ...scheduleOf(7, now, {}), ...body }),
    updateSchedule: ({ params: { id }, body }) => {
      const schedule = one(id)
      const changes = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined))
      return schedule && { ...schedule, ...changes }
    },
    pauseSchedule: ({ params: { id }, body: { paused } }) => {
      const schedule = one(id)
      return schedule && { ...schedule, paused }
    },
    runSchedule: ({ params: { id } }) => (one(id) ? { runId: idOf(16, 9), tests: 8 } : undefined),
    removeSchedule: ({ params: { id } }) => one(id),
    previewSchedule: () => ({ next: [1, 2, 3].map((day) => timestamp(Date.UTC(2026, 10, 23 + day, 1, 30))) }),
  }
}
