import type { Transform } from 'node:stream'
import type { IncomingHttpHeaders, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { AssayError, redact, type Attempt, type RequestRecord } from '@assay/core'
import { providerErrorOf, type Exchange, type Provider, type Receiver } from '@assay/providers'
import { errorBodyOf, providerHeaders, sendError } from '../entry/answer.ts'
import type { CallOptions } from '../chat/call-options.ts'
import type { ChatPlane } from '../chat/chat.ts'
import type { DataPlaneCall } from '../entry/data-plane.ts'
import type { Reservation, ResolvedCredential } from '../parts.ts'
import { rawUrl } from './raw-path.ts'
import { bookUsage } from '../books/record.ts'
import { UsageTap } from './usage-tap.ts'

/** What one raw call is made of. */
export type RawJob = {
  plane: ChatPlane
  call: DataPlaneCall
  record: RequestRecord
  provider: Provider
  credential: ResolvedCredential
  path: string
  query: string
  body: Buffer | Transform | null
  model: string | null
  options: CallOptions
  startedAt: number
  reservation: Reservation | null
  known: Awaited<ReturnType<ChatPlane['facts']['recent']>>
}

/** One raw call: bytes both ways as they come, the last of them behind the record. */
export class RawCall implements Receiver {
  readonly #job: RawJob
  #exchange: Exchange | null = null
  #tap: UsageTap | null = null
  #status = 0
  /** What the provider answered with; 0 when nothing came. */
  #headStatus = 0
  /** The newest bytes wait, so that the very last go out when the record is on the disk. */
  #last: Uint8Array | null = null
  #isOver = false
  #deadline: NodeJS.Timeout | undefined
  readonly #spanId: string | null

  constructor(job: RawJob) {
    this.#spanId = job.call.trace?.newCall() ?? null
    this.#job = job
  }

  start(): void {
    const { plane, call, provider, credential, path, query, body, options } = this.#job
    const { request, response } = call
    this.#deadline = setTimeout(() => this.#onDeadline(), options.timeoutMs)
    response.on('close', () => this.#onCallerGone())
    try {
      const baseUrl = credential.baseUrl || provider.defaultBaseUrl || ''
      this.#exchange = plane.parts.egress.dispatch(
        {
          method: request.method as 'GET',
          url: rawUrl(baseUrl, path, query),
          headers: { ...this.#forwarded(request.headers), ...provider.headers(credential) },
          body,
          firstByteTimeoutMs: options.timeoutMs,
          idleTimeoutMs: plane.patience.idleMs,
        },
        this,
      )
    } catch (error) {
      this.onFailure(error as Error)
    }
  }

  #forwarded(headers: IncomingHttpHeaders): Record<string, string> {
    const { trace } = this.#job.call
    return trace && this.#spanId ? trace.headersOf(this.#spanId, forwarded(headers)) : forwarded(headers)
  }

  onHead(status: number, headers: IncomingHttpHeaders): void {
    if (this.#isOver) return
    const { call, record, plane, startedAt, path } = this.#job
    this.#status = status
    this.#headStatus = status
    record.ttftMs = plane.parts.now() - startedAt
    this.#tap = status < 300 ? new UsageTap({ path, contentType: headers['content-type'] ?? '' }) : null
    call.response.writeHead(status, {
      ...returned(headers),
      'x-assay-request-id': record.id,
      'x-assay-route': `${record.providerName}; reason=passthrough; attempts=1`,
      'x-assay-cache': 'off',
    })
    call.response.flushHeaders()
  }

  onData(chunk: Uint8Array): void {
    if (this.#isOver) return
    this.#tap?.push(chunk)
    const before = this.#last
    this.#last = chunk
    if (before && !this.#job.call.response.write(before)) {
      this.#exchange?.pause()
      this.#job.call.response.once('drain', () => this.#exchange?.resume())
    }
  }

  onEnd(): void {
    if (this.#isOver) return
    this.#tap?.end()
    void this.#close(this.#status < 400 ? 'completed' : 'failed', null, (response) =>
      response.end(this.#last ?? undefined),
    )
  }

  onFailure(error: Error): void {
    if (this.#isOver) return
    const { record, options, credential } = this.#job
    const place = { provider: record.providerName!, model: record.requestModel, baseUrl: credential.baseUrl || null }
    this.#failAs(providerErrorOf(error, { ...place, timeoutMs: options.timeoutMs }))
  }

  #onDeadline(): void {
    if (this.#isOver) return
    const { record, options } = this.#job
    this.#exchange?.abort()
    const told = { provider: record.providerName!, model: record.requestModel, stage: 'the whole answer' }
    this.#failAs(new AssayError('gateway.timeout', { ...told, timeoutMs: options.timeoutMs }))
  }

  #failAs(error: AssayError): void {
    const { record } = this.#job
    this.#status = this.#status || error.status
    void this.#close('failed', error, (response) =>
      sendError(response, { status: error.status, body: errorBodyOf(error, record.id), requestId: record.id }),
    )
  }

  #onCallerGone(): void {
    if (this.#isOver) return
    this.#exchange?.abort()
    this.#job.record.estimated = true
    void this.#close('cancelled', null, () => {})
  }

  async #close(
    status: 'completed' | 'failed' | 'cancelled',
    error: AssayError | null,
    send: (response: ServerResponse) => void,
  ): Promise<void> {
    const { plane, call, record, startedAt, reservation } = this.#job
    const { parts } = plane
    this.#isOver = true
    clearTimeout(this.#deadline)
    this.#book()
    record.status = status
    record.httpStatus = status === 'cancelled' ? null : this.#status
    record.errorCode = error?.code ?? (status === 'failed' ? 'gateway.provider_failed' : null)
    record.errorMessage = error && redact(error.message).value.slice(0, 2_000)
    record.latencyMs = parts.now() - startedAt
    const attempt = this.#asAttempt()
    record.attempts = [attempt]
    reservation?.settle(record)
    await parts.spool
      .append({ kind: 'close', request: record, holds: reservation?.holds ?? [] })
      .catch(() => parts.metrics.dropped('close'))
    try {
      if (!call.response.destroyed) send(call.response)
    } catch {
      call.response.destroy()
    }
    parts.metrics.closed(record)
    parts.onClosed?.(record)
    this.#closeTrace(attempt)
  }

  /** It is one call, as long as the request itself. */
  #asAttempt(): Attempt {
    const { record } = this.#job
    return {
      providerName: record.providerName!,
      model: record.requestModel,
      credentialId: record.credentialId,
      status: this.#headStatus || null,
      errorCode: record.errorCode,
      startedAt: record.at,
      ttftMs: record.ttftMs,
      latencyMs: record.latencyMs!,
      usage: null,
      costNanoUsd: record.costNanoUsd,
    }
  }

  #closeTrace(attempt: Attempt): void {
    const { call, record, credential } = this.#job
    if (!call.trace) return
    call.trace.note({ spanId: this.#spanId, attempt, baseUrl: credential.baseUrl || null })
    call.trace.close({ record, request: null, content: null })
  }

  /** What the answer said of its tokens, at the price of the model it was for; else it has no price. */
  #book(): void {
    const { record, model, credential, provider, known } = this.#job
    const reply = this.#tap?.reply
    record.finishReason = reply?.finishReason ?? null
    record.responseModel = reply?.responseModel ?? model
    if (!reply?.usage || model === null) return
    const place = { provider: provider.name, model, baseUrl: credential.baseUrl || null, baseline: known.baseline }
    bookUsage(record, reply.usage, { ...place, prices: known.prices, priceVersion: known.priceVersion })
  }
}

/** What of the caller's headers goes on; never its key for us. */
const forwardedNames =
  /^(?:accept|content-type|content-length|user-agent|range|if-[a-z-]+|prefer|idempotency-key|traceparent|tracestate|(?:anthropic|openai|x-stainless|x-goog-upload)-[a-z-]+)$/

const forwarded = (headers: IncomingHttpHeaders): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      typeof value === 'string' && forwardedNames.test(name) ? [[name, value] as const] : [],
    ),
  )

/** What of the provider's headers comes back as it is; its limits are marked as its own. */
const returnedNames = [
  'content-type',
  'content-length',
  'content-disposition',
  'content-range',
  'accept-ranges',
  'etag',
  'last-modified',
]

const returned = (headers: IncomingHttpHeaders): OutgoingHttpHeaders => ({
  ...Object.fromEntries(returnedNames.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]]))),
  ...providerHeaders(headers),
})
