import { diagnose, type FailureReport } from '@assay/core'

const WINDOW_MS = 60_000
/** So many of one fingerprint are passed on in a window; those after them become one with their count. */
const PASSED_ON = 10
const MOST_COUNT = 10_000
const MOST_KNOWN = 1_000

/** Makes one event of many alike, so that a loop that fails does not drown what else is told. */
export type Collapse = {
  add(report: FailureReport): void
  /** Passes on what is held back, now. */
  release(): void
}

type Window = { endsAt: number; seen: number; held: FailureReport | null }

/** Passes reports on, at most ten of one fingerprint a minute; the rest of a minute follows at its end as one. */
export const createCollapse = (
  passOn: (report: FailureReport) => void,
  { now = Date.now }: { now?: () => number } = {},
): Collapse => {
  const windows = new Map<string, Window>()
  let timer: ReturnType<typeof setTimeout> | null = null

  const settle = (window: Window): void => {
    if (window.held) passOn(window.held)
    window.held = null
  }

  const closeEnded = (): void => {
    timer = null
    for (const [fingerprint, window] of windows) {
      if (window.endsAt > now()) continue
      settle(window)
      windows.delete(fingerprint)
    }
    schedule()
  }

  const schedule = (): void => {
    const held = [...windows.values()].filter((window) => window.held !== null)
    if (timer !== null || held.length === 0) return
    timer = setTimeout(closeEnded, Math.max(0, Math.min(...held.map(({ endsAt }) => endsAt)) - now()))
    if (typeof timer === 'object') timer.unref?.()
  }

  const windowOf = (fingerprint: string): Window => {
    const known = windows.get(fingerprint)
    if (known && known.endsAt > now()) return known
    if (known) settle(known)
    if (!known && windows.size >= MOST_KNOWN) forgetOldest()
    const fresh = { endsAt: now() + WINDOW_MS, seen: 0, held: null }
    windows.set(fingerprint, fresh)
    return fresh
  }

  const forgetOldest = (): void => {
    const [fingerprint, oldest] = windows.entries().next().value!
    settle(oldest)
    windows.delete(fingerprint)
  }

  return {
    add: (report) => {
      const window = windowOf(diagnose(report).fingerprint)
      window.seen += 1
      if (window.seen <= PASSED_ON) return passOn(report)
      const { held } = window
      if (held && held.count + report.count > MOST_COUNT) settle(window)
      window.held = window.held ? { ...window.held, count: window.held.count + report.count } : report
      schedule()
    },
    release: () => {
      for (const window of windows.values()) settle(window)
    },
  }
}
