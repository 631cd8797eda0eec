import { dataOf, EventScanner, type CallerDialect, type CallerStream } from '@assay/providers'

/** Words what the gateway sends in the caller's dialect. */
export class CallerWriter {
  readonly #stream: CallerStream
  readonly #scanner: EventScanner
  #written = ''

  constructor(caller: CallerDialect) {
    this.#stream = caller.stream()
    this.#scanner = new EventScanner({
      onEvent: (event) => {
        const data = dataOf(event)
        if (data !== null) this.#written += this.#stream.push(JSON.parse(data))
      },
    })
  }

  /** Whole events of a chat completions stream. */
  push(bytes: Uint8Array): Uint8Array {
    this.#scanner.push(bytes)
    const written = Buffer.from(this.#written)
    this.#written = ''
    return written
  }

  end(): Uint8Array {
    return Buffer.from(this.#stream.end())
  }

  /** The end of a stream that broke; null: there is nothing to it but the event that says so. */
  fail(body: string): Uint8Array | null {
    return this.#stream.fail ? Buffer.from(this.#stream.fail(body)) : null
  }
}
