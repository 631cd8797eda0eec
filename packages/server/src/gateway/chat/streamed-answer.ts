import type { OutgoingHttpHeaders } from 'node:http'
import { contentTypeOf } from '../entry/answer.ts'
import { CallerWriter } from '../entry/caller-writer.ts'
import type { UpstreamAttempt } from '../attempt/attempt.ts'
import type { Relay } from '../attempt/attempt-story.ts'
import { answerOfFault, type Fault } from '../attempt/fault.ts'
import type { ChatJob } from './chat-job.ts'
import { StreamGuard } from './guarded-answer.ts'
import type { Flight } from '../parts.ts'

/** The stream of one attempt on its way to the caller: guarded, worded as the caller speaks, shared with who waits. */
export class StreamedAnswer {
  readonly #job: ChatJob
  readonly #attempt: UpstreamAttempt
  /** Others who wait for this very call; null: nobody can. */
  readonly #flight: Flight | null
  /** Null: the caller understands the provider's words. */
  readonly #writer: CallerWriter | null
  readonly #guard: StreamGuard | null

  constructor(job: ChatJob, { attempt, flight }: { attempt: UpstreamAttempt; flight: Flight | null }) {
    const { caller, guardsAfter } = job
    this.#job = job
    this.#attempt = attempt
    this.#flight = flight
    this.#writer = caller && !attempt.isNative ? new CallerWriter(caller.dialect) : null
    this.#guard = guardsAfter && new StreamGuard(guardsAfter)
  }

  get isGuarded(): boolean {
    return this.#guard !== null
  }

  /** What guards found so far. */
  get flags(): readonly string[] {
    return this.#guard?.flags ?? []
  }

  begin(headers: OutgoingHttpHeaders): void {
    this.#job.outlet.begin({
      'content-type': contentTypeOf(this.#attempt.headers, 'text/event-stream; charset=utf-8'),
      'cache-control': 'no-cache',
      ...headers,
    })
  }

  /** What the guards let through of these bytes and of what they held back; throws what a guard that blocks does. */
  async guarded(bytes: Uint8Array | null, isEnd: boolean): Promise<Uint8Array | null> {
    if (!this.#guard) return bytes
    return isEnd ? this.#guard.end(bytes) : this.#guard.push(bytes)
  }

  /** Sends bytes of the relay; a caller who reads slowly holds the provider back. */
  send(bytes: Uint8Array | null, relay: Relay): void {
    if (!bytes) return
    if (this.#flight) {
      const chunks = relay.takeChunks(bytes)
      if (chunks) this.#flight.push(chunks)
    }
    if (!this.#job.outlet.write(this.#writer ? this.#writer.push(bytes) : bytes)) this.#holdUpstream()
  }

  /** The last bytes of a good stream. */
  ending(relay: Relay): Uint8Array {
    return this.#writer ? this.#writer.end() : relay.done!
  }

  /** The last bytes of one that broke. */
  broken(fault: Fault): Uint8Array | string {
    const { record, caller } = this.#job
    const { body } = answerOfFault(fault, record.id, caller?.dialect)
    return this.#writer?.fail(body) ?? caller?.dialect.brokenEvent(body) ?? `data: ${body}\n\n`
  }

  #holdUpstream(): void {
    const attempt = this.#attempt
    attempt.pause()
    this.#job.outlet.onceDrained(() => attempt.resume())
  }
}
