import type { IncomingMessage, ServerResponse } from 'node:http'
import { AssayError, isAssayError } from '@assay/core'
import { LONGEST_WAIT_MS, type Lines, type Place, type Turn } from '../attempt/lines.ts'
import type { KeyHolder, Leave, Limits } from '../parts.ts'

type Entering = {
  request: IncomingMessage
  response: ServerResponse
  holder: KeyHolder
  arrivedAt: number
}

/** So often the first in the line asks by itself; places in this process are told of as they become free. */
const ASK_EVERY_MS = 250

/**
 * Counts a request against what its key may do at once, for as long as it is being answered. One that says how long
 * it waits stands in a line while the key is full. False: the caller has left meanwhile.
 */
export const enter = async (
  { limits, lines, now }: { limits: Limits; lines: Lines; now: () => number },
  entering: Entering,
): Promise<boolean> => {
  const { holder, response } = entering
  const line = holder.maxConcurrency === null || holder.limitsId === null ? null : `key ${holder.limitsId}`
  const left = line === null ? await limits.enter(holder) : await enterInTurn({ limits, lines, now, line }, entering)
  if (left === null) return false
  const leave = (): void => {
    left()
    if (line !== null) lines.nudge(line)
  }
  if (response.destroyed) leave()
  else response.once('close', leave)
  return true
}

type InLine = { limits: Limits; lines: Lines; now: () => number; line: string }

const enterInTurn = async (parts: InLine, entering: Entering): Promise<Leave | null> => {
  const { limits, lines, now, line } = parts
  const { holder, arrivedAt } = entering
  const waitMs = waitOf(entering.request)
  const untilMs = Math.min(now() + LONGEST_WAIT_MS, arrivedAt + waitMs)
  if (!lines.isBusy(line)) {
    try {
      return await limits.enter(holder)
    } catch (error) {
      if (waitMs === 0 || !isFull(error)) throw error
      return stand(parts, entering, { untilMs, refusal: error })
    }
  }
  // What becomes free belongs to those who wait.
  const refusal = fullOf(holder)
  if (waitMs === 0) throw refusal
  return stand(parts, entering, { untilMs, refusal })
}

/** Stands in the line until there is a place, the caller leaves, or it has been long enough. */
const stand = (
  { limits, lines, line }: InLine,
  { holder, response }: Entering,
  { untilMs, refusal }: { untilMs: number; refusal: AssayError },
): Promise<Leave | null> =>
  new Promise((resolve, reject) => {
    let place: Place | null = null
    const settle = (end: () => void): void => {
      response.off('close', onGone)
      end()
    }
    const onGone = (): void => {
      place?.leave()
      settle(() => resolve(null))
    }
    const ask = async (turn: Turn, number: number | undefined): Promise<void> => {
      try {
        const leave = await limits.enter(holder)
        // Whoever left while it was asked has no use for the place any more.
        if (response.destroyed) leave()
        else settle(() => resolve(leave))
        turn.passed()
      } catch (error) {
        if (isFull(error) && !response.destroyed) join({ number })
        else settle(() => reject(error))
        turn.refused(ASK_EVERY_MS)
      }
    }
    const join = (former?: { number: number | undefined }): void => {
      let isTried = false
      const joined = lines.join(line, {
        number: former?.number,
        pauseMs: former ? ASK_EVERY_MS : 0,
        untilMs,
        onTurn: (turn) => {
          isTried = true
          place = null
          // A moment later, when the place in the line is known; meanwhile nobody slips in.
          queueMicrotask(() => void ask(turn, joined?.number ?? former?.number))
        },
        onOver: () => settle(() => reject(refusal)),
      })
      if (joined === null) settle(() => reject(refusal))
      else if (!isTried) place = joined
    }
    if (response.destroyed) return resolve(null)
    response.on('close', onGone)
    join()
  })

const isFull = (error: unknown): error is AssayError =>
  isAssayError(error, 'gateway.rate_limited') && error.details.limit === 'maxConcurrency'

const fullOf = ({ maxConcurrency }: KeyHolder): AssayError =>
  new AssayError('gateway.rate_limited', {
    limit: 'maxConcurrency',
    allowed: maxConcurrency ?? 0,
    needed: 1,
    retryAfterMs: 1_000,
  })

/** How long the caller says that it waits; 0: it does not say. */
const waitOf = ({ headers }: IncomingMessage): number => {
  const said = headers['x-assay-timeout-ms']
  return typeof said === 'string' && /^\d{1,9}$/.test(said) ? Number(said) : 0
}
