import { dataOf, EventScanner } from '../sse.ts'
import type { CallerFrames } from './caller.ts'

/** Frames the events of a stream as the elements of one JSON array, each sent as soon as it is whole. */
export class ArrayFrames implements CallerFrames {
  readonly contentType = 'application/json; charset=utf-8'
  #isOpen = false
  #written = ''
  readonly #scanner = new EventScanner({
    onEvent: (event) => {
      const data = dataOf(event)
      if (data === null) return
      this.#written += (this.#isOpen ? ',\r\n' : '[') + data
      this.#isOpen = true
    },
  })

  push(events: Uint8Array): Uint8Array {
    this.#scanner.push(events)
    const bytes = Buffer.from(this.#written)
    this.#written = ''
    return bytes
  }

  end(): Uint8Array {
    return Buffer.from(this.#isOpen ? '\r\n]' : '[]')
  }
}
