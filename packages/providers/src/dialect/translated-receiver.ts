import type { IncomingHttpHeaders } from 'node:http'
import type { Exchange, Receiver } from '../exchange.ts'
import type { AnswerHead } from './answer-sink.ts'
import type { Dialect } from './dialect.ts'
import { translateRefusalBody, translateStream, translateWhole, type StreamTranslation } from './translate.ts'

const MAX_REFUSAL_BYTES = 64 * 1024
const STREAM = 'text/event-stream; charset=utf-8'

/** Stands between a provider that speaks its own dialect and a receiver that reads chat completions. */
export class TranslatedReceiver implements Receiver {
  readonly #receiver: Receiver
  readonly #dialect: Dialect
  readonly #head: AnswerHead
  /** The call whose answer this is, once it has begun; it is ended when the answer cannot be read. */
  exchange: Exchange | null = null
  #stream: StreamTranslation | null = null
  /** The head of a refusal waits for its body, which may say when to come again. */
  #refusal: { status: number; headers: IncomingHttpHeaders } | null = null
  #isOver = false
  #chunks: Uint8Array[] = []
  #keptBytes = 0

  constructor(receiver: Receiver, dialect: Dialect, head: AnswerHead) {
    this.#receiver = receiver
    this.#dialect = dialect
    this.#head = head
  }

  onHead(status: number, headers: IncomingHttpHeaders): void {
    const { 'content-length': _, 'content-type': type = '', ...others } = headers
    if (status >= 300) {
      this.#refusal = { status, headers: { ...others, 'content-type': type } }
      return
    }
    if (type.includes('event-stream')) this.#stream = translateStream(this.#dialect, this.#head)
    this.#receiver.onHead(status, { ...others, 'content-type': this.#stream ? STREAM : type })
  }

  onData(chunk: Uint8Array): void {
    if (this.#isOver) return
    if (!this.#stream) {
      this.#keptBytes += chunk.length
      if (!this.#refusal || this.#keptBytes <= MAX_REFUSAL_BYTES) this.#chunks.push(chunk)
      return
    }
    this.#pass(() => this.#stream!.push(chunk))
  }

  onEnd(): void {
    if (this.#isOver) return
    this.#pass(() => (this.#stream ? this.#stream.end() : [this.#whole()]))
    if (!this.#isOver) this.#receiver.onEnd()
  }

  onFailure(error: Error): void {
    if (!this.#isOver) this.#receiver.onFailure(error)
  }

  #whole(): Uint8Array {
    const bytes = Buffer.concat(this.#chunks)
    if (!this.#refusal) return translateWhole(this.#dialect, this.#head, bytes)
    const { status, headers } = this.#refusal
    const { body, retryAfter } = translateRefusalBody(this.#dialect, bytes)
    this.#receiver.onHead(status, retryAfter === null ? headers : { 'retry-after': retryAfter, ...headers })
    return body
  }

  #pass(translate: () => Uint8Array[]): void {
    let pieces: Uint8Array[]
    try {
      pieces = translate()
    } catch (error) {
      this.#isOver = true
      this.exchange?.abort()
      this.#receiver.onFailure(error instanceof Error ? error : new Error(String(error)))
      return
    }
    for (const piece of pieces) if (piece.length > 0) this.#receiver.onData(piece)
  }
}
