import type { ServerResponse } from 'node:http'
import { AssayError } from '@assay/core'

/** Lets requests in as long as the process keeps up with those it has. */
export type Admission = {
  /** Throws `internal.overloaded` at once for one too many. */
  enter(response: ServerResponse): void
  close(): void
}

const MOST_INFLIGHT = 1_024
/** So late the process may be with what it wanted to do, in the mean of the last seconds. */
const MOST_LATE_MS = 1_000
/** With fewer under way, lateness is not of their making. */
const FEWEST_INFLIGHT = 64
const LOOK_EVERY_MS = 100
const NEWEST_SHARE = 0.1
const RETRY_AFTER_SECONDS = 1

/** Watches how late the process is, and counts what it is answering. */
export const createAdmission = ({
  shed,
  mostInflight = MOST_INFLIGHT,
  mostLateMs = MOST_LATE_MS,
  fewestInflight = FEWEST_INFLIGHT,
}: {
  /** Told of each that was refused. */
  shed?: ((reason: 'concurrency' | 'lateness') => void) | undefined
  mostInflight?: number
  mostLateMs?: number
  fewestInflight?: number
} = {}): Admission => {
  let inflight = 0
  let lateMs = 0
  let lookedAt = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    lateMs += (Math.max(0, now - lookedAt - LOOK_EVERY_MS) - lateMs) * NEWEST_SHARE
    lookedAt = now
  }, LOOK_EVERY_MS).unref()
  const leave = (): void => {
    inflight--
  }
  return {
    enter: (response) => {
      const isLate = lateMs > mostLateMs && inflight >= fewestInflight
      if (inflight >= mostInflight || isLate) {
        shed?.(isLate ? 'lateness' : 'concurrency')
        throw new AssayError('internal.overloaded', { retryAfterSeconds: RETRY_AFTER_SECONDS })
      }
      inflight++
      response.once('close', leave)
    },
    close: () => clearInterval(timer),
  }
}
