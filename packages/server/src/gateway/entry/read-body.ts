import type { IncomingMessage } from 'node:http'
import { AssayError } from '@assay/core'

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
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > MAX_BODY_BYTES) {
        request.pause()
        reject(tooLarge())
      } else chunks.push(chunk)
    })
    request.on('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)))
    request.on('error', () => reject(new AssayError('input.bad_request', { reason: 'its body ended too early' })))
  })
}

const tooLarge = () => new AssayError('input.too_large', { what: 'request body', limitBytes: MAX_BODY_BYTES })
