import { textOf, type ChatRequest } from '@assay/core'
import { z } from 'zod'

const isHeader = ([name, value]: [string, string]): boolean => {
  // An import of node:http would load all of Node's own fetch with it.
  const { validateHeaderName, validateHeaderValue } = process.getBuiltinModule('node:http')
  try {
    validateHeaderName(name)
    validateHeaderValue(name, value)
    return true
  } catch {
    return false
  }
}

/** What `sim/fault` plays instead of an answer; the system message holds it as JSON. */
export const FaultScript = z.strictObject({
  status: z.int().min(200).max(599).default(200),
  headers: z
    .record(z.string(), z.string())
    .refine((headers) => Object.entries(headers).every(isHeader), 'a name or value that no HTTP header may have')
    .default({}),
  body: z
    .unknown()
    .optional()
    .describe('Text as it is, anything else as JSON; left out: a fitting error, or the echo.'),
  delayMs: z.int().min(0).max(600_000).default(0).describe('Before the head of the answer.'),
  cutAfterBytes: z.int().min(0).optional().describe('The connection breaks after so many bytes of the body.'),
  times: z.int().min(1).optional().describe('So often, then the echo; left out: always.'),
})
export type FaultScript = z.infer<typeof FaultScript>

/** The script of a request, or what is wrong with it. */
export const readFault = (request: ChatRequest): { script: FaultScript; text: string } | { problem: string } => {
  const message = request.messages.find(({ role }) => role === 'system' || role === 'developer')
  if (!message) return { problem: 'sim/fault needs a system message with its script, such as {"status":503}' }
  const text = textOf(message)
  try {
    const parsed = FaultScript.safeParse(JSON.parse(text))
    if (parsed.success) return { script: parsed.data, text }
    return { problem: `sim/fault does not understand its script: ${z.prettifyError(parsed.error)}` }
  } catch {
    return { problem: 'sim/fault needs a system message that is JSON, such as {"status":503}' }
  }
}

const types: Record<number, string> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  429: 'rate_limit_error',
}

/** The body of an error as providers write it. */
export const errorBody = (status: number, message: string): string =>
  JSON.stringify({ error: { message, type: types[status] ?? 'server_error', param: null, code: `sim_${status}` } })
