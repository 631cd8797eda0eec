import { AssayError } from '@assay/core'
import type { IncomingHttpHeaders } from 'node:http'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import type { Dispatcher } from 'undici'
import { EgressError, egressErrorOf } from './egress-error.ts'
import type { Exchange, Receiver } from './exchange.ts'

type Decoder = ReturnType<typeof createGunzip>

/** Bodies are asked for uncompressed; servers that compress all the same are decoded here, under the same cap. */
const decoders: Record<string, () => Decoder> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
}

/** One call on its connection: what undici reports, decoded and counted, handed to the receiver. */
export class EgressExchange implements Exchange, Dispatcher.DispatchHandler {
  readonly #receiver: Receiver
  readonly #maxBytes: number
  readonly #secrets: readonly string[]
  #controller: Dispatcher.DispatchController | null = null
  #decoder: Decoder | null = null
  #received = 0
  #isOver = false

  constructor(receiver: Receiver, maxBytes: number, secrets: readonly string[]) {
    this.#receiver = receiver
    this.#maxBytes = maxBytes
    this.#secrets = secrets
  }

  abort(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#decoder?.destroy()
    this.#controller?.abort(new EgressError('aborted', { reason: 'the call was cancelled' }))
  }

  pause(): void {
    this.#controller?.pause()
  }

  resume(): void {
    this.#controller?.resume()
  }

  mask(text: string): string {
    return this.#secrets.reduce((masked, secret) => masked.replaceAll(secret, '[redacted]'), text)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    // Aborted while the connection was being made, when there was nothing to abort yet.
    if (this.#isOver) controller.abort(new EgressError('aborted', { reason: 'the call was cancelled' }))
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (this.#isOver || status < 200) return
    // Sent twice, it is a list.
    const encoding = headers['content-encoding'] as string | string[] | undefined
    if (encoding !== undefined && encoding !== 'identity') {
      const name = String(encoding).toLowerCase()
      const create = Object.hasOwn(decoders, name) ? decoders[name] : undefined
      if (!create) return this.#fail(new EgressError('malformed', { reason: `the answer is encoded as ${name}` }))
      this.#decoder = this.#decode(create())
      delete headers['content-encoding']
      delete headers['content-length']
    }
    this.#receiver.onHead(status, headers)
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Uint8Array): void {
    if (this.#isOver) return
    if (this.#decoder) this.#decoder.write(chunk)
    else this.#take(chunk)
  }

  onResponseEnd(): void {
    if (this.#isOver) return
    if (this.#decoder) this.#decoder.end()
    else this.#end()
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#decoder?.destroy()
    this.#receiver.onFailure(error instanceof AssayError ? error : egressErrorOf(error))
  }

  #take(chunk: Uint8Array): void {
    if (this.#isOver) return
    this.#received += chunk.byteLength
    if (this.#received > this.#maxBytes) {
      this.#fail(new EgressError('too_large', { reason: `the answer is larger than ${this.#maxBytes} bytes` }))
    } else this.#receiver.onData(chunk)
  }

  #end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#receiver.onEnd()
  }

  #fail(error: EgressError): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#decoder?.destroy()
    this.#controller?.abort(error)
    this.#receiver.onFailure(error)
  }

  #decode(decoder: Decoder): Decoder {
    decoder.on('data', (chunk: Uint8Array) => this.#take(chunk))
    decoder.on('end', () => this.#end())
    decoder.on('error', (error) =>
      this.#fail(new EgressError('malformed', { reason: 'the answer cannot be decompressed' }, error)),
    )
    return decoder
  }
}
