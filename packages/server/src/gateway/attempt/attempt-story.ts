import type { ReplyReader } from '@assay/providers'
import type { UpstreamAttempt } from './attempt.ts'
import type { PassedRelay } from '../chat/passed-relay.ts'
import type { StreamRelay } from '../chat/stream-relay.ts'
import type { Fault } from './fault.ts'

/** Reads the stream of an attempt on its way to the caller. */
export type Relay = StreamRelay | PassedRelay

/** What an attempt tells the request it is made for. Nothing more comes after a fault or a good end. */
export type AttemptStory = {
  /** More of a stream is there. */
  onProgress(relay: Relay): void
  /** The beginning of a stream has been held long enough; what there is of it may be shown. */
  onHeldLong(relay: Relay): void
  /** A stream has ended as a good one does. */
  onStreamEnd(relay: Relay): void
  /** A whole answer has come, in chat completions unless it passes untouched. */
  onWhole(answer: { reply: ReplyReader; bytes: Uint8Array }): void
  onFault(fault: Fault): void
  /** Before the call: true when others come first, and then it is called when its turn has come. */
  standsInLine(attempt: UpstreamAttempt, call: () => void): boolean
  /** Runs what may throw. */
  run(work: () => void | Promise<void>): void
}
