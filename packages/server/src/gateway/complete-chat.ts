import type { IncomingHttpHeaders, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import {
  AssayError,
  formatUsdDecimal,
  noUsage,
  redact,
  timestamp,
  type Attempt,
  type Candidate,
  type RequestRecord,
} from '@assay/core'
import {
  estimateUsage,
  MAX_REFUSAL_BYTES,
  providerErrorOf,
  readRefusal,
  refusalErrorOf,
  refusalOf,
  ReplyReader,
  startChat,
  translateWhole,
  type CallerDialect,
  type CallPlace,
  type Exchange,
  type Provider,
  type Receiver,
} from '@assay/providers'
import { contentTypeOf, errorBodyOf, providerHeaders, sendError } from './answer.ts'
import type { CallOptions } from './call-options.ts'
import { CallerWriter } from './caller-writer.ts'
import { captureFailure } from './capture.ts'
import { translatedBody, upstreamBody, wantsStreamUsage, type ChatInput } from './chat-input.ts'
import type { WorkspaceFacts } from './facts.ts'
import { answerOfFault, faultOf, isWorthAnother, type Fault } from './fault.ts'
import { streamProblem, wholeProblem } from './judge.ts'
import type { GatewayParts, KeyHolder, ResolvedCredential } from './parts.ts'
import { bookedUsage, bookUsage } from './record.ts'
import { PassedRelay } from './passed-relay.ts'
import { StreamRelay } from './stream-relay.ts'

/** What one chat completion is made of. */
export type ChatJob = {
  parts: GatewayParts
  prices: NonNullable<GatewayParts['prices']>
  providers: ReadonlyMap<string, Provider>
  response: ServerResponse
  input: ChatInput
  options: CallOptions
  holder: KeyHolder
  facts: WorkspaceFacts
  candidates: readonly Candidate[]
  record: RequestRecord
  startedAt: number
  /** Headers of the caller that travel on to the provider. */
  forwarded: Record<string, string>
  /** How the caller speaks; null: in chat completions. */
  caller: Caller | null
}

/** A caller of another dialect, with the headers that only its own provider understands. */
export type Caller = { dialect: CallerDialect; headers: Record<string, string> }

/** How a request ends: what is booked, and what is sent when that is on the disk. */
type Ending = {
  status: 'completed' | 'failed' | 'cancelled'
  httpStatus: number | null
  fault?: Fault
  send: (response: ServerResponse) => void
}

const FIRST_CONTENT_MS = 60_000
const IDLE_MS = 60_000
/** So long the beginning of a stream waits for content before the caller sees it all the same. */
const HOLD_MS = 15_000
/** Heads a translation that is only read, never sent. */
const NO_HEAD = { id: '', created: 0, model: '' }
const MOST_REASON_CHARACTERS = 32_768
/** So long a provider may take to end its stream after `[DONE]`; then its connection is not worth keeping. */
const GRACE_MS = 1_000

/**
 * One chat completion from its first attempt to its last byte: candidates in order until one brings content, the row
 * open before and durable before the answer ends, the caller's leaving passed on at once.
 */
export class CompleteChat implements Receiver {
  readonly #job: ChatJob
  readonly #isStream: boolean
  #phase: 'trying' | 'streaming' | 'ending' | 'over' = 'trying'
  #place = 0
  #exchange: Exchange | null = null
  #credential: ResolvedCredential | null = null
  #attemptAt = 0
  #status = 0
  #headers: IncomingHttpHeaders = {}
  #chunks: Uint8Array[] = []
  #receivedBytes = 0
  #relay: StreamRelay | PassedRelay | null = null
  /** Words the stream for a caller of another dialect than the provider's. */
  #writer: CallerWriter | null = null
  #reply: ReplyReader | null = null
  #deadline: NodeJS.Timeout | undefined
  #patience: NodeJS.Timeout | null = null
  #isClosed = false
  #isUpstreamOver = false
  #grace: NodeJS.Timeout | undefined

  constructor(job: ChatJob) {
    this.#job = job
    this.#isStream = job.input.request.stream === true
  }

  /** Runs by itself from here; its end is the answer's. */
  start(): void {
    this.#deadline = setTimeout(() => this.#run(() => this.#onDeadline()), this.#job.options.timeoutMs)
    this.#job.response.on('close', () => this.#run(() => this.#onCallerGone()))
    this.#run(() => this.#append('open'))
    this.#run(() => this.#attempt())
  }

  onHead(status: number, headers: IncomingHttpHeaders): void {
    this.#status = status
    this.#headers = headers
    if (status < 300 && this.#isStream && !/json|html/.test(headers['content-type'] ?? '')) {
      const { caller, input } = this.#job
      this.#relay =
        caller && this.#isNative
          ? new PassedRelay(caller.dialect)
          : new StreamRelay({ dropsUsage: !wantsStreamUsage(input.request) })
      this.#writer = caller && !this.#isNative ? new CallerWriter(caller.dialect) : null
    }
  }

  onData(chunk: Uint8Array): void {
    if (this.#phase === 'ending' || this.#phase === 'over') return
    this.#run(() => this.#onChunk(chunk))
  }

  #onChunk(chunk: Uint8Array): void {
    if (!this.#relay) {
      this.#receivedBytes += chunk.length
      if (this.#status < 300 || this.#receivedBytes <= MAX_REFUSAL_BYTES) this.#chunks.push(chunk)
      return
    }
    try {
      this.#relay.push(chunk)
    } catch (error) {
      this.#exchange?.abort()
      this.onFailure(error as Error)
      return
    }
    this.#relayOn(this.#relay)
  }

  onEnd(): void {
    this.#onUpstreamOver()
    if (this.#phase === 'ending' || this.#phase === 'over') return
    this.#run(() => {
      if (this.#status >= 300) this.#onRefusal()
      else if (this.#relay) this.#onStreamEnd(this.#relay)
      else this.#onWholeAnswer()
    })
  }

  onFailure(error: Error): void {
    this.#onUpstreamOver()
    if (this.#phase === 'ending' || this.#phase === 'over') return
    const timeoutMs = this.#isStream ? FIRST_CONTENT_MS : this.#job.options.timeoutMs
    this.#run(() =>
      this.#fail({
        error: providerErrorOf(error, { ...this.#where(), timeoutMs }),
        status: null,
        refusal: null,
        headers: {},
      }),
    )
  }

  #onUpstreamOver(): void {
    this.#isUpstreamOver = true
    clearTimeout(this.#grace)
  }

  // Attempts

  async #attempt(): Promise<void> {
    const { parts, providers, record, input, holder, forwarded, options, caller } = this.#job
    const candidate = this.#candidate
    const provider = providers.get(candidate.provider)!
    this.#attemptAt = parts.now()
    this.#resetAttempt()
    record.providerName = provider.name
    record.responseModel = candidate.model
    try {
      this.#credential = provider.needsCredential
        ? await parts.credentials.resolve(holder.workspaceId, provider.name)
        : { id: null, baseUrl: '', secret: null }
    } catch (error) {
      return this.#fail(
        faultOf(
          error instanceof AssayError ? error : new AssayError('gateway.store_unavailable', {}, { cause: error }),
        ),
      )
    }
    if (this.#phase !== 'trying') return
    if (!this.#credential) return this.#fail(faultOf(new AssayError('vault.key_missing', { provider: provider.name })))
    record.credentialId = this.#credential.id
    this.#exchange = startChat(
      provider,
      {
        model: candidate.model,
        request: input.request,
        body: () => (caller ? translatedBody(input, candidate) : upstreamBody(input, candidate.model)),
        ...(caller
          ? {
              native: {
                provider: caller.dialect.provider,
                body: () => upstreamBody(input, candidate.model),
                headers: caller.headers,
              },
            }
          : undefined),
        baseUrl: this.#credential.baseUrl || provider.defaultBaseUrl,
        secret: this.#credential.secret,
        headers: forwarded,
        caller: holder.keyId ?? holder.workspaceId,
        firstByteTimeoutMs: this.#isStream ? FIRST_CONTENT_MS : options.timeoutMs + 1_000,
        idleTimeoutMs: IDLE_MS,
      },
      parts.egress,
      this,
    )
    if (this.#isStream) this.#wait(HOLD_MS, () => this.#onHeldLong())
  }

  get #candidate(): Candidate {
    return this.#job.candidates[this.#place]!
  }

  /** The provider speaks as the caller does, so the bytes pass. */
  get #isNative(): boolean {
    return this.#job.caller?.dialect.provider === this.#candidate.provider
  }

  #where(): CallPlace {
    const { provider, model } = this.#candidate
    return { provider, model, baseUrl: this.#credential?.baseUrl || null }
  }

  #resetAttempt(): void {
    this.#isUpstreamOver = false
    this.#status = 0
    this.#headers = {}
    this.#chunks = []
    this.#receivedBytes = 0
    this.#relay = null
    this.#writer = null
    this.#reply = null
    this.#exchange = null
    this.#credential = null
    this.#wait(0, null)
  }

  #note(status: number | null, errorCode: string | null): void {
    const { record, parts } = this.#job
    const attempt: Attempt = {
      providerName: this.#candidate.provider,
      model: this.#candidate.model,
      credentialId: this.#credential?.id ?? null,
      status,
      errorCode,
      startedAt: timestamp(this.#attemptAt),
      ttftMs: record.ttftMs,
      latencyMs: parts.now() - this.#attemptAt,
      usage: bookedUsage(record),
      costNanoUsd: record.costNanoUsd,
    }
    record.attempts.push(attempt)
  }

  // Answers

  #onRefusal(): void {
    const body = this.#exchange!.mask(Buffer.concat(this.#chunks).toString('utf8'))
    const refusal = readRefusal(this.#status, body)
    const error = refusalErrorOf({ status: this.#status, headers: this.#headers, refusal }, this.#where())
    this.#fail({ error, status: this.#status, refusal, headers: this.#headers })
  }

  #onWholeAnswer(): void {
    const bytes = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks)
    const reply = new ReplyReader()
    const { caller } = this.#job
    const said = caller && this.#isNative ? translateWhole(caller.dialect.dialect, NO_HEAD, bytes) : bytes
    const problem = wholeProblem(reply, said) ?? (this.#isStream ? 'it answered without a stream' : null)
    if (problem) return this.#failAs(problem, reply)
    this.#reply = reply
    this.#bookReply(reply)
    this.#note(this.#status, null)
    const worded =
      caller && !this.#isNative
        ? Buffer.from(JSON.stringify(caller.dialect.whole(JSON.parse(Buffer.from(bytes).toString('utf8')))))
        : bytes
    this.#finish({ status: 'completed', httpStatus: 200, send: (response) => this.#sendWhole(response, worded) })
  }

  #sendWhole(response: ServerResponse, bytes: Uint8Array): void {
    response.writeHead(200, {
      'content-type': contentTypeOf(this.#headers, 'application/json'),
      'content-length': bytes.length,
      ...this.#answerHeaders(),
      ...(this.#job.record.costNanoUsd === null
        ? undefined
        : { 'x-assay-cost-usd': formatUsdDecimal(this.#job.record.costNanoUsd) }),
    })
    response.end(bytes)
  }

  #relayOn(relay: StreamRelay | PassedRelay): void {
    if (relay.hasContent && this.#phase === 'trying') this.#beginStream()
    if (this.#phase === 'streaming') {
      const bytes = this.#worded(relay.take())
      if (bytes && !this.#job.response.write(bytes)) this.#holdUpstream()
    }
    if (relay.marks.error !== null) {
      this.#exchange?.abort()
      return this.#onStreamEnd(relay)
    }
    if (relay.done) this.#onStreamEnd(relay)
  }

  #beginStream(): void {
    const { response, record, startedAt, parts } = this.#job
    this.#phase = 'streaming'
    this.#wait(0, null)
    record.ttftMs = parts.now() - startedAt
    response.writeHead(200, {
      'content-type': contentTypeOf(this.#headers, 'text/event-stream; charset=utf-8'),
      'cache-control': 'no-cache',
      ...this.#answerHeaders(),
    })
  }

  #holdUpstream(): void {
    const { response } = this.#job
    const exchange = this.#exchange
    exchange?.pause()
    response.once('drain', () => exchange?.resume())
  }

  #worded(bytes: Uint8Array | null): Uint8Array | null {
    return bytes && this.#writer ? this.#writer.push(bytes) : bytes
  }

  #onStreamEnd(relay: StreamRelay | PassedRelay): void {
    if (!relay.done) relay.end()
    const problem = streamProblem(relay)
    if (problem) return this.#failAs(problem, relay.marks)
    if (this.#phase === 'trying') this.#beginStream()
    const rest = this.#worded(relay.take())
    const done = this.#writer ? this.#writer.end() : relay.done!
    this.#bookReply(relay.marks, relay)
    this.#note(this.#status, null)
    if (rest) this.#job.response.write(rest)
    if (!this.#isUpstreamOver) this.#grace = setTimeout(() => this.#exchange?.abort(), GRACE_MS)
    this.#finish({ status: 'completed', httpStatus: 200, send: (response) => void response.end(done) })
  }

  #answerHeaders(): OutgoingHttpHeaders {
    const { record } = this.#job
    const { provider, model } = this.#candidate
    const dropped = this.#exchange?.dropped ?? []
    // The attempt that is streaming has not ended, so it is not among the attempts yet.
    const attempts = record.attempts.length + (this.#phase === 'streaming' ? 1 : 0)
    const complexity = record.complexity ? `; complexity=${record.complexity}` : ''
    return {
      'x-assay-request-id': record.id,
      'x-assay-route': `${provider}/${printable(model)}${complexity}; reason=${record.route}; attempts=${attempts}`,
      'x-assay-cache': 'off',
      ...(dropped.length === 0 ? undefined : { 'x-assay-dropped': dropped.map(printable).join(', ').slice(0, 1_000) }),
      ...providerHeaders(this.#headers),
    }
  }

  /** Books what an answer says it used; what it does not say is estimated. */
  #bookReply(marks: ReplyReader, relay?: StreamRelay | PassedRelay): void {
    const { record } = this.#job
    record.finishReason = marks.finishReason
    record.responseModel = marks.responseModel ?? this.#candidate.model
    record.estimated = marks.usage === null
    const usage = marks.usage ?? this.#estimate(relay ? relay.reply() : marks, relay?.keptShare ?? 1)
    bookUsage(record, usage, this.#bookPlace())
  }

  #bookPlace() {
    const { prices, facts } = this.#job
    return { ...this.#where(), prices, baseline: facts.baseline }
  }

  #estimate(reply: ReplyReader, share: number) {
    const usage = estimateUsage(this.#job.input.request, reply)
    return share > 0 && share < 1 ? { ...usage, outputTokens: Math.ceil(usage.outputTokens / share) } : usage
  }

  // Endings

  /** Fails an answer that began well; an error inside it keeps the provider's words. */
  #failAs(reason: string, reply: ReplyReader): void {
    const { provider, model } = this.#candidate
    const mask = (text: string): string => (this.#exchange?.mask(text) ?? text).slice(0, MOST_REASON_CHARACTERS)
    const found = reply.error === null ? null : refusalOf({ error: reply.error })
    const refusal = found && { ...found, message: mask(found.message) }
    const error = new AssayError('gateway.provider_failed', {
      provider,
      model,
      reason: mask(reason),
      ...(refusal?.code ? { providerCode: refusal.code } : undefined),
      ...(refusal?.type ? { providerType: refusal.type } : undefined),
    })
    this.#fail({ error, status: this.#status, refusal, headers: {} })
  }

  #fail(fault: Fault): void {
    const { candidates } = this.#job
    this.#note(fault.status, fault.error.code)
    const isLast = this.#place + 1 >= candidates.length
    if (this.#phase === 'trying' && !isLast && isWorthAnother(fault)) {
      this.#place++
      this.#job.record.route = this.#candidate.reason
      this.#run(() => this.#attempt())
      return
    }
    this.#failForGood(fault)
  }

  #failForGood(fault: Fault): void {
    const { record } = this.#job
    const wasStreaming = this.#phase === 'streaming'
    const { caller } = this.#job
    const { status, body } = answerOfFault(fault, record.id, caller?.dialect)
    if (wasStreaming) this.#bookPartial()
    else bookUsage(record, noUsage, this.#bookPlace())
    this.#finish({
      status: 'failed',
      httpStatus: wasStreaming ? 200 : status,
      fault,
      send: (response) => {
        if (wasStreaming) response.end(caller ? caller.dialect.brokenEvent(body) : `data: ${body}\n\n`)
        else
          sendError(response, {
            status,
            body,
            requestId: record.id,
            headers: { 'x-assay-cache': 'off', ...this.#route(), ...providerHeaders(fault.headers) },
          })
      },
    })
  }

  #route(): OutgoingHttpHeaders {
    const { 'x-assay-route': route } = this.#answerHeaders()
    return { 'x-assay-route': route }
  }

  /** Books what had come when the call ended too early. */
  #bookPartial(): void {
    const relay = this.#relay
    if (relay) this.#bookReply(relay.marks, relay)
    else this.#bookReply(new ReplyReader())
  }

  #onDeadline(): void {
    if (this.#phase === 'ending' || this.#phase === 'over') return
    this.#exchange?.abort()
    this.#giveUp('the whole answer', this.#job.options.timeoutMs)
  }

  #onHeldLong(): void {
    if (this.#phase !== 'trying') return
    if (this.#relay) {
      this.#beginStream()
      this.#relayOn(this.#relay)
    }
    this.#wait(FIRST_CONTENT_MS - HOLD_MS, () => {
      if (this.#relay?.hasContent) return
      this.#exchange?.abort()
      this.#giveUp('the first token', FIRST_CONTENT_MS)
    })
  }

  #giveUp(stage: string, timeoutMs: number): void {
    const { provider, model } = this.#candidate
    const fault = faultOf(new AssayError('gateway.timeout', { provider, model, stage, timeoutMs }))
    if (stage === 'the first token') return this.#fail(fault)
    this.#note(null, fault.error.code)
    this.#failForGood(fault)
  }

  #onCallerGone(): void {
    if (this.#phase === 'ending' || this.#phase === 'over') return
    this.#exchange?.abort()
    this.#bookPartial()
    this.#job.record.estimated = true
    this.#note(this.#status || null, null)
    this.#finish({ status: 'cancelled', httpStatus: null, send: () => {} })
  }

  #finish(ending: Ending): void {
    this.#run(() => this.#close(ending))
  }

  /** The row is on the disk before the last byte leaves; whatever comes after that is told afterwards. */
  async #close(ending: Ending): Promise<void> {
    const { record, parts, response, startedAt, input } = this.#job
    this.#phase = 'ending'
    clearTimeout(this.#deadline)
    this.#wait(0, null)
    record.status = ending.status
    record.httpStatus = ending.httpStatus
    record.errorCode = ending.fault?.error.code ?? null
    record.errorMessage = ending.fault ? redact(ending.fault.error.message).value.slice(0, 2_000) : null
    record.latencyMs = parts.now() - startedAt
    await this.#append('close')
    this.#phase = 'over'
    if (!response.destroyed) this.#send(response, ending)
    parts.metrics.closed(record)
    parts.onClosed?.(record)
    if (ending.status === 'cancelled') return
    if (!ending.fault && !input.request.response_format) return
    // What could not be translated was never sent: no provider failed.
    if (ending.fault?.error.code === 'gateway.untranslatable') return
    setImmediate(() => {
      void captureFailure(parts, {
        record,
        request: input.request,
        requestBytes: input.bytes.length,
        fault: ending.fault ?? null,
        output: () => (this.#relay ? this.#relay.reply() : this.#reply)?.text ?? '',
      })
    })
  }

  /** An answer that cannot be sent leaves a caller who would otherwise wait for ever. */
  #send(response: ServerResponse, ending: Ending): void {
    try {
      ending.send(response)
    } catch (error) {
      this.#job.parts.log.error({ requestId: this.#job.record.id, error }, 'an answer could not be sent')
      response.destroy()
    }
  }

  /** Whatever is thrown on the way ends this request, and never the process with all the others. */
  #run(work: () => void | Promise<void>): void {
    try {
      work()?.catch((error: unknown) => this.#onBroken(error))
    } catch (error) {
      this.#onBroken(error)
    }
  }

  #onBroken(error: unknown): void {
    const { parts, record, response } = this.#job
    parts.log.error({ requestId: record.id, error }, 'a request broke')
    const broken = new AssayError('internal.unexpected', {}, { cause: error })
    const wasOver = this.#phase === 'over'
    this.#phase = 'over'
    clearTimeout(this.#deadline)
    this.#wait(0, null)
    this.#exchange?.abort()
    if (!this.#isClosed) {
      record.status = 'failed'
      record.httpStatus = broken.status
      record.errorCode = broken.code
      record.errorMessage = broken.message
      record.latencyMs = parts.now() - this.#job.startedAt
      void this.#closeBroken()
    }
    // What was sent last may still be on its way.
    if (wasOver && response.writableEnded) return
    try {
      sendError(response, { status: broken.status, body: errorBodyOf(broken, record.id), requestId: record.id })
    } catch {
      response.destroy()
    }
  }

  async #closeBroken(): Promise<void> {
    try {
      await this.#append('close')
    } catch {
      // Neither the spool nor the log is left to tell.
    }
  }

  /** A record that cannot be kept is counted, and the caller is served all the same. */
  async #append(kind: 'open' | 'close'): Promise<void> {
    const { parts, record } = this.#job
    if (kind === 'close') this.#isClosed = true
    try {
      await parts.spool.append({ kind, request: kind === 'open' ? { ...record } : record })
    } catch (error) {
      parts.metrics.dropped(kind)
      parts.log.error({ requestId: record.id, error }, `the ${kind} record of a request could not be kept`)
    }
  }

  #wait(delayMs: number, work: (() => void) | null): void {
    if (this.#patience) clearTimeout(this.#patience)
    this.#patience = work && setTimeout(() => this.#run(work), delayMs)
  }
}

/** A model's name as a header may carry it. */
const printable = (text: string): string =>
  text
    .replace(/[^\x20-\x7e]/g, '?')
    .replaceAll(';', ',')
    .slice(0, 300)
