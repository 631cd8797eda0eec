import { DAY_MS, timestamp, type Timestamp } from '../clock.ts'
import type { Execution, Quarantine } from './regression-test.ts'
import { trustOf } from './trust.ts'

/** One scored execution as the rules need it; without a version it is of the test's own. */
export type Scored = Pick<Execution, 'outcome' | 'at'> & { version?: number }

const WINDOW = 30
const FLIPS = 2
const MIN_TRUST = 90
const CALM_EXECUTIONS = 20
const FIRST_DAYS = 14
/** Beyond ten years nobody counts. */
const MOST_DOUBLINGS = 8

/**
 * Where a test stands after its newest execution, given where it stood before: in by two flips in 30 executions and a
 * trust under 90, out after 20 executions without a flip or when its days are over. A relapse doubles the days. The
 * history is newest first; what an earlier quarantine was for does not count again.
 */
export const nextQuarantine = (before: Quarantine | null, history: readonly Scored[]): Quarantine | null => {
  const [newest, ...rest] = history
  if (newest === undefined || isNothing(newest)) return before
  if (before !== null && before.endedAt === null) {
    const isOver = newest.at >= before.until || calmOf([newest, ...rest.filter(({ at }) => at > before.since)])
    return isOver ? { ...before, endedAt: newest.at } : before
  }
  if (newest.outcome !== 'flaky') return before
  const endedAt = before?.endedAt
  const counted = rest.filter((execution) => !isNothing(execution) && (!endedAt || execution.at >= endedAt))
  const seen = [newest, ...counted]
  const window = seen.slice(0, WINDOW)
  const flips = window.filter(({ outcome }) => outcome === 'flaky').length
  if (flips < FLIPS || trustOf(seen).trust >= MIN_TRUST) return before
  const times = (before?.times ?? 0) + 1
  const reason = `${flips} of the last ${window.length} executions flipped`
  return { since: newest.at, until: untilOf(newest.at, times), reason, by: 'rule', times, endedAt: null }
}

/** When a quarantine ends that begins now, for the so-manieth time. */
export const untilOf = (since: Timestamp, times: number): Timestamp =>
  timestamp(Date.parse(since) + FIRST_DAYS * 2 ** Math.min(times - 1, MOST_DOUBLINGS) * DAY_MS)

/** True while a test is in quarantine. */
export const isQuarantined = (quarantine: Quarantine | null): quarantine is Quarantine => quarantine?.endedAt === null

/** Replays a history, newest first, and says whether its end lies in quarantine. */
export const quarantineOf = (history: readonly Scored[]): Quarantine | null => {
  let current: Quarantine | null = null
  for (let place = history.length - 1; place >= 0; place--) {
    // Only a flip begins one, and only what follows ends it: the rest need not be looked at.
    if (current?.endedAt === null || history[place]!.outcome === 'flaky')
      current = nextQuarantine(current, history.slice(place))
  }
  return isQuarantined(current) ? current : null
}

const isNothing = ({ outcome }: Scored): boolean => outcome === 'error' || outcome === 'infrastructure'

const calmOf = (history: readonly Scored[]): boolean => {
  const settled = history.filter((execution) => !isNothing(execution)).slice(0, CALM_EXECUTIONS)
  return settled.length === CALM_EXECUTIONS && settled.every(({ outcome }) => outcome !== 'flaky')
}
