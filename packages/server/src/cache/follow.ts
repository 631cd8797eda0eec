import { AssayError } from '@assay/core'
import { wantsStreamUsage } from '../gateway/chat/chat-input.ts'
import type { ChatJob } from '../gateway/chat/chat-job.ts'
import { CallerWriter } from '../gateway/entry/caller-writer.ts'
import { closeRequest, type Ending } from '../gateway/books/close-request.ts'
import { answerOfFault, faultOf } from '../gateway/attempt/fault.ts'
import { StreamRelay } from '../gateway/chat/stream-relay.ts'
import type { Follower, Landed, SharedFlight } from './flight.ts'
import { bookHit, hitHeaders, isLetThrough, serveHit } from './serve-hit.ts'

/** So much may wait for a caller who reads slowly; then it is cut. */
const MOST_UNREAD_BYTES = 8 * 1024 * 1024

/**
 * One who waits for the answer that another has asked for. A stream comes live from its first chunk; anything else
 * when it is whole. When the other's call fails before anything was said here, it is made after all.
 */
export class FollowChat implements Follower {
  readonly #job: ChatJob
  readonly #flight: SharedFlight
  readonly #goAlone: () => Promise<void>
  readonly #relay: StreamRelay
  readonly #isLive: boolean
  readonly #over = Promise.withResolvers<void>()
  #writer: CallerWriter | null = null
  #hasBegun = false
  #isOver = false
  #deadline: NodeJS.Timeout | undefined
  #unreadBytes = 0

  constructor(job: ChatJob, flight: SharedFlight, goAlone: () => Promise<void>) {
    this.#job = job
    this.#flight = flight
    this.#goAlone = goAlone
    // What a guard has yet to see whole is not shown in pieces.
    this.#isLive = job.input.request.stream === true && job.guardsAfter === null
    this.#relay = new StreamRelay({ dropsUsage: !job.caller && !wantsStreamUsage(job.input.request) })
  }

  /** Ends when the answer has been given, or fails as the call of one's own does. */
  run(): Promise<void> {
    const { outlet, options } = this.#job
    outlet.onClosed(() => this.#onCallerGone())
    this.#deadline = setTimeout(() => this.#onDeadline(options.timeoutMs), options.timeoutMs)
    if (!this.#flight.join(this)) this.#alone()
    return this.#over.promise
  }

  onChunks(events: Uint8Array): void {
    if (!this.#isLive || this.#isOver) return
    this.#relay.push(events)
    const bytes = this.#relay.take()
    if (!bytes) return
    if (!this.#hasBegun) this.#begin()
    this.#write(bytes)
  }

  onLanded(landed: Landed): void {
    if (this.#isOver) return
    this.#end(async () => {
      const { answer } = landed
      if (!this.#hasBegun) {
        if (await isLetThrough(this.#job, answer)) return serveHit(this.#job, answer)
        return this.#goAlone()
      }
      this.#writeUsage(landed)
      bookHit(this.#job, answer)
      const done = this.#writer ? this.#writer.end() : Buffer.from('data: [DONE]\n\n')
      await this.#close({ status: 'completed', httpStatus: 200, absorbed: [], send: (outlet) => outlet.end(done) })
    })
  }

  onFailed(): void {
    if (this.#isOver) return
    if (!this.#hasBegun) return this.#alone()
    const { caller, record } = this.#job
    const { provider, model } = this.#job.candidates[0]!
    const reason = 'the call whose answer this was has failed'
    const fault = faultOf(new AssayError('gateway.provider_failed', { provider, model, reason }))
    const { body } = answerOfFault(fault, record.id, caller?.dialect)
    const event = caller ? caller.dialect.brokenEvent(body) : `data: ${body}\n\n`
    this.#end(() =>
      this.#close({ status: 'failed', httpStatus: 200, fault, absorbed: [], send: (outlet) => outlet.end(event) }),
    )
  }

  #begin(): void {
    const { outlet, record, parts, startedAt, caller } = this.#job
    this.#hasBegun = true
    record.ttftMs = parts.now() - startedAt
    this.#writer = caller && new CallerWriter(caller.dialect)
    outlet.begin({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
      ...hitHeaders(this.#job, { createdAtMs: parts.now() }),
    })
  }

  #write(bytes: Uint8Array): void {
    const { outlet } = this.#job
    const worded = this.#writer ? this.#writer.push(bytes) : bytes
    if (outlet.write(worded)) return
    if (this.#unreadBytes === 0) outlet.onceDrained(() => (this.#unreadBytes = 0))
    this.#unreadBytes += worded.length
    if (this.#unreadBytes > MOST_UNREAD_BYTES) outlet.destroy()
  }

  /** The one who leads may not have asked for the usage. */
  #writeUsage({ answer: { response } }: Landed): void {
    const { caller, input } = this.#job
    if (this.#relay.marks.usage || (!caller && !wantsStreamUsage(input.request))) return
    const { usage, id, created, model } = JSON.parse(response)
    if (!usage) return
    const chunk = { id, object: 'chat.completion.chunk', created, model, choices: [], usage }
    this.#write(Buffer.from(`data: ${JSON.stringify(chunk)}\n\n`))
  }

  #alone(): void {
    this.#end(() => this.#goAlone())
  }

  #onDeadline(timeoutMs: number): void {
    if (this.#isOver) return
    const { record, caller } = this.#job
    const { provider, model } = this.#job.candidates[0]!
    const fault = faultOf(new AssayError('gateway.timeout', { provider, model, stage: 'the whole answer', timeoutMs }))
    const { status, body } = answerOfFault(fault, record.id, caller?.dialect)
    const send: Ending['send'] = this.#hasBegun
      ? (outlet) => outlet.end(caller ? caller.dialect.brokenEvent(body) : `data: ${body}\n\n`)
      : (outlet) => outlet.refuse({ status, body, headers: { 'x-assay-cache': record.cache } })
    this.#end(() =>
      this.#close({ status: 'failed', httpStatus: this.#hasBegun ? 200 : status, fault, absorbed: [], send }),
    )
  }

  #onCallerGone(): void {
    if (this.#isOver) return
    this.#end(() => this.#close({ status: 'cancelled', httpStatus: null, absorbed: [], send: () => {} }))
  }

  #close(ending: Omit<Ending, 'output'>): Promise<void> {
    const { record } = this.#job
    record.costNanoUsd = 0
    record.priced = true
    return closeRequest(this.#job, { ...ending, output: () => this.#relay.reply().text }, () => {})
  }

  #end(last: () => Promise<void>): void {
    this.#isOver = true
    clearTimeout(this.#deadline)
    this.#flight.leave(this)
    last().then(this.#over.resolve, this.#over.reject)
  }
}
