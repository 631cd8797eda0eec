import type { IncomingHttpHeaders } from 'node:http'

/** Whoever waits for an answer; exactly one of `onEnd` and `onFailure` comes last, neither after `abort`. */
export type Receiver = {
  onHead(status: number, headers: IncomingHttpHeaders): void
  onData(chunk: Uint8Array): void
  onEnd(): void
  onFailure(error: Error): void
}

/** One outgoing call under way. */
export type Exchange = {
  /** Ends it at once; its connection is destroyed, never used again. */
  abort(): void
  /** Holds the answer back while the reader is slower, and lets it go on. */
  pause(): void
  resume(): void
  /** The text without the secrets that this call carried. */
  mask(text: string): string
  /** Fields of the request that the provider has no word for; left out when all of it went on. */
  readonly dropped?: readonly string[]
}
