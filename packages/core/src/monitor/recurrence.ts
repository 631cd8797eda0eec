import { MINUTE_MS, type Timestamp } from '../clock.ts'
import type { FailureGroup } from './failure.ts'
import { isNotOlder, type ReleaseOrder } from './release.ts'

/** So far apart two failures of one user are two incidents. */
const INCIDENT_MS = 10 * MINUTE_MS

/** Where a group stands before another failure comes. */
export type Standing = {
  state: FailureGroup['state']
  resolvedIn: string | null
  mutedUntil: Timestamp | null
  /** At which count of occurrences its muting ends. */
  muteEndsAt: number | null
  occurrences: number
}

/** What another failure does to its group: `reopened` and `unmuted` are news, anything else is not. */
export type Recurrence = { state: FailureGroup['state']; news: 'reopened' | 'unmuted' | null }

/**
 * The state of a group after another failure. One that was resolved is reopened, unless the failure comes from a
 * release older than the fix; one that was muted until a time or a count is open again once that has passed.
 */
export const recur = (
  group: Standing,
  failure: { at: Timestamp; count: number; release: string | null; firstSeenAt: ReleaseOrder['firstSeenAt'] },
): Recurrence => {
  const { state, resolvedIn } = group
  if (state === 'resolved') {
    const { release, firstSeenAt } = failure
    const isOld = resolvedIn !== null && release !== null && !isNotOlder({ release, fix: resolvedIn, firstSeenAt })
    return isOld ? { state, news: null } : { state: 'reopened', news: 'reopened' }
  }
  if (state === 'muted' && isMuteOver({ ...group, occurrences: group.occurrences + failure.count }, failure.at)) {
    return { state: 'open', news: 'unmuted' }
  }
  return { state, news: null }
}

/** True when a muting has come to its end by time or by count. */
export const isMuteOver = (
  { mutedUntil, muteEndsAt, occurrences }: Omit<Standing, 'state' | 'resolvedIn'>,
  now: Timestamp,
): boolean => (mutedUntil !== null && mutedUntil <= now) || (muteEndsAt !== null && occurrences > muteEndsAt)

/** True when a failure is an incident of its own: of another user than the one before, or at least ten minutes away. */
export const isIncident = (
  before: { lastSeenAt: Timestamp; lastUser: string | null } | null,
  failure: { at: Timestamp; user: string | null },
): boolean =>
  before === null ||
  Math.abs(Date.parse(failure.at) - Date.parse(before.lastSeenAt)) >= INCIDENT_MS ||
  (failure.user !== null && before.lastUser !== null && failure.user !== before.lastUser)
