import type { KeptAnswer } from '@assay/store'

/** An answer that is in memory, with the forms in which it has been given. */
export type HotAnswer = Pick<
  KeptAnswer,
  | 'key'
  | 'workspaceId'
  | 'requestId'
  | 'response'
  | 'provider'
  | 'model'
  | 'finishReason'
  | 'inputTokens'
  | 'outputTokens'
  | 'cacheReadInputTokens'
  | 'cacheWriteInputTokens'
  | 'reasoningOutputTokens'
  | 'costNanoUsd'
  | 'latencyMs'
> & {
  createdAtMs: number
  expiresAtMs: number
  rejectedBy: ReadonlySet<string>
  /** Ready to be sent, by dialect and form. */
  forms: Map<string, Buffer>
  /** When it was read from the database or made. */
  seenAtMs: number
}

/** A read answer as it is held in memory. */
export const hotAnswerOf = (
  answer: Omit<HotAnswer, 'createdAtMs' | 'expiresAtMs' | 'rejectedBy' | 'forms' | 'seenAtMs'> & {
    createdAt: string
    expiresAt: string
    rejectedBy?: readonly string[]
  },
  now: number,
): HotAnswer => ({
  ...answer,
  createdAtMs: Date.parse(answer.createdAt),
  expiresAtMs: Date.parse(answer.expiresAt),
  rejectedBy: new Set(answer.rejectedBy),
  forms: new Map(),
  seenAtMs: now,
})

/** Beside its text an answer takes about this much memory. */
const OVERHEAD_BYTES = 1_024

/** The answers asked for last, within a fixed room. */
export const createHotAnswers = ({ maxBytes }: { maxBytes: number }) => {
  const answers = new Map<string, { answer: HotAnswer; bytes: number }>()
  let sizeBytes = 0
  const remove = (key: string): void => {
    const known = answers.get(key)
    if (!known) return
    answers.delete(key)
    sizeBytes -= known.bytes
  }
  return {
    get: (key: string): HotAnswer | undefined => {
      const known = answers.get(key)
      if (!known) return undefined
      // Asked for last, so it goes last.
      answers.delete(key)
      answers.set(key, known)
      return known.answer
    },
    /** One that is too large for the room is not held at all. */
    set: (answer: HotAnswer): void => {
      remove(answer.key)
      // Its text, and twice more in the forms in which it is sent.
      const bytes = 3 * answer.response.length + OVERHEAD_BYTES
      if (bytes > maxBytes) return
      sizeBytes += bytes
      answers.set(answer.key, { answer, bytes })
      for (const key of answers.keys()) {
        if (sizeBytes <= maxBytes) break
        remove(key)
      }
    },
    remove,
    clear: (): void => {
      answers.clear()
      sizeBytes = 0
    },
    get size(): number {
      return answers.size
    },
    get sizeBytes(): number {
      return sizeBytes
    },
  }
}
