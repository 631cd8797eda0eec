import { request as startRequest } from 'node:http'
import { Readable } from 'node:stream'

const WITHOUT_BODY = new Set([204, 205, 304])

/**
 * A `fetch` that goes through a unix socket instead of the network: how commands reach the process that owns the data
 * directory. The directory is closed to other users, so the socket needs no key.
 */
export const socketFetch =
  (socketPath: string): typeof globalThis.fetch =>
  async (input, init) => {
    const request = new Request(input, init)
    const { host, pathname, search } = new URL(request.url)
    const body = Buffer.from(await request.arrayBuffer())
    const headers = { ...Object.fromEntries(request.headers), host, 'content-length': String(body.byteLength) }
    return new Promise((resolve, reject) => {
      const call = startRequest(
        { socketPath, method: request.method, path: pathname + search, headers, signal: request.signal, agent: false },
        (message) => {
          const status = message.statusCode ?? 500
          const content = WITHOUT_BODY.has(status) ? null : (Readable.toWeb(message) as ReadableStream)
          resolve(new Response(content, { status, headers: headerPairs(message.rawHeaders) }))
        },
      )
      call.on('error', reject)
      call.end(body)
    })
  }

const headerPairs = (raw: string[]): [string, string][] =>
  Array.from({ length: raw.length / 2 }, (_, index) => [raw[index * 2]!, raw[index * 2 + 1]!])
