import type { IncomingMessage } from 'node:http'
import { AssayError, SECOND_MS } from '@assay/core'

/** The largest body that a request may have. */
export const MAX_BODY_BYTES = 32 * 1024 * 1024

/** Bodies that were read before whoever answers came to it. */
const kept = new WeakMap<IncomingMessage, Buffer>()

/** Reads the body and keeps it for the one who asks next. */
export const readAhead = async (request: IncomingMessage): Promise<Buffer> => {
  const body = await readBody(request)
  kept.set(request, body)
  return body
}

/** The whole body of a request; throws `input.too_large` without reading what is over the limit. */
export const readBody = (request: IncomingMessage): Promise<Buffer> => {
  const known = kept.get(request)
  if (known) return Promise.resolve(known)
  const announced = Number(request.headers['content-length'] ?? 0)
  if (announced > MAX_BODY_BYTES) return Promise.reject(tooLarge())
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    const take = (chunk: Buffer) => {
      size += chunk.length
      if (size > MAX_BODY_BYTES) {
        request.off('data', take).pause()
        reject(tooLarge())
      } else chunks.push(chunk)
    }
    request.on('data', take)
    request.on('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)))
    request.on('error', () => reject(new AssayError('input.bad_request', { reason: 'its body ended too early' })))
  })
}

const MOST_DROPPED_BYTES = 64 * 1024 * 1024
const MOST_DROPPING_MS = 5 * SECOND_MS

/**
 * Drops what still comes of a body, then goes on. Many clients read no answer before they have sent everything: were the
 * connection closed on them earlier, they would see a broken pipe in place of the refusal. Who sends without end is cut.
 */
export const dropBody = (request: IncomingMessage, done: () => void): void => {
  let size = 0
  const finish = () => {
    clearTimeout(timer)
    request.off('data', drop).off('end', finish).off('close', finish)
    done()
  }
  const drop = (chunk: Buffer) => {
    size += chunk.length
    if (size > MOST_DROPPED_BYTES) finish()
  }
  const timer = setTimeout(finish, MOST_DROPPING_MS)
  if (request.complete || request.destroyed) return finish()
  request.on('data', drop).on('end', finish).on('close', finish).resume()
}

const tooLarge = () => new AssayError('input.too_large', { what: 'request body', limitBytes: MAX_BODY_BYTES })
