import { ServerResponse, type OutgoingHttpHeaders } from 'node:http'
import type { CallerFrames } from '@assay/providers'
import { sendError } from './answer.ts'

const MOST_COPIED_BYTES = 32 * 1024

/**
 * The caller's end of a request: everything it is sent goes through here. A caller who has left is written to in vain,
 * so that a call which others still wait for can go on without it.
 */
export class Outlet {
  readonly #response: ServerResponse
  readonly #requestId: string
  /** Frames the events of a stream for callers who do not want them as they are. */
  readonly #frames: CallerFrames | null
  /** Pieces of the answer are put into HTTP's chunks here. */
  #isChunking = false

  constructor(response: ServerResponse, requestId: string, frames: CallerFrames | null = null) {
    this.#response = response
    this.#requestId = requestId
    this.#frames = frames
  }

  /** The caller has left, or has had its whole answer. */
  get isClosed(): boolean {
    return this.#response.destroyed
  }

  /** Everything has been said; it may still be on its way. */
  get isEnded(): boolean {
    return this.#response.writableEnded
  }

  /** The caller has seen the beginning of an answer. */
  get hasBegun(): boolean {
    return this.#response.headersSent
  }

  /** Tells when the connection is no longer the request's: the caller left, or the answer's last byte did. */
  onClosed(work: () => void): void {
    this.#response.on('close', work)
  }

  /** Begins a good answer whose length nobody knows yet. */
  begin(headers: OutgoingHttpHeaders): void {
    if (this.isClosed) return
    const response = this.#response
    response.writeHead(200, this.#frames ? { ...headers, 'content-type': this.#frames.contentType } : headers)
    // Node writes each chunk in four parts; in one it costs half. Who listens in on the answer gets it without.
    this.#isChunking = response.chunkedEncoding && response.write === ServerResponse.prototype.write
    if (this.#isChunking) response.chunkedEncoding = false
  }

  /** False when the caller reads more slowly than this comes. */
  write(bytes: Uint8Array | string): boolean {
    return this.isClosed || this.#put(this.#frames ? this.#frames.push(Buffer.from(bytes)) : bytes)
  }

  #put(bytes: Uint8Array | string): boolean {
    if (!this.#isChunking) return this.#response.write(bytes)
    const chunk = typeof bytes === 'string' ? Buffer.from(bytes) : bytes
    if (chunk.length === 0) return true
    if (chunk.length <= MOST_COPIED_BYTES) return this.#response.write(chunkOf(chunk), 'latin1')
    this.#response.write(`${chunk.length.toString(16)}\r\n`, 'latin1')
    this.#response.write(chunk)
    return this.#response.write('\r\n', 'latin1')
  }

  onceDrained(work: () => void): void {
    this.#response.once('drain', work)
  }

  end(bytes: Uint8Array | string): void {
    if (this.isClosed) return
    const frames = this.#frames
    const last = frames ? Buffer.concat([frames.push(Buffer.from(bytes)), frames.end()]) : bytes
    if (!this.#isChunking) return void this.#response.end(last)
    const chunk = typeof last === 'string' ? Buffer.from(last) : last
    const isSmall = chunk.length > 0 && chunk.length <= MOST_COPIED_BYTES
    if (!isSmall) this.#put(chunk)
    this.#response.end(`${isSmall ? chunkOf(chunk) : ''}0\r\n\r\n`, 'latin1')
  }

  /** A good answer that is there as a whole. */
  sendWhole(bytes: Uint8Array | string, headers: OutgoingHttpHeaders): void {
    if (this.isClosed) return
    this.#response.writeHead(200, { ...headers, 'content-length': Buffer.byteLength(bytes) })
    // As text of one byte a character it leaves in one piece with the head; large ones are not worth the copy.
    const isSmall = typeof bytes !== 'string' && bytes.byteLength <= MOST_COPIED_BYTES
    if (isSmall) this.#response.end(latin1Of(bytes), 'latin1')
    else this.#response.end(bytes)
  }

  refuse(refusal: { status: number; body: string; headers?: OutgoingHttpHeaders }): void {
    sendError(this.#response, { ...refusal, requestId: this.#requestId })
  }

  /** Cuts the connection: there is nothing that could still be said. */
  destroy(): void {
    this.#response.destroy()
  }
}

/** One chunk of HTTP, as text of one byte a character: that leaves in one piece. */
const chunkOf = (bytes: Uint8Array): string => `${bytes.length.toString(16)}\r\n${latin1Of(bytes)}\r\n`

const latin1Of = ({ buffer, byteOffset, byteLength }: Uint8Array): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString('latin1')
