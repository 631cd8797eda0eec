import type { IncomingHttpHeaders } from 'node:http'
import { AssayError, timestamp, type Attempt, type Candidate, type Usage } from '@assay/core'
import {
  MAX_REFUSAL_BYTES,
  providerErrorOf,
  ReplyReader,
  startChat,
  translateWhole,
  type CallPlace,
  type Exchange,
  type Receiver,
} from '@assay/providers'
import type { BreakerPlace, TryOutcome } from './breaker.ts'
import { wantsStreamUsage } from '../chat/chat-input.ts'
import { chatCallOf } from './chat-call.ts'
import { chooseCredential } from './choose-credential.ts'
import type { ChatJob } from '../chat/chat-job.ts'
import { faultInside, faultOfRefusal } from './answer-faults.ts'
import { faultOf, type Fault } from './fault.ts'
import { streamProblem, wholeProblem } from '../chat/judge.ts'
import type { ResolvedCredential } from '../parts.ts'
import { PassedRelay } from '../chat/passed-relay.ts'
import { StreamRelay } from '../chat/stream-relay.ts'
import type { AttemptStory, Relay } from './attempt-story.ts'

/** Heads a translation that is only read, never sent. */
const NO_HEAD = { id: '', created: 0, model: '' }
/** So long a provider may take to end its stream after `[DONE]`; then its connection is not worth keeping. */
const GRACE_MS = 1_000

/** One call to one candidate: from its credential to an answer that is judged, or to a fault. */
export class UpstreamAttempt implements Receiver {
  readonly candidate: Candidate
  readonly #job: ChatJob
  readonly #story: AttemptStory
  readonly #isStream: boolean
  #startedAt: number
  credential: ResolvedCredential | null = null
  /** Other credentials of the same provider that may be tried. */
  others = 0
  status = 0
  /** What the provider answered with, also where its answer broke off later; 0 when nothing came. */
  headStatus = 0
  headers: IncomingHttpHeaders = {}
  relay: Relay | null = null
  ttftMs: number | null = null
  /** Of its call, where the request is traced. */
  spanId: string | null = null
  #exchange: Exchange | null = null
  #chunks: Uint8Array[] = []
  #receivedBytes = 0
  #reply: ReplyReader | null = null
  #patience: NodeJS.Timeout | null = null
  #grace: NodeJS.Timeout | undefined
  /** A breaker waits to be told. */
  #isCalled = false
  #isOver = false
  #isUpstreamOver = false

  constructor(job: ChatJob, candidate: Candidate, story: AttemptStory) {
    this.#job = job
    this.candidate = candidate
    this.#story = story
    this.#isStream = job.input.request.stream === true
    this.#startedAt = job.parts.now()
  }

