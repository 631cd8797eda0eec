import { z } from 'zod'

const text = z.string().nullish().catch(null)

/** The words of a message, which some servers send in parts. */
export const Words = z
  .union([
    z.string(),
    z.array(z.looseObject({ text })).transform((parts) => parts.map((part) => part.text ?? '').join('')),
  ])
  .nullish()
  .catch(null)

/** A message with the older `function_call` as one with tool calls. */
export const modernised = (message: unknown): unknown => {
  if (typeof message !== 'object' || message === null || !('function_call' in message)) return message
  const { function_call: called, ...others } = message
  if (typeof called !== 'object' || called === null) return others
  return 'tool_calls' in others && others.tool_calls
    ? others
    : { ...others, tool_calls: [{ index: 0, function: called }] }
}
