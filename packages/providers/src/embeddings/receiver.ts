import type { IncomingHttpHeaders } from 'node:http'
import { translateRefusal } from '../dialect/refusal-types.ts'
import type { Receiver } from '../exchange.ts'
import { refusalOf } from '../refusal.ts'
import { completionOf } from './answer.ts'
import type { EmbeddingDialect } from './dialect.ts'
import type { EmbeddingRequest } from './request.ts'

/** Takes a provider's answer with embeddings and passes it on as a chat completion that holds them. */
export class EmbeddingReceiver implements Receiver {
  readonly #receiver: Receiver
  readonly #dialect: EmbeddingDialect
  readonly #request: EmbeddingRequest
  readonly #model: string
  readonly #chunks: Uint8Array[] = []
  #head: { status: number; headers: IncomingHttpHeaders } = { status: 0, headers: {} }

  constructor(
    receiver: Receiver,
    dialect: EmbeddingDialect,
    { request, model }: { request: EmbeddingRequest; model: string },
  ) {
    this.#receiver = receiver
    this.#dialect = dialect
    this.#request = request
    this.#model = model
  }

  onHead(status: number, given: IncomingHttpHeaders): void {
    const { 'content-length': _, ...headers } = given
    this.#head = { status, headers }
  }

  onData(chunk: Uint8Array): void {
    this.#chunks.push(chunk)
  }

  onEnd(): void {
    const { status, headers } = this.#head
    const bytes = Buffer.concat(this.#chunks)
    const json = parsed(bytes)
    const retryAfter = status < 300 ? null : (this.#dialect.refusals?.retryAfter?.(json) ?? null)
    this.#receiver.onHead(status, retryAfter === null ? headers : { 'retry-after': retryAfter, ...headers })
    this.#receiver.onData(status < 300 ? this.#answer(json, bytes) : this.#refusal(json, bytes))
    this.#receiver.onEnd()
  }

  onFailure(error: Error): void {
    this.#receiver.onFailure(error)
  }

  #answer(json: unknown, bytes: Buffer): Buffer {
    const list = this.#dialect.decode(json, this.#request)
    if (list) return Buffer.from(JSON.stringify(completionOf(list, this.#model)))
    // An error inside a good answer keeps its words; any other bytes are judged as they are.
    return refusalOf(json) ? this.#refusal(json, bytes) : bytes
  }

  #refusal(json: unknown, bytes: Buffer): Buffer {
    const { refusals } = this.#dialect
    const refusal = refusals && refusalOf(json)
    return refusal ? Buffer.from(JSON.stringify({ error: translateRefusal(refusal, refusals) })) : bytes
  }
}

const parsed = (bytes: Buffer): unknown => {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined
  }
}
