import type { ChatRequest } from '../gateway/chat.ts'
import { FailureReport } from './failure.ts'

const MAX_ERRORS = 8

/**
 * The failure that an answer is when it breaks the JSON Schema its request asked for. The message is the same for the
 * same faults, so that they fall into one group whatever the answer says.
 */
export const structuredOutputFailure = (request: ChatRequest, text: string, schemaErrors: string[]): FailureReport => {
  const named = [...new Set(schemaErrors)].toSorted()
  const more = named.length > MAX_ERRORS ? `; and ${named.length - MAX_ERRORS} more` : ''
  const reasons = named.slice(0, MAX_ERRORS).join('; ') || 'it is not valid JSON'
  return FailureReport.parse({
    name: 'StructuredOutputError',
    message: `The answer does not fit the requested JSON schema: ${reasons}${more}`.slice(0, 32_768),
    model: request.model,
    category: 'validation',
    request,
    output: text.slice(0, 262_144),
  })
}
