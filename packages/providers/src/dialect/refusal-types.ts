import type { Refusal } from '../refusal.ts'

/** A provider's types of errors as chat completions name them, and how it says that a prompt is too long. */
export type RefusalTypes = {
  types: Readonly<Record<string, string>>
  contextTooLong: RegExp
  /** Whole seconds to wait, where the body of a refusal says so and not a header. */
  retryAfter?: (body: unknown) => string | null
}

/** The same refusal in the types of chat completions; the provider's own type is its code. */
export const translateRefusal = (refusal: Refusal, { types, contextTooLong }: RefusalTypes): Refusal => {
  const { message, type } = refusal
  const code = contextTooLong.test(message) ? 'context_length_exceeded' : type
  return { message, type: (type === null ? undefined : types[type]) ?? 'server_error', param: refusal.param, code }
}
