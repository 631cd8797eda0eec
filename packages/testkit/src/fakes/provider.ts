import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { anthropicMessages } from './anthropic.ts'
import { readCall } from './call.ts'
import { embeddingsOf } from './embeddings.ts'
import { gemini } from './gemini.ts'
import { openaiChat, openaiError } from './openai-chat.ts'
import { openaiResponses } from './openai-responses.ts'
import {
  readyReply,
  type FakeApi,
  type FakeCall,
  type FakeFace,
  type FakeReply,
  type ReadyReply,
  type Scripted,
} from './reply.ts'

/** A provider on 127.0.0.1 that speaks the APIs of OpenAI, Anthropic and Gemini and says what a test tells it. */
export type FakeProvider = AsyncDisposable & {
  /** `http://127.0.0.1:port`, what Anthropic and Gemini are called at. */
  url: string
  /** `http://127.0.0.1:port/v1`, what OpenAI and its like are called at. */
  baseUrl: string
  /** `127.0.0.1:port`. */
  host: string
  /** Variables that send `assay`, and the SDKs of the three, here. */
  environment: Record<string, string>
  /** Every call so far, in the order in which they came. */
  calls: FakeCall[]
  counters: FakeCounters
  /** What the next calls get, one after the other. */
  script(...replies: Scripted[]): void
  /** What every call gets that the script has nothing for. */
  always(reply: Scripted): void
  /** Forgets calls, counters and scripts. */
  reset(): void
  close(): Promise<void>
}

/** How often it was called, and how many calls were open at once. */
export type FakeCounters = {
  requests: number
  inFlight: number
  mostInFlight: number
  byApi: Partial<Record<FakeApi, number>>
  byStatus: Record<number, number>
}

export type FakeProviderOptions = {
  /** What the first calls get, one after the other. */
  script?: readonly Scripted[]
  /** What every other call gets; what was said to the model when left out. */
  always?: Scripted
  /** Keys it accepts; any key, and none, when left out. */
  keys?: readonly string[]
  /** Models that `GET /v1/models` lists. */
  models?: readonly string[]
}

/** Starts a fake provider on a free port of the loopback address. */
export const startFakeProvider = async (options: FakeProviderOptions = {}): Promise<FakeProvider> => {
  const echo: Scripted = ({ input }) => input
  const calls: FakeCall[] = []
  const counters: FakeCounters = { requests: 0, inFlight: 0, mostInFlight: 0, byApi: {}, byStatus: {} }
  let script = [...(options.script ?? [])]
  let otherwise = options.always ?? echo
  const next = (call: FakeCall): string | FakeReply | Promise<string | FakeReply> => {
    const scripted = script.shift() ?? otherwise
    return typeof scripted === 'function' ? scripted(call) : scripted
  }
  const server = createServer((request, response) => {
    response.on('error', () => {}) // the other side may go whenever it likes
    const call = readCall(request)
    call.then(
      (call) => void answerCounted(call, response),
      () => response.destroy(),
    )
  })
  const answerCounted = async (call: FakeCall, response: ServerResponse): Promise<void> => {
    calls.push(call)
    counters.requests++
    counters.byApi[call.api] = (counters.byApi[call.api] ?? 0) + 1
    counters.mostInFlight = Math.max(counters.mostInFlight, ++counters.inFlight)
    response.once('close', () => {
      counters.inFlight--
      call.isClosedEarly = !response.writableFinished
    })
    try {
      await answer(call, response, { number: counters.requests, next, options })
    } catch (error) {
      const message = `the script of the fake provider threw: ${error instanceof Error ? error.message : String(error)}`
      if (!response.headersSent) sendJson(response, 500, openaiError(500, message))
      else response.destroy()
    }
    call.status = response.headersSent ? response.statusCode : null
    if (call.status !== null) counters.byStatus[call.status] = (counters.byStatus[call.status] ?? 0) + 1
  }
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const url = `http://${host}`
  const key = options.keys?.[0] ?? 'sk-fake-provider-key'
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return {
    url,
    baseUrl: `${url}/v1`,
    host,
    environment: {
      OPENAI_BASE_URL: `${url}/v1`,
      OPENAI_API_KEY: key,
      ANTHROPIC_BASE_URL: url,
      ANTHROPIC_API_KEY: key,
      GEMINI_BASE_URL: url,
      GEMINI_API_KEY: key,
    },
    calls,
    counters,
    script: (...replies) => void (script = replies),
    always: (reply) => void (otherwise = reply),
    reset: () => {
      calls.length = 0
      script = []
      otherwise = echo
      Object.assign(counters, { requests: 0, mostInFlight: counters.inFlight, byApi: {}, byStatus: {} })
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

const faces: Partial<Record<FakeApi, FakeFace>> = {
  chat: openaiChat,
  responses: openaiResponses,
  anthropic: anthropicMessages,
  gemini,
}

type Parts = {
  number: number
  next: (call: FakeCall) => string | FakeReply | Promise<string | FakeReply>
  options: FakeProviderOptions
}

const answer = async (call: FakeCall, response: ServerResponse, { number, next, options }: Parts): Promise<void> => {
  const face = faces[call.api]
  const refuse = (status: number, message: string): object => (face ?? openaiChat).error(status, message)
  if (options.keys && !options.keys.includes(call.key ?? '')) {
    return sendJson(response, 401, refuse(401, `Incorrect API key provided: ${call.key ?? 'none'}.`))
  }
  if (call.api === 'models') return sendJson(response, 200, modelsOf(options.models ?? ['fake-model']))
  if (call.api === 'embeddings') return sendJson(response, 200, embeddingsOf(call))
  if (call.api === 'count') {
    const tokens = Math.ceil(JSON.stringify(call.body).length / 4)
    return sendJson(response, 200, { input_tokens: tokens, totalTokens: tokens })
  }
  if (!face) return sendJson(response, 404, refuse(404, `no such path: ${call.method} ${call.path}`))
  const reply = readyReply(await next(call), call)
  if (reply.latencyMs) await sleep(reply.latencyMs)
  for (const [name, value] of Object.entries(reply.headers ?? {})) response.setHeader(name, value)
  if (reply.breakAfterEvents === 0) return void response.destroy()
  const status = reply.status ?? 200
  if (reply.retryAfterSeconds !== undefined) response.setHeader('retry-after', String(reply.retryAfterSeconds))
  if (reply.body !== undefined) return void response.writeHead(status).end(reply.body)
  if (status >= 400) return sendJson(response, status, refuse(status, reply.error ?? `refused with ${status}`))
  if (!call.isStream) return sendJson(response, status, face.whole(reply, number))
  await sendEvents(response, face.events(reply, number, call), reply)
}

const sendEvents = async (response: ServerResponse, events: readonly string[], reply: ReadyReply): Promise<void> => {
  response.writeHead(reply.status ?? 200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
  for (const [index, text] of events.entries()) {
    if (response.destroyed) return
    if (reply.stallAfterEvents === index) return
    if (reply.breakAfterEvents === index) {
      // What was written so far still arrives, and then the line is dead.
      response.write('', () => response.destroy())
      return
    }
    if (index > 0 && reply.eventDelayMs) await sleep(reply.eventDelayMs)
    response.write(text)
  }
  response.end()
}

const sendJson = (response: ServerResponse, status: number, body: object): void => {
  if (response.destroyed) return
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

const modelsOf = (models: readonly string[]) => ({
  object: 'list',
  data: models.map((id) => ({ id, object: 'model', created: 1_790_000_000, owned_by: 'fake' })),
})
