import { dataOf, EventScanner, PlainChunks, type CallerDialect, type CallerStream } from '@assay/providers'

/** Words what the gateway sends in the caller's dialect. */
export class CallerWriter {
  readonly #stream: CallerStream
  readonly #scanner: EventScanner
  readonly #plain = new PlainChunks()
  #written = ''

  constructor(caller: CallerDialect) {
    this.#stream = caller.stream()
    this.#scanner = new EventScanner({ onEvent: (event) => (this.#written += this.#worded(event)) })
  }

  /** Whole events of a chat completions stream. */
  push(bytes: Uint8Array): Uint8Array {
    const text = this.#stream.pushText && this.#scanner.isBetween ? this.#plain.textOf(bytes) : null
    if (text !== null) return Buffer.from(this.#stream.pushText!(text))
    this.#scanner.push(bytes)
    const written = Buffer.from(this.#written)
    this.#written = ''
    return written
  }

  end(): Uint8Array {
    return Buffer.from(this.#stream.end())
  }

  #worded(event: Uint8Array): string {
    const text = this.#stream.pushText ? this.#plain.textOf(event) : null
    if (text !== null) return this.#stream.pushText!(text)
    const data = dataOf(event)
    if (data === null) return ''
    if (this.#stream.pushText) this.#plain.learn(event)
    return this.#stream.push(JSON.parse(data))
  }

  /** The end of a stream that broke; null: there is nothing to it but the event that says so. */
  fail(body: string): Uint8Array | null {
    return this.#stream.fail ? Buffer.from(this.#stream.fail(body)) : null
  }
}
