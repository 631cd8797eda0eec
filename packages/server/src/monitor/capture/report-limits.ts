import { SECOND_MS } from '@assay/core'

/** So many events a second a key may report, and at most so many at once. */
export const EVENTS_PER_SECOND = 100
/** Above so many events of one fingerprint in a second, request and output are kept of every tenth. */
const WHOLE_PER_SECOND = 50
const KEPT_ONE_IN = 10
const MOST_KNOWN = 10_000

/** How much may be reported, and of how much of it everything is kept. */
export type ReportLimits = {
  /** How many of the wanted events the key may report now; of the first refused one, in how many seconds it may. */
  take(key: string, wanted: number): { granted: number; retryAfterSeconds: number }
  /** Whether request and output of this event are kept; it is counted in any case. */
  keepsBodies(group: string): boolean
}

/** Limits of this process, from now on. */
export const createReportLimits = (now: () => number): ReportLimits => {
  const keys = new Map<string, { events: number; at: number }>()
  const groups = new Map<string, { events: number; second: number }>()
  return {
    take: (key, wanted) => {
      const at = now()
      const last = keys.get(key) ?? { events: EVENTS_PER_SECOND, at }
      const grown = (Math.max(0, at - last.at) / SECOND_MS) * EVENTS_PER_SECOND
      const events = Math.min(EVENTS_PER_SECOND, last.events + grown)
      const granted = Math.min(wanted, Math.floor(events))
      remember(keys, key, { events: events - granted, at })
      return { granted, retryAfterSeconds: 1 }
    },
    keepsBodies: (group) => {
      const second = Math.floor(now() / SECOND_MS)
      const last = groups.get(group)
      const events = last?.second === second ? last.events + 1 : 1
      remember(groups, group, { events, second })
      return events <= WHOLE_PER_SECOND || events % KEPT_ONE_IN === 0
    },
  }
}

/** The least recently used is forgotten: whoever was quiet so long starts anew. */
const remember = <Value>(known: Map<string, Value>, key: string, value: Value): void => {
  known.delete(key)
  if (known.size >= MOST_KNOWN) known.delete(known.keys().next().value!)
  known.set(key, value)
}
