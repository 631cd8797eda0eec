import type { IncomingHttpHeaders } from 'node:http'
import type { Attempt, AssayError, ChatRequest, RequestRecord } from '@assay/core'
import type { Content } from './content.ts'
import { callerContextOf, contextHeaders, type TraceContext } from './trace-context.ts'

/** One call to a provider as the trace tells it. */
export type TracedCall = { spanId: string; attempt: Attempt; baseUrl: string | null }

/** How a traced request ended: as a record, or refused before it had one. */
export type TracedEnd =
  | { record: RequestRecord; request: ChatRequest | null; content: Content | null }
  | {
      refusal: AssayError
      requestId: string
      workspaceId: string
      method: string
      path: string
      at: number
      endedAt: number
    }

/** A request that has ended, on its way to the collector. */
export type FinishedTrace = { context: TraceContext; calls: readonly TracedCall[]; end: TracedEnd }

type TraceParts = {
  randomBytes: (size: number) => Uint8Array
  /** Takes what has ended. */
  push: (trace: FinishedTrace) => void
  /** The operator wants to see what was asked and answered. */
  showsContent: boolean
}

/** What one request tells its trace while it goes on. */
export class Trace {
  readonly showsContent: boolean
  readonly #parts: TraceParts
  readonly #context: TraceContext
  readonly #calls: TracedCall[] = []
  #isOver = false

  constructor(context: TraceContext, parts: TraceParts) {
    this.#context = context
    this.#parts = parts
    this.showsContent = parts.showsContent
  }

  /** A place for the call that begins now. */
  newCall(): string {
    return newSpanId(this.#parts.randomBytes)
  }

  /** The caller's headers for the provider, below the span of this call. */
  headersOf(spanId: string, forwarded: Readonly<Record<string, string>>): Record<string, string> {
    const { traceId, state } = this.#context
    return { ...forwarded, ...contextHeaders({ traceId, spanId, state }) }
  }

  /** Notes how a call ended. */
  note(call: { spanId: string | null; attempt: Attempt; baseUrl: string | null }): void {
    this.#calls.push({ ...call, spanId: call.spanId ?? this.newCall() })
  }

  /** Says how the request ended; once. */
  close(end: TracedEnd): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#parts.push({ context: this.#context, calls: this.#calls, end })
  }
}

/** Begins the trace of a request, below the caller's where it has one; null when the caller's is not to be kept. */
export const beginTrace = (headers: IncomingHttpHeaders, parts: TraceParts): Trace | null => {
  const caller = callerContextOf(headers)
  if (caller?.isSampled === false) return null
  const { randomBytes } = parts
  const context = {
    traceId: caller?.traceId ?? hex(randomBytes(16)),
    spanId: newSpanId(randomBytes),
    parentSpanId: caller?.spanId ?? null,
    state: caller?.state ?? null,
  }
  return new Trace(context, parts)
}

const newSpanId = (randomBytes: (size: number) => Uint8Array): string => hex(randomBytes(8))

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
