import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Pool, type Dispatcher } from 'undici'
import { takePart } from './party.ts'

/** The least that can stand between: `node:http` in, undici out, bytes moved, nothing looked at. */

const pool = new Pool(process.argv[2] ?? '', { pipelining: 1 })

const server = createServer({ keepAliveTimeout: 60_000 }, (request: IncomingMessage, response: ServerResponse) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const body = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart: () => undefined,
      onResponseStart: (_, status, headers) => {
        const length = headers['content-length']
        response.writeHead(status, {
          'content-type': String(headers['content-type']),
          ...(typeof length === 'string' ? { 'content-length': length } : undefined),
        })
      },
      onResponseData: (_, chunk) => {
        response.write(chunk)
      },
      onResponseEnd: () => {
        response.end()
      },
      onResponseError: () => {
        response.destroy()
      },
    }
    pool.dispatch(
      { path: request.url ?? '/', method: 'POST', headers: ['content-type', 'application/json'], body },
      handler,
    )
  })
})
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  takePart({ url: `http://127.0.0.1:${port}`, stop: async () => server.closeAllConnections() })
})
