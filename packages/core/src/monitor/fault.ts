import { z } from 'zod'
import type { Category, Failure } from './failure.ts'

/** What the gateway notes of a provider's answer in `context.response`, so that the fault can be played again. */
export const RecordedResponse = z.object({
  status: z.int().min(200).max(599).optional(),
  headers: z.record(z.string(), z.string()).optional(),
  body: z.unknown().optional(),
  delayMs: z.number().min(0).optional(),
  cutAfterBytes: z.int().min(0).optional(),
})
export type RecordedResponse = z.infer<typeof RecordedResponse>

type Shape = { status: number; delayMs?: number; cutAfterBytes?: number }

// What a fault looks like when only its kind was recorded.
const usual: Partial<Record<Category, Shape>> = {
  rate_limit: { status: 429 },
  timeout: { status: 504 },
  network: { status: 200, cutAfterBytes: 0 },
  provider: { status: 503 },
}
// The simulator must not wait longer than a person would for a test.
const MAX_DELAY_MS = 5_000
const replayedHeaders = new Set(['retry-after', 'retry-after-ms', 'x-should-retry', 'content-type'])

/** The script that `sim/fault` plays in place of the provider: once, so that a retry or a fallback can answer. */
export const faultOf = (failure: Failure, category: Category): Record<string, unknown> => {
  const recorded = RecordedResponse.safeParse(failure.context?.['response']).data ?? {}
  const { status, ...shape }: Shape = usual[category] ?? { status: 503 }
  const cutAfterBytes = recorded.cutAfterBytes ?? shape.cutAfterBytes
  const delayMs = Math.min(MAX_DELAY_MS, Math.round(recorded.delayMs ?? shape.delayMs ?? 0))
  const headers = Object.entries(recorded.headers ?? {})
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(([name]) => replayedHeaders.has(name))
  return {
    status: recorded.status ?? (isFault(failure.httpStatus) ? failure.httpStatus : status),
    ...(headers.length > 0 ? { headers: Object.fromEntries(headers) } : {}),
    ...(cutAfterBytes === undefined ? { body: recorded.body ?? errorBody(failure.message) } : { cutAfterBytes }),
    ...(delayMs > 0 ? { delayMs } : {}),
    times: 1,
  }
}

const isFault = (status: number | null): status is number => status !== null && status >= 400

const errorBody = (message: string) => ({ error: { message: message.slice(0, 2_000), type: 'server_error' } })
