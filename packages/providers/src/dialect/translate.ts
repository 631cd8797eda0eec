import { refusalOf } from '../refusal.ts'
import { dataOf, EventScanner } from '../sse.ts'
import type { AnswerHead } from './answer-sink.ts'
import { ChunkWriter } from './chunk-writer.ts'
import { CompletionWriter } from './completion-writer.ts'
import type { Dialect } from './dialect.ts'
import { translateRefusal } from './refusal-types.ts'

/** Turns the bytes of a provider's stream into bytes of a chat completions stream, wherever they were cut. */
export type StreamTranslation = {
  push(bytes: Uint8Array): Uint8Array[]
  /** The provider's stream has ended. A stream without its end has no `[DONE]`. */
  end(): Uint8Array[]
}

/** Translates a stream, event by event as they come. */
export const translateStream = (dialect: Pick<Dialect, 'read'>, head: AnswerHead): StreamTranslation => {
  const writer = new ChunkWriter(head)
  const reader = dialect.read(writer)
  const scanner = new EventScanner({
    onEvent: (event) => {
      const json = parsed(dataOf(event))
      if (json !== undefined) reader.read(json)
    },
  })
  const written = (): Uint8Array[] => {
    const bytes = writer.take()
    return bytes ? [bytes] : []
  }
  return {
    push: (bytes) => {
      scanner.push(bytes)
      return written()
    },
    end: () => {
      const rest = scanner.end()
      // The last event may lack its blank line; an error may come without any framing.
      const json = rest.length === 0 ? undefined : parsed(dataOf(rest) ?? textOf(rest))
      if (json !== undefined) reader.read(json)
      reader.end()
      return written()
    },
  }
}

/** Translates a whole answer; what is none stays as it is, for the one who judges it. */
export const translateWhole = (dialect: Pick<Dialect, 'read'>, head: AnswerHead, bytes: Uint8Array): Uint8Array => {
  const json = parsed(textOf(bytes))
  if (json === undefined) return bytes
  const writer = new CompletionWriter(head)
  const reader = dialect.read(writer)
  return reader.readWhole(json) && writer.answer ? Buffer.from(JSON.stringify(writer.answer)) : bytes
}

/** Translates the body of an error answer and finds when to come again; one that is not JSON stays as it is. */
export const translateRefusalBody = (
  { refusals }: Dialect,
  bytes: Uint8Array,
): { body: Uint8Array; retryAfter: string | null } => {
  const json = parsed(textOf(bytes))
  const refusal = refusalOf(json)
  if (!refusal) return { body: bytes, retryAfter: null }
  return {
    body: Buffer.from(JSON.stringify({ error: translateRefusal(refusal, refusals) })),
    retryAfter: refusals.retryAfter?.(json) ?? null,
  }
}

const textOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')

const parsed = (text: string | null): unknown => {
  if (text === null) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
