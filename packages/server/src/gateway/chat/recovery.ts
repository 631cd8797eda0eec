import { priceOf, recoverFrom, type Candidate, type Step } from '@assay/core'
import type { AbsorbedFault } from '../books/close-request.ts'
import { failedTryOf, isVaultRefusal, type Fault } from '../attempt/fault.ts'
import type { ChatJob } from './chat-job.ts'

/** Where a request stands among its candidates, and where it goes after a fault. */
export class Recovery {
  readonly #job: ChatJob
  #place = 0
  #retries = 0
  /** Failures that another candidate has made good. */
  readonly absorbed: AbsorbedFault[] = []

  constructor(job: ChatJob) {
    this.#job = job
  }

  /** No other candidate comes after this one. */
  get isLastPlace(): boolean {
    return this.#place === this.#job.candidates.length - 1
  }

  /** What a fault calls for. */
  stepAfter(fault: Fault): Step {
    const { patience, record, options, startedAt, parts } = this.#job
    return recoverFrom(
      failedTryOf(fault),
      {
        retries: this.#retries,
        attempts: record.attempts.length,
        leftMs: startedAt + options.timeoutMs - parts.now(),
        random: parts.random ?? Math.random,
      },
      patience,
    )
  }

  /** The same candidate is tried again. */
  retry(): void {
    this.#retries++
  }

  /** Goes on to the next candidate, or to the next that holds more; null when there is none. */
  moveOn(fault: Fault, kind: 'next' | 'larger'): Candidate | null {
    const { candidates, record } = this.#job
    const next = kind === 'next' ? this.#place + 1 : this.#largerPlace()
    const candidate = candidates[next]
    if (!candidate) return null
    if (!isVaultRefusal(fault)) this.absorbed.push({ fault, attempt: record.attempts.at(-1)! })
    this.#place = next
    this.#retries = 0
    record.route = candidate.reason
    return candidate
  }

  /** The next candidate that holds more than this one; past the end when there is none. */
  #largerPlace(): number {
    const { candidates, prices } = this.#job
    const windowOf = ({ provider, model }: Candidate) => priceOf(provider, model, prices)?.contextWindow ?? 0
    const held = windowOf(candidates[this.#place]!)
    const found = candidates.findIndex((candidate, place) => place > this.#place && windowOf(candidate) > held)
    return found < 0 ? candidates.length : found
  }
}
