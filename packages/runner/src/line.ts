import type { Complete } from '@assay/core'
import { createLane, type Lane } from './lane.ts'

/** The calls to one model: as many at once as its lane allows, the others wait in the order in which they came. */
export type Line = {
  readonly lane: Lane
  /** A place is free and nobody waits for it. */
  readonly isFree: boolean
  /** Takes a place when one is free and nobody waits for it. */
  tryEnter(): boolean
  /** Waits for a place; rejects with the reason of the signal. */
  enter(signal: AbortSignal): Promise<void>
  leave(): void
  /** Gives a place back that was not used. */
  release(): void
}

type Waiter = { let: () => void }

/** A line whose `onFree` is told of places that nobody in it waits for. */
export const createLine = ({
  ceiling,
  now,
  onFree,
}: {
  ceiling: number
  now: () => number
  onFree: () => void
}): Line => {
  const lane = createLane({ ceiling, now })
  const waiting: Waiter[] = []
  let active = 0
  let wakeUp: NodeJS.Timeout | null = null
  const isOpen = (): boolean => active < lane.limit && lane.closedUntilMs <= now()
  const admit = (): void => {
    while (waiting.length > 0 && isOpen()) {
      active++
      waiting.shift()!.let()
    }
    const closedMs = lane.closedUntilMs - now()
    if (waiting.length > 0 && closedMs > 0) {
      wakeUp ??= setTimeout(() => {
        wakeUp = null
        admit()
      }, closedMs)
    }
  }
  return {
    lane,
    get isFree() {
      return waiting.length === 0 && isOpen()
    },
    tryEnter() {
      if (waiting.length > 0 || !isOpen()) return false
      active++
      return true
    },
    enter(signal) {
      return new Promise((resolve, reject) => {
        const giveUp = (): void => {
          waiting.splice(waiting.indexOf(waiter), 1)
          reject(signal.reason as Error)
        }
        const waiter: Waiter = {
          let: () => {
            signal.removeEventListener('abort', giveUp)
            resolve()
          },
        }
        if (signal.aborted) return reject(signal.reason as Error)
        signal.addEventListener('abort', giveUp, { once: true })
        waiting.push(waiter)
        admit()
      })
    },
    release() {
      active--
      admit()
    },
    leave() {
      active--
      admit()
      onFree()
    },
  }
}

/** A call that waits for its place in the line of its model. */
export const inLine =
  (line: Line, next: Complete): Complete =>
  async (request, options) => {
    await line.enter(options.signal)
    try {
      const completion = await next(request, options)
      line.lane.onSuccess()
      return completion
    } finally {
      line.leave()
    }
  }
