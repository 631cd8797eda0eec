import { z } from 'zod'
import type { ExtraContent } from './answer-sink.ts'

/**
 * What only the provider that answered understands, on its way through a caller of a dialect that has one opaque text
 * for it: a signature. It comes back unchanged on the next turn.
 */
export type Carried = {
  /** Of the whole message. */
  message?: ExtraContent | undefined
  /** Of the call that the signature stands at, or right before. */
  call?: ExtraContent | undefined
  /** Of each call by its id, where one text stands for all of them. */
  calls?: Record<string, ExtraContent> | undefined
  /** The server told its reasoning in `reasoning_content`, and may want it back there. */
  reasoningContent?: boolean | undefined
}

/** How every such text begins; base64, because some clients take signatures for bytes. */
export const CARRIED_MARK = Buffer.from('assay:').toString('base64')

const Extra = z.record(z.string(), z.record(z.string(), z.unknown()))
const CarriedJson = z.object({
  message: Extra.optional(),
  call: Extra.optional(),
  calls: z.record(z.string(), Extra).optional(),
  reasoningContent: z.boolean().optional(),
})

/** The text that stands where the caller's dialect has a signature. */
export const packCarried = (carried: Carried): string =>
  CARRIED_MARK + Buffer.from(JSON.stringify(carried)).toString('base64')

/** True for a text of ours, which no provider would take for its own. */
export const isCarried = (text: string): boolean => text.startsWith(CARRIED_MARK)

/** What a text of ours carries; null for a signature that a provider made. */
export const unpackCarried = (text: string): Carried | null => {
  if (!isCarried(text)) return null
  try {
    return CarriedJson.parse(JSON.parse(Buffer.from(text.slice(CARRIED_MARK.length), 'base64').toString('utf8')))
  } catch {
    return null
  }
}

/** Both together; of one provider the second counts. */
export const mergeExtra = (
  first: ExtraContent | undefined,
  second: ExtraContent | undefined,
): ExtraContent | undefined => {
  if (!first || !second) return first ?? second
  const merged: ExtraContent = { ...first }
  for (const [provider, fields] of Object.entries(second)) merged[provider] = { ...merged[provider], ...fields }
  return merged
}
