import { problemOf, type ReplyReader } from '@assay/providers'
import type { StreamRelay } from './stream-relay.ts'

/** Why a whole answer with a good status is none; null when it is one. The reader is filled on the way. */
export const wholeProblem = (reply: ReplyReader, bytes: Uint8Array): string | null => {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
  if (text.trim() === '') return 'its answer is empty'
  try {
    reply.add(JSON.parse(text))
  } catch {
    return /^\s*</.test(text) ? 'it answered with a page instead of JSON' : 'its answer is not whole JSON'
  }
  return problemOf(reply)
}

/** Why a stream that ended is no whole answer; null when it is one. */
export const streamProblem = (relay: Pick<StreamRelay, 'marks' | 'done' | 'hasContent'>): string | null => {
  if (relay.marks.error !== null) return problemOf(relay.marks)
  if (!relay.done)
    return relay.hasContent
      ? 'the stream was cut before its end'
      : 'its answer is not a stream of chat completion chunks'
  return relay.hasContent ? null : problemOf(relay.marks)
}
