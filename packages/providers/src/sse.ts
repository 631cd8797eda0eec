import { EgressError } from './egress-error.ts'

/** Who takes the events that a scanner cuts; an event keeps its bytes, the blank line at its end included. */
export type EventSink = { onEvent(event: Uint8Array): void }

const MAX_EVENT_BYTES = 8 * 1024 * 1024

const LINE_FEED = 10
const CARRIAGE_RETURN = 13

/** Cuts a stream of bytes into server-sent events, wherever the network has cut it. WHATWG HTML §9.2.6. */
export class EventScanner {
  readonly #sink: EventSink
  /** The beginning of an event whose end has not come. */
  #rest: Uint8Array | null = null
  /** How much of `#rest` is in use: it has room to grow, so that a long event is not copied for each of its pieces. */
  #restBytes = 0
  #lineLength = 0
  #afterReturn = false
  /** A blank line ended in a carriage return; a line feed right behind it would still be part of it. */
  #isEnding = false

  constructor(sink: EventSink) {
    this.#sink = sink
  }

  /** Everything that came so far were whole events. */
  get isBetween(): boolean {
    return this.#rest === null && this.#lineLength === 0 && !this.#isEnding && !this.#afterReturn
  }

  push(chunk: Uint8Array): void {
    let from = 0
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at]!
      if (this.#isEnding) {
        this.#isEnding = false
        const end = byte === LINE_FEED ? at + 1 : at
        this.#emit(chunk, from, end)
        from = end
        this.#afterReturn = false
        if (byte === LINE_FEED) continue
      }
      if (byte === LINE_FEED) {
        if (this.#afterReturn) this.#afterReturn = false
        else if (this.#lineLength === 0) {
          this.#emit(chunk, from, at + 1)
          from = at + 1
        } else this.#lineLength = 0
      } else if (byte === CARRIAGE_RETURN) {
        this.#afterReturn = true
        if (this.#lineLength === 0) this.#isEnding = true
        this.#lineLength = 0
      } else {
        this.#afterReturn = false
        this.#lineLength++
      }
    }
    if (from < chunk.length) this.#keep(from === 0 ? chunk : chunk.subarray(from))
  }

  /** The bytes behind the last whole event; the stream has ended and no more will come. */
  end(): Uint8Array {
    const rest = this.#takeRest() ?? new Uint8Array(0)
    if (!this.#isEnding) return rest
    this.#sink.onEvent(rest)
    return new Uint8Array(0)
  }

  #emit(chunk: Uint8Array, from: number, to: number): void {
    const event = chunk.subarray(from, to)
    const rest = this.#takeRest()
    this.#lineLength = 0
    this.#sink.onEvent(rest ? Buffer.concat([rest, event]) : event)
  }

  #keep(part: Uint8Array): void {
    const size = this.#restBytes + part.length
    if (size > MAX_EVENT_BYTES) {
      throw new EgressError('too_large', { reason: `one event of the stream is larger than ${MAX_EVENT_BYTES} bytes` })
    }
    // Copied only when an event really was cut; the common chunk holds whole events.
    if (this.#rest === null) this.#rest = part
    else {
      if (size > this.#rest.length) {
        const grown = Buffer.allocUnsafe(size * 2)
        grown.set(this.#rest.subarray(0, this.#restBytes))
        this.#rest = grown
      }
      this.#rest.set(part, this.#restBytes)
    }
    this.#restBytes = size
  }

  #takeRest(): Uint8Array | null {
    const rest = this.#rest && this.#rest.subarray(0, this.#restBytes)
    this.#rest = null
    this.#restBytes = 0
    return rest
  }
}

/** The text of the event's `data` lines; null for a comment or an event without data. */
export const dataOf = (event: Uint8Array): string | null => {
  const text = Buffer.from(event.buffer, event.byteOffset, event.byteLength).toString('utf8')
  if (text.startsWith('data: {') || text.startsWith('data: [')) {
    const end = endOfLine(text)
    if (isBlank(text, end)) return text.slice(6, end)
  }
  const lines = text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/)
    .filter((line) => line === 'data' || line.startsWith('data:'))
  return lines.length === 0 ? null : lines.map((line) => line.slice(5).replace(/^ /, '')).join('\n')
}

const endOfLine = (text: string): number => {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === LINE_FEED || code === CARRIAGE_RETURN) return at
  }
  return text.length
}

const isBlank = (text: string, from: number): boolean => {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code !== LINE_FEED && code !== CARRIAGE_RETURN) return false
  }
  return true
}
