import { z } from 'zod'
import type { ExtraContent } from '../dialect/answer-sink.ts'

/**
 * What a provider wants back unchanged on the next turn, of the message and of its calls by their id. A reasoning item
 * is the one thing that every client of the Responses API sends back whole, so it travels there.
 */
export type Carried = {
  extra?: ExtraContent
  calls?: Record<string, ExtraContent>
  /** The server told its reasoning in `reasoning_content`, and may want it back there. */
  reasoningContent?: boolean
}

const MARK = 'assay1.'

const Extra = z.record(z.string(), z.record(z.string(), z.unknown()))
const Wire = z.object({
  extra: Extra.optional(),
  calls: z.record(z.string(), Extra).optional(),
  reasoningContent: z.boolean().optional(),
})

/** The `encrypted_content` of a reasoning item; its parts are the provider's own proofs, so nothing is hidden twice. */
export const packCarried = (carried: Carried): string =>
  MARK + Buffer.from(JSON.stringify(carried)).toString('base64url')

/** Reads it again; null for what another service has encrypted. */
export const unpackCarried = (content: string): Carried | null => {
  if (!content.startsWith(MARK)) return null
  try {
    const parsed = Wire.safeParse(JSON.parse(Buffer.from(content.slice(MARK.length), 'base64url').toString('utf8')))
    return parsed.success ? (parsed.data as Carried) : null
  } catch {
    return null
  }
}

export const isEmptyCarried = ({ extra, calls, reasoningContent }: Carried): boolean =>
  !reasoningContent && Object.keys(extra ?? {}).length === 0 && Object.keys(calls ?? {}).length === 0