  async start(): Promise<void> {
    const { providers } = this.#job
    const provider = providers.get(this.candidate.provider)!
    let waitMs = 0
    try {
      if (provider.needsCredential) {
        const chosen = await chooseCredential(this.#job, this.candidate)
        this.credential = chosen.credential
        this.others = chosen.others
        waitMs = chosen.waitMs
      } else this.credential = { id: null, baseUrl: '', secret: null }
    } catch (error) {
      const known = error instanceof AssayError
      return this.#fail(faultOf(known ? error : new AssayError('gateway.store_unavailable', {}, { cause: error })))
    }
    const { credential } = this
    if (this.#isOver) return
    if (!credential) return this.#fail(faultOf(new AssayError('vault.key_missing', { provider: provider.name })))
    if (waitMs > 0)
      return this.#fail(faultOf(new AssayError('gateway.circuit_open', { ...this.#named, retryAfterMs: waitMs })))
    this.#isCalled = provider.needsCredential
    const call = (): void => this.#call(credential)
    if (!provider.needsCredential || !this.#story.standsInLine(this, call)) call()
  }

  #call(credential: ResolvedCredential): void {
    const { parts, providers, forwarded, patience, trace } = this.#job
    const { candidate, isNative } = this
    this.#startedAt = parts.now()
    if (trace) this.spanId = trace.newCall()
    const headers = trace && this.spanId ? trace.headersOf(this.spanId, forwarded) : forwarded
    const call = chatCallOf(this.#job, { candidate, credential, isNative, isStream: this.#isStream, headers })
    this.#exchange = startChat(providers.get(candidate.provider)!, call, parts.egress, this)
    if (!this.#isStream || this.#isOver) return
    if (patience.holdMs < patience.firstContentMs) this.#wait(patience.holdMs, () => this.#onHeldLong())
    else this.#wait(patience.firstContentMs, () => this.#onNoContent())
  }

  /** The provider speaks as the caller does and nothing looks inside, so the bytes pass. */
  get isNative(): boolean {
    const { caller, guardsAfter, input } = this.#job
    if (!caller || guardsAfter !== null || input.isChanged) return false
    const provider = this.#job.providers.get(this.candidate.provider)!
    const { baseUrl = null, options } = this.credential ?? {}
    return provider.speaks(caller.dialect.provider, { baseUrl, ...(options ? { options } : undefined) })
  }

  get #named(): { provider: string; model: string } {
    const { provider, model } = this.candidate
    return { provider, model }
  }

  get #breaker(): BreakerPlace {
    return { ...this.#named, credentialId: this.credential?.id ?? null }
  }

  /** The line of those who wait for its credential. */
  get line(): string {
    return `${this.candidate.provider} ${this.credential?.id ?? 'system'}`
  }

  get place(): CallPlace {
    return { ...this.#named, baseUrl: this.credential?.baseUrl || null }
  }

  /** It has ended, or was ended. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** Fields of the request that the provider has no word for, as the caller calls them. */
  get dropped(): readonly string[] {
    const names = this.#job.caller?.dialect.names
    const dropped = this.#exchange?.dropped ?? []
    return names ? dropped.map((name) => names[name] ?? name) : dropped
  }

  /** Ends it at once, and says no more. */
  abort(): void {
    this.#end()
    this.#exchange?.abort()
  }

  /** Holds the answer back until the caller has read what it was sent. */
  pause(): void {
    this.#exchange?.pause()
  }

  resume(): void {
    this.#exchange?.resume()
  }

  /** What the provider says that this has used; null when it says nothing. */
  get usage(): Usage | null {
    return (this.relay?.marks ?? this.#reply)?.usage ?? null
  }

  /** Tells its breaker, once; a simulator has none. */
  tell(outcome: TryOutcome): void {
    const { latencies, parts } = this.#job
    if (outcome === 'ok') {
      const latencyMs = this.ttftMs ?? parts.now() - this.#startedAt
      latencies.tell(this.candidate, latencyMs)
      if (this.#isBalanced) latencies.tell(this.#breaker, latencyMs)
    }
    if (this.#isCalled) this.#job.breakers.tell(this.#breaker, outcome)
    this.#isCalled = false
  }

  /** How it is told in the log. */
  noted(said: Pick<Attempt, 'status' | 'errorCode' | 'usage' | 'costNanoUsd'>): Attempt {
    return {
      providerName: this.candidate.provider,
      model: this.candidate.model,
      credentialId: this.credential?.id ?? null,
      startedAt: timestamp(this.#startedAt),
      ttftMs: this.ttftMs,
      latencyMs: this.#job.parts.now() - this.#startedAt,
      ...said,
    }
  }

  /** A fault of the time that this attempt has taken. */
  late(stage: string, timeoutMs: number): Fault {
    return faultOf(new AssayError('gateway.timeout', { ...this.#named, stage, timeoutMs }))
  }

  get #isBalanced(): boolean {
    return this.#job.holder.routePolicy?.order === 'latency' && this.credential?.id !== null
  }

  /** It may stand in a line before it begins. */
  fail(fault: Fault): void {
    this.#fail(fault)
  }

  // What the provider sends

  onHead(status: number, headers: IncomingHttpHeaders): void {
    this.status = status
    this.headStatus = status
    this.headers = headers
    if (status >= 300 || !this.#isStream || /json|html/.test(headers['content-type'] ?? '')) return
    const { caller, input, turn } = this.#job
    this.relay =
      caller && this.isNative
        ? new PassedRelay(caller.dialect, { keepsChunks: turn.kind === 'lead' })
        : new StreamRelay({ dropsUsage: !wantsStreamUsage(input.request) })
  }

  onData(chunk: Uint8Array): void {
    if (this.#isOver) return
    this.#story.run(() => this.#onChunk(chunk))
  }

  onEnd(): void {
    this.#onUpstreamOver()
    if (this.#isOver) return
    this.#story.run(() => {
      if (this.status >= 300) this.#onRefusal()
      else if (this.relay) this.#onStreamEnd(this.relay)
      else this.#onWhole()
    })
  }

  onFailure(error: Error): void {
    this.#onUpstreamOver()
    if (this.#isOver) return
    const timeoutMs = this.#isStream ? this.#job.patience.firstContentMs : this.#job.options.timeoutMs
    this.status = 0
    this.#story.run(() => this.#fail(faultOf(providerErrorOf(error, { ...this.place, timeoutMs }))))
  }

  #onUpstreamOver(): void {
    this.#isUpstreamOver = true
    clearTimeout(this.#grace)
  }

  #onChunk(chunk: Uint8Array): void {
    const { relay } = this
    if (!relay) {
      this.#receivedBytes += chunk.length
      if (this.status < 300 || this.#receivedBytes <= MAX_REFUSAL_BYTES) this.#chunks.push(chunk)
      return
    }
    try {
      relay.push(chunk)
    } catch (error) {
      this.#exchange?.abort()
      this.onFailure(error as Error)
      return
    }
    if (relay.hasContent) this.#onContent()
    this.#story.onProgress(relay)
    if (this.#isOver) return
    if (relay.marks.error !== null) {
      this.#exchange?.abort()
      this.#onStreamEnd(relay)
    } else if (relay.done) this.#onStreamEnd(relay)
  }

  #onContent(): void {
    if (this.ttftMs !== null) return
    this.ttftMs = this.#job.parts.now() - this.#startedAt
    this.#wait(0, null)
  }

  #onHeldLong(): void {
    const { patience } = this.#job
    if (this.relay) this.#story.onHeldLong(this.relay)
    this.#wait(patience.firstContentMs - patience.holdMs, () => this.#onNoContent())
  }

  #onNoContent(): void {
    if (this.relay?.hasContent) return
    const fault = this.late('the first token', this.#job.patience.firstContentMs)
    this.#exchange?.abort()
    this.status = 0
    this.#fail(fault)
  }

  // How it ends

  #onRefusal(): void {
    const text = this.#exchange!.mask(Buffer.concat(this.#chunks).toString('utf8'))
    this.#fail(faultOfRefusal({ status: this.status, headers: this.headers, text }, this.place))
  }

  #onWhole(): void {
    const bytes = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks)
    const reply = new ReplyReader()
    this.#reply = reply
    const said = this.isNative ? this.translated(bytes) : bytes
    const problem = wholeProblem(reply, said) ?? (this.#isStream ? 'it answered without a stream' : null)
    if (problem) return this.#failAs(problem, reply)
    this.#end()
    this.#story.onWhole({ reply, bytes })
  }

  #onStreamEnd(relay: Relay): void {
    if (!relay.done) relay.end()
    const problem = streamProblem(relay)
    if (problem) return this.#failAs(problem, relay.marks)
    this.#onContent()
    this.#end()
    if (!this.#isUpstreamOver) this.#grace = setTimeout(() => this.#exchange?.abort(), GRACE_MS)
    this.#story.onStreamEnd(relay)
  }

  /** A whole answer of the caller's dialect in chat completions. */
  translated(bytes: Uint8Array): Uint8Array {
    const { caller } = this.#job
    return caller ? translateWhole(caller.dialect.dialect, NO_HEAD, bytes) : bytes
  }

  /** Fails an answer that began well. */
  #failAs(reason: string, reply: ReplyReader): void {
    const mask = (text: string): string => this.#exchange?.mask(text) ?? text
    this.#fail(faultInside({ reason, reply, status: this.status, mask }, this.#named))
  }

  #fail(fault: Fault): void {
    if (this.#isOver) return
    this.#end()
    this.#story.onFault(fault)
  }

  #end(): void {
    this.#isOver = true
    this.#wait(0, null)
  }

  #wait(delayMs: number, work: (() => void) | null): void {
    if (this.#patience) clearTimeout(this.#patience)
    this.#patience = work && setTimeout(() => this.#story.run(work), delayMs)
  }
}
