import { SECOND_MS, type LiveEvent } from '@assay/core'
import type { NumberedEvent } from './bus.ts'

const FRAMES_PER_SECOND = 10

/** One notice in the form of an event stream; its id lets a reader come back to where it was. */
export const frameOf = ({ number, event }: NumberedEvent): string =>
  `id: ${number}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`

/** Tells a reader to read everything afresh, since what it missed is not known any more. */
export const resetFrame = ({ number, at }: { number: number; at: string }): string => {
  const event: LiveEvent = { topic: 'requests', type: 'reset', id: '', at, counters: {} }
  return frameOf({ number, event })
}

/**
 * Lets at most ten frames a second through. What comes faster waits, and of notices about one thing only the newest
 * waits, so that a burst costs a reader one frame per thing.
 */
export const createPacer = ({ write, now }: { write: (numbered: NumberedEvent) => void; now: () => number }) => {
  const waiting = new Map<string, NumberedEvent>()
  let windowStart = now()
  let written = 0
  let timer: NodeJS.Timeout | null = null

  const flush = (): void => {
    timer = null
    for (const [key, numbered] of [...waiting].toSorted(([, a], [, b]) => a.number - b.number)) {
      if (!takeTurn()) break
      waiting.delete(key)
      write(numbered)
    }
    arm()
  }

  const takeTurn = (): boolean => {
    if (now() - windowStart >= SECOND_MS) {
      windowStart = now()
      written = 0
    }
    return written < FRAMES_PER_SECOND && ++written > 0
  }

  const arm = (): void => {
    if (waiting.size === 0 || timer !== null) return
    timer = setTimeout(flush, Math.max(1, windowStart + SECOND_MS - now()))
  }

  return {
    push: (numbered: NumberedEvent): void => {
      if (waiting.size === 0 && takeTurn()) return write(numbered)
      waiting.set(`${numbered.event.type} ${numbered.event.id}`, numbered)
      arm()
    },
    stop: (): void => {
      if (timer !== null) clearTimeout(timer)
      waiting.clear()
    },
  }
}
