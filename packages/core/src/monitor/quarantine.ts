import { DAY_MS, timestamp, type Timestamp } from '../clock.ts'
import type { Execution } from './regression-test.ts'
import { trustOf } from './trust.ts'

/** One scored execution as the rules need it. */
export type Scored = Pick<Execution, 'outcome' | 'at'>

const WINDOW = 30
const FLIPS = 2
const MIN_TRUST = 90
const CALM_EXECUTIONS = 20
const FIRST_DAYS = 14

/** Where a test stands in quarantine; null when it is not there. */
export type Quarantine = { since: Timestamp; until: Timestamp; reason: string }

/**
 * Replays the history, newest first, and says whether its end lies in quarantine: in by two flips in 30 executions and
 * a trust under 90, out after 20 executions without a flip or when its days are over. A relapse doubles the days.
 */
export const quarantineOf = (history: readonly Scored[]): Quarantine | null => {
  let current: Quarantine | null = null
  let relapses = 0
  let calm = 0
  let seen: Scored[] = []
  for (const execution of history.toReversed()) {
    if (execution.outcome === 'error' || execution.outcome === 'infrastructure') continue
    seen.unshift(execution)
    calm = execution.outcome === 'flaky' ? 0 : calm + 1
    if (current !== null && (calm >= CALM_EXECUTIONS || execution.at >= current.until)) {
      current = null
      // What it was put away for is served; only new flips count against it.
      seen = seen.slice(0, 1)
    }
    if (current !== null || execution.outcome !== 'flaky') continue
    const flips = seen.slice(0, WINDOW).filter(({ outcome }) => outcome === 'flaky').length
    if (flips < FLIPS || trustOf(seen).trust >= MIN_TRUST) continue
    const days = FIRST_DAYS * 2 ** relapses++
    const until = timestamp(Date.parse(execution.at) + days * DAY_MS)
    current = {
      since: execution.at,
      until,
      reason: `${flips} of the last ${Math.min(WINDOW, seen.length)} executions flipped`,
    }
  }
  return current
}
