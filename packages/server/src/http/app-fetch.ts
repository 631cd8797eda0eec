import { request as httpRequest, type IncomingMessage } from 'node:http'
import { duplexPair, Readable } from 'node:stream'
import type { App } from '../app.ts'

/**
 * A `fetch` that reaches the application without a network: each call is one connection within the process, spoken
 * to by the same server and the same rules as any other, as the local owner.
 */
export const appFetch =
  ({ connections }: Pick<App, 'connections'>) =>
  async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const asked = new Request(input, init)
    const body = asked.body === null ? null : Buffer.from(await asked.arrayBuffer())
    const message = await exchange(connections, asked, body)
    const headers = new Headers()
    for (const [name, values] of Object.entries(message.headersDistinct)) {
      for (const value of values ?? []) headers.append(name, value)
    }
    const status = message.statusCode ?? 500
    const isEmpty = status === 204 || status === 304
    if (isEmpty) message.resume()
    return new Response(isEmpty ? null : (Readable.toWeb(message) as ReadableStream<Uint8Array>), { status, headers })
  }

const exchange = (connections: App['connections'], asked: Request, body: Buffer | null): Promise<IncomingMessage> => {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const { host, pathname, search } = new URL(asked.url)
  const [ours, theirs] = duplexPair()
  connections.accept(theirs)
  const request = httpRequest({
    createConnection: () => ours,
    method: asked.method,
    path: pathname + search,
    headers: {
      ...Object.fromEntries(asked.headers),
      host,
      connection: 'close',
      ...(body === null ? {} : { 'content-length': body.length }),
    },
    signal: asked.signal,
  })
  request
    .once('response', resolve)
    .once('error', reject)
    .end(body ?? undefined)
  return promise
}
