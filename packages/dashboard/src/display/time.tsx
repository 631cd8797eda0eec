import { useSyncExternalStore } from 'react'
import { words } from '../words.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
const RECENT_MS = 45_000

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' })
const dayAndClock = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
})
const withYear = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' })

/** `4 min ago`, `3 h ago`, `12 days ago`. */
export const formatAge = (at: number, now: number): string => {
  const age = now - at
  if (age < RECENT_MS) return words.time.now
  if (age < HOUR_MS) return words.time.ago(`${Math.max(1, Math.round(age / MINUTE_MS))} min`)
  if (age < DAY_MS) return words.time.ago(`${Math.round(age / HOUR_MS)} h`)
  const days = Math.round(age / DAY_MS)
  return words.time.ago(days === 1 ? '1 day' : `${days} days`)
}

/** The clock of today, the day of what is older; always where the reader is. */
export const formatMoment = (at: number, now: number): string => {
  if (new Date(at).toDateString() === new Date(now).toDateString()) return clock.format(at)
  return now - at < 300 * DAY_MS ? dayAndClock.format(at) : withYear.format(at)
}

/** `2026-11-21 12:00:00 UTC`, for the reader who compares with a log. */
export const formatUtc = (at: string): string => words.time.utc(at.slice(0, 19).replace('T', ' '))

/** A moment as people here say it, with the exact one in UTC on hover. */
export const Time = ({ at, as = 'age' }: { at: string | null; as?: 'age' | 'moment' }) => {
  const now = useNow()
  if (at === null) return <>{words.time.never}</>
  const format = as === 'age' ? formatAge : formatMoment
  return (
    <time dateTime={at} title={formatUtc(at)}>
      {format(Date.parse(at), now)}
    </time>
  )
}

const TICK_MS = 20_000
let tick = Date.now()
const listeners = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | undefined

/** The time by a clock that all ages on the page share, so that they grow older together. */
export const useNow = (): number => useSyncExternalStore(subscribe, () => tick)

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener)
  timer ??= setInterval(() => {
    tick = Date.now()
    for (const notify of listeners) notify()
  }, TICK_MS)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}
