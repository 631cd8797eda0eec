import { AssayError, formatUsdDecimal, isRateLimited, SECOND_MS, type Candidate, type Step } from '@assay/core'
import type { ReplyReader } from '@assay/providers'
import { contentTypeOf, errorBodyOf } from '../entry/answer.ts'
import { answerHeaders, usageComment } from '../entry/answer-headers.ts'
import { AttemptBooks } from '../books/attempt-books.ts'
import { UpstreamAttempt } from '../attempt/attempt.ts'
import type { AttemptStory, Relay } from '../attempt/attempt-story.ts'
import type { ChatJob } from './chat-job.ts'
import { appendRequest, closeBroken, closeRequest, type Ending } from '../books/close-request.ts'
import { failedTryOf, faultOf, isVaultRefusal, outcomeOf, type Fault } from '../attempt/fault.ts'
import { guardWhole } from './guarded-answer.ts'
import { InTurn } from '../attempt/in-turn.ts'
import { Recovery } from './recovery.ts'
import { refusalFor } from './refusal-for.ts'
import { StreamedAnswer } from './streamed-answer.ts'
import type { Flight } from '../parts.ts'

/** Not worth counting in a deadline. */
const SOON_MS = 20

/**
 * One chat completion from its first attempt to its last byte: candidates in order until one brings content, the row
 * open before and durable before the answer ends, the caller's leaving passed on at once.
 */
