import type { ChatRequest } from '@assay/core'
import type { AnswerSink } from './answer-sink.ts'
import type { RefusalTypes } from './refusal-types.ts'

/** A request in a provider's own words, and the fields that it has no word for. */
export type Encoded = { body: object; dropped: readonly string[] }

/** Reads one answer of a provider, part after part, into a sink of the chat completions dialect. */
export type AnswerReader = {
  /** Takes the parsed data of one event of a stream. */
  read(event: unknown): void
  /** Takes a whole parsed answer; false: it is none. */
  readWhole(answer: unknown): boolean
  /** The stream has ended. */
  end(): void
}

/** How a provider says what we say in chat completions: pure translation, without network, clock or chance. */
export type Dialect = {
  /** Throws `gateway.untranslatable` for what must not be left out: a tool, a schema, an image. */
  encode(request: ChatRequest, model: string): Encoded
  read(sink: AnswerSink): AnswerReader
  refusals: RefusalTypes
}
