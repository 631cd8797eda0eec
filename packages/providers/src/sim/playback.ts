import type { Exchange, Receiver } from '../exchange.ts'

/** What is played to a receiver. */
export type Play = {
  status: number
  headers: Record<string, string>
  /** Taken one by one, as they are played. */
  parts: Iterable<string>
  /** Before the head. */
  delayMs?: number
  /** Between two parts. */
  pauseMs?: number
  cut?: { afterBytes: number; error: Error }
}

/** Plays a prepared answer as a network would bring it: later, part by part, and until it is aborted. */
export class Playback implements Exchange {
  readonly #play: Play
  readonly #receiver: Receiver
  readonly #parts: Iterator<string>
  #sentBytes = 0
  #timer: NodeJS.Timeout | NodeJS.Immediate
  #isOver = false
  #isPaused = false
  #isWaiting = false

  constructor(play: Play, receiver: Receiver) {
    this.#play = play
    this.#parts = play.parts[Symbol.iterator]()
    this.#receiver = receiver
    this.#timer = this.#after(play.delayMs ?? 0, () => this.#begin())
  }

  abort(): void {
    this.#isOver = true
    clearTimeout(this.#timer as NodeJS.Timeout)
    clearImmediate(this.#timer as NodeJS.Immediate)
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    if (this.#isWaiting) this.#step()
  }

  mask(text: string): string {
    return text
  }

  #begin(): void {
    this.#receiver.onHead(this.#play.status, { ...this.#play.headers })
    this.#step()
  }

  #step(): void {
    if (this.#isOver) return
    this.#isWaiting = this.#isPaused
    if (this.#isPaused) return
    const { value: part, done } = this.#parts.next()
    if (done) {
      this.#isOver = true
      this.#receiver.onEnd()
      return
    }
    if (this.#send(Buffer.from(part))) this.#timer = this.#after(this.#play.pauseMs ?? 0, () => this.#step())
  }

  /** False when the connection broke within these bytes. */
  #send(bytes: Uint8Array): boolean {
    const { cut } = this.#play
    const room = cut ? cut.afterBytes - this.#sentBytes : Number.POSITIVE_INFINITY
    const kept = bytes.length <= room ? bytes : bytes.subarray(0, room)
    this.#sentBytes += kept.length
    if (kept.length > 0) this.#receiver.onData(kept)
    if (!cut || kept.length === bytes.length) return true
    this.#isOver = true
    this.#receiver.onFailure(cut.error)
    return false
  }

  #after(delayMs: number, work: () => void): NodeJS.Timeout | NodeJS.Immediate {
    return delayMs > 0 ? setTimeout(work, delayMs) : setImmediate(work)
  }
}