export class CompleteChat implements AttemptStory {
  readonly #job: ChatJob
  /** Others who wait for this very call; null: nobody can. */
  readonly #flight: Flight | null
  #phase: 'trying' | 'streaming' | 'ending' | 'over' = 'trying'
  readonly #recovery: Recovery
  readonly #books: AttemptBooks
  readonly #inTurn: InTurn
  #pause: NodeJS.Timeout | null = null
  #attempt: UpstreamAttempt
  /** The stream that the caller has seen the beginning of; from there on there is no other try. */
  #stream: StreamedAnswer | null = null
  #reply: ReplyReader | null = null
  #deadline: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(job: ChatJob) {
    this.#job = job
    this.#books = new AttemptBooks(job)
    this.#inTurn = new InTurn(job)
    this.#recovery = new Recovery(job)
    this.#flight = job.turn.kind === 'lead' ? job.turn.flight : null
    this.#attempt = new UpstreamAttempt(job, job.candidates[0]!, this)
  }

  /** Runs by itself from here; its end is the answer's. */
  start(): void {
    const { options, startedAt, parts } = this.#job
    const { timeoutMs } = options
    const waitedMs = parts.now() - startedAt
    // Timers of one duration share a list; one of its own for each request would be a list each.
    const leftMs = waitedMs < SOON_MS ? timeoutMs : Math.max(0, timeoutMs - waitedMs)
    this.#deadline = setTimeout(() => this.run(() => this.#onDeadline(timeoutMs)), leftMs)
    this.#job.outlet.onClosed(() => this.run(() => this.#onCallerGone()))
    void appendRequest(this.#job, 'open') // its end is waited for
    this.run(() => this.#try(this.#attempt.candidate))
  }

  async #try(candidate: Candidate): Promise<void> {
    const { record } = this.#job
    this.#pause = null
    if (this.#isClosed) return
    if (this.#attempt.isOver) this.#attempt = new UpstreamAttempt(this.#job, candidate, this)
    record.providerName = candidate.provider
    record.responseModel = candidate.model
    await this.#attempt.start()
  }

  // Streams

  onProgress(relay: Relay): void {
    if (relay.hasContent && this.#phase === 'trying') this.#beginStream()
    if (this.#phase === 'streaming') this.#pass(relay)
  }

  onHeldLong(relay: Relay): void {
    if (this.#phase !== 'trying') return
    this.#beginStream()
    this.#pass(relay)
  }

  onStreamEnd(relay: Relay): void {
    this.run(async () => {
      const stream = this.#phase === 'trying' ? this.#beginStream() : this.#stream!
      this.#phase = 'ending'
      const rest = await this.#guarded(stream, relay.take(), true)
      if (this.#isClosed) return
      this.#flag(stream.flags)
      this.#attempt.tell('ok')
      this.#books.note(this.#attempt, null, { used: this.#books.stream(this.#attempt, relay) })
      stream.send(rest, relay)
      const done = stream.ending(relay)
      if (this.#job.options.showsUsage) this.#job.outlet.write(usageComment(this.#job.record))
      this.#finish({ status: 'completed', httpStatus: 200, send: (outlet) => outlet.end(done) }, () =>
        this.#land({ whole: null, relay }),
      )
    })
  }

  #beginStream(): StreamedAnswer {
    const { record, startedAt, parts } = this.#job
    this.#phase = 'streaming'
    this.#inTurn.passed()
    record.ttftMs = parts.now() - startedAt
    this.#stream = new StreamedAnswer(this.#job, { attempt: this.#attempt, flight: this.#flight })
    this.#stream.begin(this.#answerHeaders())
    return this.#stream
  }

  #pass(relay: Relay): void {
    const stream = this.#stream!
    const bytes = relay.take()
    if (!stream.isGuarded) return stream.send(bytes, relay)
    this.run(async () => {
      const passed = await this.#guarded(stream, bytes, false)
      if (!this.#isClosed) stream.send(passed, relay)
    })
  }

  /** What the guards let through, in the order it came; a guard that blocks ends the request. */
  async #guarded(stream: StreamedAnswer, bytes: Uint8Array | null, isEnd: boolean): Promise<Uint8Array | null> {
    try {
      return await stream.guarded(bytes, isEnd)
    } catch (error) {
      if (this.#isClosed || !(error instanceof AssayError)) throw error
      this.#attempt.abort()
      this.#attempt.tell('ok')
      const used = this.#books.partial(this.#attempt)
      this.#books.note(this.#attempt, error.code, { used })
      this.#failForGood(faultOf(error))
      return null
    }
  }

  /** What guards found is kept with the request. */
  #flag(flags: readonly string[]): void {
    const { record } = this.#job
    if (flags.length > 0) record.guards = [...new Set([...record.guards, ...flags])]
  }

  // Whole answers

  onWhole({ reply, bytes }: { reply: ReplyReader; bytes: Uint8Array }): void {
    const { guardsAfter } = this.#job
    this.#reply = reply
    this.#inTurn.passed()
    this.#attempt.tell('ok')
    this.#books.note(this.#attempt, null, { used: this.#books.reply(this.#attempt, reply) })
    if (!guardsAfter) return this.#finishWhole(bytes, false)
    this.#phase = 'ending'
    this.run(async () => {
      try {
        const { bytes: guarded, flags } = await guardWhole(guardsAfter, bytes)
        this.#flag(flags)
        this.#finishWhole(guarded, flags.length > 0)
      } catch (error) {
        if (!(error instanceof AssayError)) throw error
        this.#refuse(faultOf(error))
      }
    })
  }

  #finishWhole(bytes: Uint8Array, isGuarded: boolean): void {
    const { caller, record } = this.#job
    const worded =
      caller && !this.#attempt.isNative
        ? Buffer.from(JSON.stringify(caller.dialect.whole(JSON.parse(Buffer.from(bytes).toString('utf8')))))
        : bytes
    this.#finish(
      {
        status: 'completed',
        httpStatus: 200,
        send: (outlet) =>
          outlet.sendWhole(worded, {
            'content-type': contentTypeOf(this.#attempt.headers, 'application/json'),
            ...this.#answerHeaders(),
            ...(record.costNanoUsd === null ? undefined : { 'x-assay-cost-usd': formatUsdDecimal(record.costNanoUsd) }),
          }),
      },
      () => this.#land({ whole: bytes, relay: null, isGuarded }),
    )
  }

  #answerHeaders() {
    const { record, reservation } = this.#job
    const { candidate, dropped, headers } = this.#attempt
    const remainingNanoUsd = reservation?.remainingNanoUsd ?? null
    return answerHeaders({ record, candidate, attempts: this.#attempts, dropped, remainingNanoUsd, upstream: headers })
  }

  /** The attempt that is streaming has not ended, so it is not among the attempts yet. */
  get #attempts(): number {
    return this.#job.record.attempts.length + (this.#phase === 'streaming' ? 1 : 0)
  }

  // What comes after a fault

  onFault(fault: Fault): void {
    this.#attempt.tell(outcomeOf(fault))
    const wasTrying = this.#phase === 'trying'
    const partial = wasTrying ? null : this.#books.partial(this.#attempt)
    const status = fault.status ?? (this.#attempt.headStatus || null)
    if (!isVaultRefusal(fault))
      this.#books.note(this.#attempt, fault.error.code, { status, ...(partial && { used: partial }) })
    const step = wasTrying ? this.#recovery.stepAfter(fault) : ({ kind: 'fail' } as const)
    if (wasTrying && this.#waitsAfter(fault, step)) return
    this.#inTurn.leave()
    if (step.kind !== 'fail' && step.kind !== 'larger' && this.#attempt.others > 0) {
      return this.run(() => this.#try(this.#attempt.candidate))
    }
    if (step.kind === 'fail') return this.#failForGood(fault)
    if (step.kind === 'retry') {
      this.#recovery.retry()
      this.#pause = setTimeout(() => this.run(() => this.#try(this.#attempt.candidate)), step.delayMs)
      return
    }
    const candidate = this.#recovery.moveOn(fault, step.kind)
    if (!candidate) return this.#failForGood(fault)
    this.run(() => this.#try(candidate))
  }

  // Lines of those who wait for a provider

  standsInLine(attempt: UpstreamAttempt, call: () => void): boolean {
    if (attempt.others > 0 || !this.#recovery.isLastPlace || !this.#inTurn.comesAfter(attempt.line)) return false
    const giveUp = (): void => {
      const { provider } = attempt.candidate
      attempt.fail(faultOf(new AssayError('gateway.provider_busy', { provider, retryAfterMs: SECOND_MS })))
    }
    const hasPlace = this.#inTurn.join(attempt.line, {
      retryAfterMs: null,
      go: () => this.run(call),
      over: () => this.run(giveUp),
    })
    if (!hasPlace) giveUp()
    return true
  }

  /** A patient request comes back when the provider wants it to, after those who came before. */
  #waitsAfter(fault: Fault, step: Step): boolean {
    const { options, record, patience } = this.#job
    const tried = failedTryOf(fault)
    if (!options.isPatient || !isRateLimited(tried) || record.attempts.length >= patience.mostAttempts) return false
    if (this.#attempt.others > 0 || !this.#recovery.isLastPlace) return false
    // One that does not say when is tried again as others are, before it waits.
    if (step.kind === 'retry' && tried.retryAfterMs === null) return false
    const hasPlace = this.#inTurn.join(this.#attempt.line, {
      retryAfterMs: tried.retryAfterMs ?? this.#inTurn.nextPauseMs(),
      go: () => this.run(() => this.#try(this.#attempt.candidate)),
      over: () => this.run(() => this.#failForGood(fault)),
    })
    if (!hasPlace) this.#failForGood(fault)
    return true
  }

  // Endings

  #failForGood(fault: Fault): void {
    const stream = this.#stream
    if (!stream) {
      this.#books.nothing(this.#attempt)
      return this.#refuse(fault)
    }
    const event = stream.broken(fault)
    this.#finish({ status: 'failed', httpStatus: 200, fault, send: (outlet) => outlet.end(event) })
  }

  #refuse(fault: Fault): void {
    const { candidate } = this.#attempt
    const refusal = refusalFor(this.#job, fault, { candidate, attempts: this.#attempts })
    const send: Ending['send'] = (outlet) => outlet.refuse(refusal)
    this.#finish({ status: 'failed', httpStatus: refusal.status, fault, send })
  }

  #onDeadline(timeoutMs: number): void {
    if (this.#phase === 'ending' || this.#phase === 'over') return
    const fault = this.#attempt.late('the whole answer', timeoutMs)
    const wasCalling = this.#stopTrying()
    if (wasCalling) {
      this.#attempt.tell('failed')
      const partial = this.#stream ? this.#books.partial(this.#attempt) : null
      const status = this.#attempt.headStatus || null
      this.#books.note(this.#attempt, fault.error.code, { status, ...(partial && { used: partial }) })
    }
    this.#failForGood(fault)
  }

  #onCallerGone(): void {
    if (this.#phase === 'ending' || this.#phase === 'over') return
    if (this.#flight?.isFollowed()) return // the others go on without the one who asked first
    const wasInLine = this.#inTurn.isWaiting
    const wasCalling = this.#stopTrying()
    this.#attempt.tell('unknown')
    if (wasInLine) this.#books.nothing(this.#attempt)
    const used = wasInLine ? null : this.#books.partial(this.#attempt)
    this.#job.record.estimated = true
    if (wasCalling) this.#books.note(this.#attempt, null, { used })
    this.#finish({ status: 'cancelled', httpStatus: null, send: () => {} })
  }

  /** Ends the attempt under way and tells whether there was one, or only the pause before it. */
  #stopTrying(): boolean {
    this.#attempt.abort()
    const wasPausing = this.#pause !== null || this.#inTurn.isWaiting
    this.#inTurn.leave()
    if (this.#pause) clearTimeout(this.#pause)
    this.#pause = null
    return !wasPausing
  }

  #finish(ending: Omit<Ending, 'output' | 'answer' | 'absorbed'>, onGood?: () => void): void {
    const { outlet } = this.#job
    // The caller may have left while others waited for the answer.
    const status = ending.status === 'completed' && outlet.isClosed ? 'cancelled' : ending.status
    this.#phase = 'ending'
    this.#isClosed = true
    this.#inTurn.leave()
    clearTimeout(this.#deadline)
    this.run(async () => {
      const answer = () => (this.#attempt.relay ? this.#attempt.relay.reply() : this.#reply)
      const output = (): string => answer()?.text ?? ''
      await closeRequest(this.#job, { ...ending, status, output, answer, absorbed: this.#recovery.absorbed }, () => {
        this.#phase = 'over'
      })
      if (onGood) onGood()
      else this.#flight?.fail()
    })
  }

  /** Hands a good answer to the cache and to those who waited for it. */
  #land({ whole, relay, isGuarded = false }: { whole: Uint8Array | null; relay: Relay | null; isGuarded?: boolean }) {
    if (!this.#flight) return
    const { record, caller } = this.#job
    const isForeign = whole !== null && caller !== null && this.#attempt.isNative
    this.#flight.land({
      record,
      whole: isForeign ? this.#attempt.translated(whole) : whole,
      events: relay && relay.keptShare === 1 ? relay.events() : null,
      isGuarded: isGuarded || (this.#stream?.flags.length ?? 0) > 0,
    })
  }

  /** Whatever is thrown on the way ends this request, and never the process with all the others. */
  run(work: () => void | Promise<void>): void {
    try {
      work()?.catch((error: unknown) => this.#onBroken(error))
    } catch (error) {
      this.#onBroken(error)
    }
  }

  #onBroken(error: unknown): void {
    const { parts, record, outlet } = this.#job
    parts.log.error({ requestId: record.id, error }, 'a request broke')
    const broken = new AssayError('internal.unexpected', {}, { cause: error })
    const wasOver = this.#phase === 'over'
    this.#phase = 'over'
    clearTimeout(this.#deadline)
    this.#attempt.abort()
    this.#inTurn.leave()
    this.#flight?.fail()
    if (!this.#isClosed) {
      this.#isClosed = true
      void closeBroken(this.#job, broken)
    }
    // What was sent last may still be on its way.
    if (wasOver && outlet.isEnded) return
    try {
      outlet.refuse({ status: broken.status, body: errorBodyOf(broken, record.id) })
    } catch {
      outlet.destroy()
    }
  }
}
