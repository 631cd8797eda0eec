import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { AssayError, SECOND_MS } from '@assay/core'
import { isDataPlanePath } from './edge.ts'
import { problemOf } from './problem.ts'

const MAX_HEADER_BYTES = 16_384
const MAX_CONNECTIONS = 2_000

/** The two planes behind one port; set once both are put together. */
export type Planes = { data: RequestListener; control: RequestListener }

/** One server for both planes: which of them answers is decided by the raw path, before anything is parsed. */
export const createHttpServer = ({ createId }: { createId: () => string }) => {
  let planes: Planes | null = null
  const local = new WeakSet<object>()
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: 15 * SECOND_MS,
      requestTimeout: 75 * SECOND_MS,
      keepAliveTimeout: 65 * SECOND_MS,
      requireHostHeader: true,
      joinDuplicateHeaders: false,
    },
    (request: IncomingMessage, response: ServerResponse) => {
      if (planes === null) return answerStarting(response, createId())
      const plane = isDataPlanePath(request.url ?? '') ? planes.data : planes.control
      plane(request, response)
    },
  )
  server.maxConnections = MAX_CONNECTIONS
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => answerUnparsed(error, socket, createId()))
  return {
    server: server satisfies Server,
    open: (both: Planes): void => {
      planes = both
    },
    isLocal: (request: IncomingMessage): boolean => local.has(request.socket),
    accept: (connection: Duplex): void => {
      local.add(connection)
      server.emit('connection', connection)
    },
  }
}

const answerStarting = (response: ServerResponse, requestId: string): void => {
  const error = new AssayError('internal.overloaded', { retryAfterSeconds: 1 })
  response
    .writeHead(error.status, { 'content-type': 'application/json; charset=utf-8', 'retry-after': '1' })
    .end(JSON.stringify(problemOf(error, requestId)))
}

/** What the parser refuses never becomes a request; it still gets an answer in our form. */
const answerUnparsed = (error: NodeJS.ErrnoException, socket: Duplex, requestId: string): void => {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const [status, reason] = refusals[error.code ?? ''] ?? ['400 Bad Request', 'it is not HTTP/1.1']
  const body = JSON.stringify(problemOf(new AssayError('input.bad_request', { reason }), requestId))
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: application/json; charset=utf-8\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  )
}

const refusals: Record<string, [status: string, reason: string]> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', `its headers are larger than ${MAX_HEADER_BYTES} bytes`],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'it did not arrive in time'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: ['413 Payload Too Large', 'its chunk extensions are too large'],
}
