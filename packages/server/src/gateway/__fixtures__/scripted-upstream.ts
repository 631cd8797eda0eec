import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One request as the upstream saw it. */
export type Seen = {
  path: string
  headers: IncomingMessage['headers']
  raw: string
  body: Record<string, unknown>
  /** When the other side closed before the answer was whole. */
  closedEarlyAt: number | null
}

export type Play = (response: ServerResponse, seen: Seen) => unknown

/** A model server on 127.0.0.1 that does exactly what a test tells it, good or bad. */
export const startUpstream = async () => {
  const seen: Seen[] = []
  let script: Play[] = []
  let otherwise: Play = (response) => completion(response)
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const raw = Buffer.concat(chunks).toString()
    const entry: Seen = {
      path: request.url ?? '',
      headers: request.headers,
      raw,
      body: raw === '' ? {} : JSON.parse(raw),
      closedEarlyAt: null,
    }
    seen.push(entry)
    response.on('close', () => {
      if (!response.writableFinished) entry.closedEarlyAt = performance.now()
    })
    await (script.shift() ?? otherwise)(response, entry)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    host,
    baseUrl: `http://${host}/v1`,
    seen,
    /** What the next requests get, one after the other. */
    play: (...plays: Play[]) => {
      script = plays
    },
    /** What every request gets that has nothing of its own. */
    always: (play: Play) => {
      otherwise = play
    },
    reset: () => {
      seen.length = 0
      script = []
      otherwise = (response) => completion(response)
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

export type Upstream = Awaited<ReturnType<typeof startUpstream>>

const head = { id: 'chatcmpl-1', created: 1_790_000_000, model: 'test-model' }
const usage = { prompt_tokens: 12, completion_tokens: 5, total_tokens: 17, prompt_tokens_details: { cached_tokens: 4 } }

/** A whole answer as JSON. */
export const completion = (response: ServerResponse, content = 'Hello there.'): void => {
  response.setHeader('content-type', 'application/json')
  response.end(completionJson(content))
}

export const completionJson = (content: string): string =>
  JSON.stringify({
    ...head,
    object: 'chat.completion',
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
    usage,
  })

export const chunkEvent = (delta: object, finishReason: string | null = null): string =>
  `data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: finishReason }] })}\n\n`

export const usageEvent = `data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', choices: [], usage })}\n\n`
export const doneEvent = 'data: [DONE]\n\n'

/** The events of a good stream; the usage is there when it was asked for. */
export const streamEvents = (words: string[], { withUsage }: { withUsage: boolean }): string[] => [
  chunkEvent({ role: 'assistant', content: '' }),
  ...words.map((content) => chunkEvent({ content })),
  chunkEvent({}, 'stop'),
  ...(withUsage ? [usageEvent] : []),
  doneEvent,
]

export const asksUsage = ({ body }: Seen): boolean =>
  (body['stream_options'] as { include_usage?: boolean } | undefined)?.include_usage === true

/** A good stream. */
export const stream =
  (...words: string[]): Play =>
  (response, seen) => {
    response.setHeader('content-type', 'text/event-stream')
    response.end(streamEvents(words, { withUsage: asksUsage(seen) }).join(''))
  }

export const refusal =
  (status: number, error: object = { message: `refused with ${status}`, type: 'test_error', code: `test_${status}` }, headers: Record<string, string> = {}): Play =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(JSON.stringify({ error }))
  }

/** Any bytes under a good status. */
export const good =
  (contentType: string, body: string): Play =>
  (response) => {
    response.setHeader('content-type', contentType)
    response.end(body)
  }
