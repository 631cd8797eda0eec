import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { api, issuesOf, type Api, type Contract, type LiveEvent } from '@assay/core'
import { answers, type Answers, type World } from './answers.ts'

/** What the server answers with: its data, nothing, or trouble. */
export type Mode = 'filled' | 'empty' | 'error' | 'forbidden' | 'silent' | 'signed-out'

export type PageServer = AsyncDisposable & {
  url: string
  /** Every call the pages made, as `get /api/v1/me`. */
  calls: string[]
  set: (next: { mode?: Mode; delayMs?: number; failing?: keyof Api | null }) => void
  /** Sends one live event to every open page. */
  publish: (event: LiveEvent) => void
  world: World
}

const dist = join(import.meta.dirname, '../../dist')

const policy = (nonce: string) =>
  `default-src 'self'; script-src 'self'; style-src 'self' 'nonce-${nonce}'; style-src-attr 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'`

const types: Record<string, string> = { js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml' }

/** The built pages on 127.0.0.1, under the true policy, with an API that answers from fixtures held to the contracts. */
export const startPageServer = async (world: World): Promise<PageServer> => {
  let mode: Mode = 'filled'
  let delayMs = 0
  let failing: keyof Api | null = null
  const calls: string[] = []
  const streams = new Set<ServerResponse>()
  let eventNumber = 0

  const onApi = async (request: IncomingMessage, response: ServerResponse, url: URL) => {
    if (url.pathname === '/api/v1/events') {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' }).write(': hello\n\n')
      streams.add(response)
      request.on('close', () => streams.delete(response))
      return
    }
    const found = findRoute(request.method ?? 'GET', url.pathname)
    if (!found) return sendProblem(response, 404, 'http.not_found')
    calls.push(`${found.contract.method} ${url.pathname}`)
    if (delayMs > 0) await delay(delayMs)
    const isMe = found.name === 'getMe'
    if (mode === 'signed-out') return sendProblem(response, 401, 'access.unauthenticated')
    if (mode === 'silent' && !isMe) return
    if (mode === 'forbidden' && !isMe) return sendProblem(response, 403, 'access.role_missing')
    if ((mode === 'error' && !isMe) || failing === found.name) return sendProblem(response, 500, 'internal.unexpected')
    const answer = (answers(world, mode === 'empty') as Record<string, Answers[keyof Api]>)[found.name]
    if (!answer) return sendProblem(response, 404, 'http.not_found')
    const query = found.contract.query?.safeParse(Object.fromEntries(url.searchParams))
    if (query?.error) return sendProblem(response, 400, 'input.invalid', { issues: issuesOf(query.error) })
    const reply = answer({
      params: found.params,
      query: query?.data ?? {},
      body: await readBody(request),
    } as never) as unknown
    if (reply === undefined) return sendProblem(response, 404, 'resource.not_found')
    response.writeHead(found.contract.status ?? 200, { 'content-type': 'application/json' })
    response.end(reply === null ? '' : JSON.stringify(found.contract.reply.parse(reply)))
  }

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    const work = url.pathname.startsWith('/api/') ? onApi(request, response, url) : sendFile(response, url.pathname)
    work.catch((error: unknown) => response.destroy(error as Error))
  })
  // A browser must not meet a connection that is just being closed.
  server.keepAliveTimeout = 300_000
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    world,
    set: (next) => {
      mode = next.mode ?? mode
      delayMs = next.delayMs ?? 0
      failing = next.failing ?? null
    },
    publish: (event) => {
      for (const stream of streams) {
        stream.write(`id: ${++eventNumber}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
      }
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Those without parameters first: a word of its own is no id. */
const contracts = Object.entries(api as Record<string, Contract>).toSorted(
  ([, a], [, b]) => a.path.split('{').length - b.path.split('{').length,
)

const findRoute = (method: string, path: string) => {
  for (const [name, contract] of contracts) {
    if (contract.method !== method.toLowerCase()) continue
    const pattern = new RegExp(`^${contract.path.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`)
    const match = pattern.exec(path)
    if (match) return { name, contract, params: { ...match.groups } }
  }
  return null
}

const readBody = async (request: IncomingMessage): Promise<unknown> => {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text === '' ? undefined : JSON.parse(text)
}

const sendProblem = (response: ServerResponse, status: number, code: string, details?: Record<string, unknown>) => {
  const error = {
    code,
    message: 'Something unexpected happened.',
    hint: 'The log of the server holds the cause under this request id.',
    requestId: '01930000-0000-7000-8000-00000000beef',
    ...(details === undefined ? {} : { details }),
  }
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ error }))
}

const sendFile = async (response: ServerResponse, path: string) => {
  const extension = path.split('.').at(-1) ?? ''
  if (path.startsWith('/assets/') && types[extension]) {
    response.writeHead(200, { 'content-type': types[extension] }).end(await readFile(join(dist, path)))
    return
  }
  const nonce = 'bm9uY2U'
  const shell = (await readFile(join(dist, 'index.html'), 'utf8')).replaceAll('__CSP_NONCE__', nonce)
  response.writeHead(200, { 'content-type': 'text/html', 'content-security-policy': policy(nonce) }).end(shell)
}
