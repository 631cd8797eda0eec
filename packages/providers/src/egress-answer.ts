import type { IncomingHttpHeaders } from 'node:http'
import { EgressError } from './egress-error.ts'
import type { Exchange, Receiver } from './exchange.ts'

/** An answer whose head has come; the body is read once, as it comes or whole. */
export type EgressAnswer = {
  status: number
  headers: IncomingHttpHeaders
  body: AsyncIterable<Uint8Array>
  text(): Promise<string>
  /** The text without the secrets that the call carried. */
  mask(text: string): string
}

/** So much is buffered for a slow reader before the connection is held. */
const HOLD_ABOVE_BYTES = 256 * 1024

/** Starts a call and resolves as soon as its head is there. */
export const collectAnswer = (
  start: (receiver: Receiver) => Exchange,
  signal: AbortSignal | undefined,
): Promise<EgressAnswer> =>
  new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = []
    let bufferedBytes = 0
    let ending: { error: Error | null } | null = null
    let wake: () => void = () => {}

    const finish = (error: Error | null) => {
      signal?.removeEventListener('abort', onAbort)
      ending = { error }
      if (error) reject(error)
      wake()
    }
    const onAbort = () => {
      exchange.abort()
      finish(new EgressError('aborted', { reason: 'the call was cancelled' }))
    }

    const read = async function* (): AsyncGenerator<Uint8Array> {
      try {
        for (;;) {
          const chunk = chunks.shift()
          if (chunk) {
            bufferedBytes -= chunk.byteLength
            if (bufferedBytes <= HOLD_ABOVE_BYTES) exchange.resume()
            yield chunk
          } else if (ending) {
            if (ending.error) throw ending.error
            return
          } else {
            await new Promise<void>((awake) => {
              wake = awake
            })
          }
        }
      } finally {
        if (!ending) exchange.abort()
        signal?.removeEventListener('abort', onAbort)
      }
    }

    const exchange = start({
      onHead: (status, headers) => {
        const body = read()
        resolve({ status, headers, body, text: () => textOf(body), mask: (text) => exchange.mask(text) })
      },
      onData: (chunk) => {
        chunks.push(chunk)
        bufferedBytes += chunk.byteLength
        if (bufferedBytes > HOLD_ABOVE_BYTES) exchange.pause()
        wake()
      },
      onEnd: () => finish(null),
      onFailure: finish,
    })
    signal?.addEventListener('abort', onAbort, { once: true })
  })

const textOf = async (body: AsyncIterable<Uint8Array>): Promise<string> => {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of body) text += decoder.decode(chunk, { stream: true })
  return text + decoder.decode()
}
