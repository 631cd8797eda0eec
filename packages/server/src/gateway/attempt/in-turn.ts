import { SECOND_MS } from '@assay/core'
import type { ChatJob } from '../chat/chat-job.ts'
import { LONGEST_WAIT_MS, type Place, type Turn } from './lines.ts'

/** How one request stands in the line of a credential that is asked too much: its place, and then its turn. */
export class InTurn {
  readonly #job: ChatJob
  #place: Place | null = null
  #turn: Turn | null = null
  #number: number | undefined
  /** When it has waited long enough. */
  #untilMs: number | null = null
  #tries = 0

  constructor(job: ChatJob) {
    this.#job = job
  }

  /** It stands in the line, and nothing is under way. */
  get isWaiting(): boolean {
    return this.#place !== null
  }

  /** Others were here before, and it may wait. */
  comesAfter(name: string): boolean {
    return this.#job.options.isPatient && this.#turn === null && this.#job.lines.isBusy(name)
  }

  /** Stands in the line, in its former place when it had one; false: there is none, or it would wait in vain. */
  join(
    name: string,
    { retryAfterMs, go, over }: { retryAfterMs: number | null; go: () => void; over: () => void },
  ): boolean {
    const { lines, parts, startedAt, options } = this.#job
    this.#untilMs ??= Math.min(parts.now() + LONGEST_WAIT_MS, startedAt + options.timeoutMs - SHORTEST_CALL_MS)
    const pauseMs = retryAfterMs === null ? 0 : Math.max(SHORTEST_PAUSE_MS, retryAfterMs)
    const turn = this.#turn
    this.#turn = null
    // The place is known before the turn ends, so that nobody slips in between.
    let hasTurn = false
    const place = lines.join(name, {
      number: this.#number,
      pauseMs,
      untilMs: this.#untilMs,
      onTurn: (next) => {
        hasTurn = true
        this.#place = null
        this.#turn = next
        go()
      },
      onOver: () => {
        this.#place = null
        over()
      },
    })
    if (place) this.#number = place.number
    if (place && !hasTurn) this.#place = place
    turn?.refused(pauseMs)
    return place !== null
  }

  /** How long to stay away after a refusal that does not say so. */
  nextPauseMs(): number {
    return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#tries++)
  }

  /** The provider took it. */
  passed(): void {
    this.#turn?.passed()
    this.#turn = null
  }

  /** Gives up place and turn. */
  leave(): void {
    this.#place?.leave()
    this.#place = null
    this.#turn?.dropped()
    this.#turn = null
  }
}

/** With less left of its time a request is told to come again rather than sent on. */
const SHORTEST_CALL_MS = 50
const SHORTEST_PAUSE_MS = 250
const FIRST_PAUSE_MS = SECOND_MS
const LONGEST_PAUSE_MS = 8 * SECOND_MS
