import type { ChatRequest, OperationName } from '@assay/core'
import type { Refusal } from '../refusal.ts'
import type { Dialect } from './dialect.ts'

/** Writes a stream of the caller's dialect from chunks of chat completions. */
export type CallerStream = {
  push(chunk: unknown): string
  /** The same as another chunk like the one before, whose text is this; left out: it is pushed as that chunk. */
  pushText?(text: string): string
  end(): string
  /** Ends a stream that broke, by the body of the error answer that it would have been; left out: `brokenEvent`. */
  fail?(body: string): string
}

/** What of a request chat completions have no word for. */
export type RequestLosses = {
  /** What only the caller's own provider can do, in the order it stands in the request. */
  only: readonly { path: string; reason: string }[]
  /** Fields that every other provider does without. */
  dropped: readonly string[]
}

/** Frames the events of a stream in another way than as server-sent events. */
export type CallerFrames = {
  contentType: string
  push(events: Uint8Array): Uint8Array
  end(): Uint8Array
}

/** How callers of a dialect other than chat completions are understood and answered. */
export type CallerDialect = {
  /** What the log calls such a request; left out: `chat`. */
  operationName?: OperationName
  /** The provider that speaks the same: between it and the caller the bytes pass untouched. Empty: there is none. */
  provider: string
  /** Where it is spoken below that provider's base URL; left out: where the provider is always called. */
  path?: string
  /** How that provider's bytes are read on their way. */
  dialect: Pick<Dialect, 'read'>
  /** True for the event that ends a good stream. */
  isEnd: (data: string) => boolean
  /** Throws `input.invalid`; what has no counterpart stays as it is, for whoever is asked to refuse it. */
  decode: (body: unknown) => ChatRequest
  /** Its bodies do not name the model. */
  isModelInPath?: boolean
  /** What got lost when the request was decoded. */
  losses?: () => RequestLosses
  /** The caller's bytes for that provider, without what the answers of other providers left in them. */
  ownBody?: (bytes: Buffer) => Buffer
  /** How fields of chat completions are called in this dialect, for when one is dropped. */
  names?: Readonly<Record<string, string>>
  /** Left out: streams are server-sent events. */
  frames?: () => CallerFrames
  /** A whole completion, parsed. */
  whole: (completion: unknown) => object
  stream: () => CallerStream
  /** The body of an error answer. */
  refusal: (
    status: number,
    refusal: Refusal & { hint?: string; details?: Readonly<Record<string, unknown>> },
    requestId: string,
  ) => string
  /** The event that ends a stream which broke. */
  brokenEvent: (body: string) => string
}
