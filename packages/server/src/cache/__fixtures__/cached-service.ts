import OpenAI from 'openai'
import type { CacheEntry, Feedback, RequestRecord } from '@assay/core'
import { startService } from '../../__fixtures__/service.ts'
import { eventually } from '../../gateway/__fixtures__/started-gateway.ts'
import { asksUsage, startUpstream, streamEvents, type Play } from '../../gateway/__fixtures__/scripted-upstream.ts'

/** A whole service before a model server that answers each call with a number of its own. */
export const startCachedService = async () => {
  const upstream = await startUpstream()
  const service = await startService({ environment: { ASSAY_EGRESS_ALLOW: upstream.host } })
  for (const provider of ['compatible', 'anthropic']) {
    const baseUrl = provider === 'anthropic' ? `http://${upstream.host}` : upstream.baseUrl
    await service.call('POST /api/v1/credentials', {
      body: { provider, name: provider, baseUrl, secret: 'sk-test-secret-123' },
    })
  }
  const key = async (body: object = {}): Promise<string> => {
    const made = await service.call<{ key: string }>('POST /api/v1/gateway-keys', {
      body: { name: 'app', scopes: ['inference', 'read', 'write'], ...body },
    })
    return made.body.key
  }
  const appKey = await key()
  const ask = (body: object, headers: Record<string, string> = {}, asKey = appKey): Promise<Response> =>
    fetch(`${service.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${asKey}`, 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ model: 'compatible/test-model', temperature: 0, ...body }),
    })
  return {
    ...service,
    upstream,
    appKey,
    key,
    ask,
    client: (asKey = appKey) => new OpenAI({ baseURL: `${service.url}/v1`, apiKey: asKey, maxRetries: 0 }),
    rowOf: async (response: Response): Promise<RequestRecord> => {
      const id = response.headers.get('x-assay-request-id')
      for (let tries = 0; tries < 50; tries++) {
        const { status, body } = await service.call<RequestRecord>(`GET /api/v1/requests/${id}`)
        if (status === 200) return body
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
      throw new Error(`request ${id} never came into the log`)
    },
    entries: async (query = ''): Promise<CacheEntry[]> =>
      (await service.call<{ items: CacheEntry[] }>(`GET /api/v1/cache${query}`)).body.items,
    vote: (response: Response, body: object, options: { key?: string; headers?: Record<string, string> } = {}) =>
      service.call<{ feedback: Feedback; cache: CacheEntry | null; testCase: object | null; error: { code: string } }>(
        'POST /api/v1/feedback',
        { body: { requestId: response.headers.get('x-assay-request-id'), ...body }, key: appKey, ...options },
      ),
    eventually,
    [Symbol.asyncDispose]: async () => {
      await service[Symbol.asyncDispose]()
      await upstream.close()
    },
  }
}

export type CachedService = Awaited<ReturnType<typeof startCachedService>>

/** A question that nobody has asked before. */
let asked = 0
export const freshQuestion = (): { messages: { role: 'user'; content: string }[] } => ({
  messages: [{ role: 'user', content: `Question ${++asked} of ${process.pid}` }],
})

/** Answers after a while with what was asked, whole or word by word, each word when `next` says so. */
export const slowly =
  (delayMs: number): Play =>
  async (response, seen) => {
    const words = saidTo(seen.body).split(/(?<= )/)
    if (seen.body['stream'] !== true) {
      await pause(delayMs)
      response.setHeader('content-type', 'application/json')
      response.end(wholeAnswer(words.join('')))
      return
    }
    response.setHeader('content-type', 'text/event-stream')
    for (const event of streamEvents(words, { withUsage: asksUsage(seen) })) {
      await pause(delayMs)
      if (response.destroyed) return
      response.write(event)
    }
    response.end()
  }

/** The last text of the user, which the answer repeats. */
export const saidTo = (body: Record<string, unknown>): string => {
  const { content } = (body['messages'] as { content: string | { text: string }[] }[]).at(-1)!
  return `You said ${typeof content === 'string' ? content : content.map(({ text }) => text).join('')}`
}

export const wholeAnswer = (content: string, finishReason = 'stop'): string =>
  JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1_790_000_000,
    model: 'test-model',
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: finishReason }],
    usage: { prompt_tokens: 12, completion_tokens: 5, total_tokens: 17 },
  })

export const pause = (delayMs: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, delayMs))
