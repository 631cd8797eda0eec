import { z } from 'zod'
import type { Category, Failure } from './failure.ts'

/** What the gateway notes of a provider's answer in `context.response`, so that the fault can be played again. */
export const RecordedResponse = z.object({
  status: z.int().min(200).max(599).optional(),
  headers: z.record(z.string(), z.string()).optional(),
  body: z.unknown().optional(),
  delayMs: z.number().min(0).optional(),
  cutAfterBytes: z.int().min(0).optional(),
  times: z.int().min(1).max(100).optional().describe('How often it was met; once when nobody says.'),
})
export type RecordedResponse = z.infer<typeof RecordedResponse>

type Shape = { status: number; delayMs?: number; cutAfterBytes?: number }

// What a fault looks like when only its kind was recorded.
const usual: Partial<Record<Category, Shape>> = {
  rate_limit: { status: 429 },
  timeout: { status: 200, delayMs: 60_000 },
  network: { status: 200, cutAfterBytes: 0 },
  provider: { status: 503 },
}
/** A longer wait is played in this time: nobody would wait for the test otherwise. */
export const PLAYED_DELAY_MS = 1_500
/** So long the gateway of a test is patient with such a wait. */
export const PLAYED_PATIENCE_MS = 1_000
const replayedHeaders = new Set(['retry-after', 'retry-after-ms', 'x-should-retry', 'content-type'])

/** The script that `sim/fault` plays in place of the provider: as often as it was met, so that what comes next can answer. */
export const faultOf = (failure: Failure, category: Category): Record<string, unknown> => {
  const recorded = RecordedResponse.safeParse(failure.context?.['response']).data ?? {}
  const { status, ...shape }: Shape = usual[category] ?? { status: 503 }
  const cutAfterBytes = recorded.cutAfterBytes ?? shape.cutAfterBytes
  const waited = recorded.delayMs ?? ((recorded.status ?? isFault(failure.httpStatus)) ? 0 : shape.delayMs)
  const delayMs = Math.min(PLAYED_DELAY_MS, Math.round(waited ?? 0))
  const headers = Object.entries(recorded.headers ?? {})
    .map(([name, value]) => [name.toLowerCase(), shortened(name.toLowerCase(), value)] as const)
    .filter(([name]) => replayedHeaders.has(name))
  const played = recorded.status ?? (isFault(failure.httpStatus) ? failure.httpStatus : status)
  return {
    status: played,
    ...(headers.length > 0 ? { headers: Object.fromEntries(headers) } : {}),
    ...bodyOf({ ...recorded, cutAfterBytes, status: played }, failure.message),
    ...(delayMs > 0 ? { delayMs } : {}),
    times: recorded.times ?? 1,
  }
}

const SHORT_WAIT_SECONDS = 2
/** Beyond this the gateway does not wait, so that nothing is shortened. */
const LONGEST_WAIT_SECONDS = 20

/** A wait that is asked for is waited in the test too, so that it is asked for less of it. */
const shortened = (name: string, value: string): string => {
  if (name !== 'retry-after' && name !== 'retry-after-ms') return value
  const perSecond = name === 'retry-after' ? 1 : 1_000
  const seconds = Number(value) / perSecond
  return seconds > SHORT_WAIT_SECONDS && seconds <= LONGEST_WAIT_SECONDS
    ? String(SHORT_WAIT_SECONDS * perSecond)
    : value
}

/** A late answer is an answer: what fails is that nobody waits for it. */
const bodyOf = (
  { body, cutAfterBytes, status }: RecordedResponse & { status: number },
  message: string,
): Record<string, unknown> => {
  if (cutAfterBytes !== undefined) return { cutAfterBytes }
  if (body !== undefined) return { body }
  return status >= 400 ? { body: errorBody(message) } : {}
}

const isFault = (status: number | null): status is number => status !== null && status >= 400

const errorBody = (message: string) => ({ error: { message: message.slice(0, 2_000), type: 'server_error' } })
