import { z } from 'zod'
import { DAY_MS, HOUR_MS, Timestamp, timestamp } from '../clock.ts'
import { NanoUsd } from '../money.ts'
import { BudgetWindow } from './key-policy.ts'

/** How much of a budget is gone in the window that runs now. */
export const BudgetState = z.object({
  id: z.uuid().nullable().describe('Null until the first request of the window.'),
  keyId: z.uuid().nullable().describe('The key it limits, by the first of its rotations; null: the whole workspace.'),
  window: BudgetWindow,
  startsAt: Timestamp,
  resetsAt: Timestamp.nullable().describe('Null: never.'),
  limitNanoUsd: NanoUsd,
  usedNanoUsd: NanoUsd.describe('What requests that have ended cost.'),
  reservedNanoUsd: NanoUsd.describe('Held for requests under way.'),
  lostNanoUsd: NanoUsd.describe('Held by a process that never told what became of it; an admin may release it.'),
})
export type BudgetState = z.infer<typeof BudgetState>

const TOTAL_STARTS_AT = timestamp(0)

/** The window that a moment lies in: UTC hours, days and months. */
export const budgetWindowAt = (
  window: BudgetWindow,
  now: number,
): { startsAt: string; resetsAt: string | null; resetsAtMs: number } => {
  if (window === 'total') return { startsAt: TOTAL_STARTS_AT, resetsAt: null, resetsAtMs: Infinity }
  const [starts, resets] = window === 'month' ? monthAround(now) : spanAround(now, window === 'hour' ? HOUR_MS : DAY_MS)
  return { startsAt: timestamp(starts), resetsAt: timestamp(resets), resetsAtMs: resets }
}

const spanAround = (now: number, lengthMs: number): [number, number] => {
  const starts = Math.floor(now / lengthMs) * lengthMs
  return [starts, starts + lengthMs]
}

const monthAround = (now: number): [number, number] => {
  const date = new Date(now)
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()]
  return [Date.UTC(year, month), Date.UTC(year, month + 1)]
}

/** A window of which nothing is gone yet. */
export const freshBudget = (given: {
  keyId: string | null
  window: BudgetWindow
  limitNanoUsd: number
  now: number
}): BudgetState => {
  const { startsAt, resetsAt } = budgetWindowAt(given.window, given.now)
  return {
    id: null,
    keyId: given.keyId,
    window: given.window,
    startsAt,
    resetsAt,
    limitNanoUsd: given.limitNanoUsd,
    usedNanoUsd: 0,
    reservedNanoUsd: 0,
    lostNanoUsd: 0,
  }
}
