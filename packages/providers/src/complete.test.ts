import { readConfig, type ChatRequest } from '@assay/core'
import { silentLog } from '@assay/core'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createComplete } from './complete.ts'
import { createEgress, type Egress } from './egress.ts'
import { environmentProviders } from './environment.ts'

let egress: Egress
let baseUrl = ''
let answer: { status: number; type: string; body: string }
const seen: { path: string; authorization: string | undefined; body: Record<string, unknown> }[] = []
const server = createServer(async (request, response) => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const { authorization } = request.headers
  seen.push({ path: request.url!, authorization, body: JSON.parse(Buffer.concat(chunks).toString()) })
  response.writeHead(answer.status, { 'content-type': answer.type })
  response.end(answer.body)
})

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  baseUrl = `http://${host}/v1`
  egress = createEgress({ allow: [host], log: silentLog })
})
beforeEach(() => {
  seen.length = 0
})
afterAll(async () => {
  await egress.close()
  server.closeAllConnections()
  server.close()
})

const ask = (model: string, more: Partial<ChatRequest> = {}) => {
  const config = readConfig({ OPENAI_API_KEY: 'sk-test-key-12345', OPENAI_BASE_URL: baseUrl })
  const { resolve } = environmentProviders(config, Date.now)
  const complete = createComplete({ egress, resolve, now: Date.now })
  return complete(
    { model, messages: [{ role: 'user', content: 'hello' }], ...more },
    { signal: AbortSignal.timeout(5_000) },
  )
}

const json = (value: unknown) => ({ status: 200, type: 'application/json', body: JSON.stringify(value) })
const whole = {
  model: 'gpt-4o-mini-2024-07-18',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hi.' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1_000, completion_tokens: 100, completion_tokens_details: { reasoning_tokens: 40 } },
}

test('a whole answer, with what it cost', async () => {
  answer = json(whole)
  expect(await ask('openai/gpt-4o-mini', { temperature: 0 })).toMatchObject({
    providerName: 'openai',
    responseModel: 'gpt-4o-mini-2024-07-18',
    text: 'Hi.',
    finishReason: 'stop',
    usage: { inputTokens: 1_000, outputTokens: 100, reasoningOutputTokens: 40 },
    usageEstimated: false,
    costNanoUsd: 210_000,
    ttftMs: null,
  })
  expect(seen).toMatchObject([
    {
      path: '/v1/chat/completions',
      authorization: 'Bearer sk-test-key-12345',
      body: { model: 'gpt-4o-mini', temperature: 0 },
    },
  ])
})

test('a stream is put together, tool calls without an index too', async () => {
  const chunk = (delta: object, finish: string | null = null) =>
    `data: ${JSON.stringify({ model: 'm', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`
  answer = {
    status: 200,
    type: 'text/event-stream; charset=utf-8',
    body: [
      chunk({ role: 'assistant' }),
      chunk({ reasoning_content: 'hm' }),
      chunk({ content: 'Let me ' }),
      chunk({ content: 'look.' }),
      chunk({ tool_calls: [{ id: 'a', function: { name: 'find', arguments: '{"q"' } }] }),
      chunk({ tool_calls: [{ function: { arguments: ':1}' } }] }),
      chunk({ tool_calls: [{ id: 'b', function: { name: 'other', arguments: '{}' } }] }),
      chunk({}, 'tool_calls'),
      'data: [DONE]\n\n',
    ].join(''),
  }
  expect(await ask('openai/unheard-of', { stream: true })).toMatchObject({
    text: 'Let me look.',
    reasoningText: 'hm',
    toolCalls: [
      { id: 'a', name: 'find', arguments: '{"q":1}' },
      { id: 'b', name: 'other', arguments: '{}' },
    ],
    finishReason: 'tool_calls',
    usageEstimated: true,
    costNanoUsd: null,
    ttftMs: expect.any(Number),
  })
  expect(seen[0]?.body).toMatchObject({ stream_options: { include_usage: true } })
})

test.each([
  [429, '{"error":{"message":"slow down","type":"tokens","code":"rate_limit_exceeded"}}', /HTTP 429: slow down/],
  [500, '<html><title>Bad</title>Gateway</html>', /HTTP 500: Bad Gateway/],
  [503, '', /HTTP 503: it answered HTTP 503 without a word/],
  [401, '{"error":"the key sk-test-key-12345 is wrong"}', /key \[redacted\] is wrong/],
  [200, '', /not a chat completion/],
  [200, 'null', /not a chat completion/],
  [200, '<html>', /not a chat completion/],
  [200, '{"error":{"message":"overloaded"}}', /overloaded/],
  [200, JSON.stringify({ choices: [{ message: { content: '' } }] }), /empty/],
])('HTTP %i with %j is an error that says so', async (status, body, message) => {
  answer = { status, type: 'application/json', body }
  await expect(ask('openai/gpt-4o-mini')).rejects.toMatchObject({
    code: 'gateway.provider_failed',
    message: expect.stringMatching(message),
  })
})

test('the simulator answers without a network', async () => {
  const complete = createComplete({
    egress,
    resolve: environmentProviders(readConfig({}), Date.now).resolve,
    now: Date.now,
  })
  const signal = AbortSignal.timeout(5_000)
  const messages: ChatRequest['messages'] = [{ role: 'user', content: 'hello' }]
  expect(await complete({ model: 'sim/echo', messages }, { signal })).toMatchObject({
    text: 'hello',
    usageEstimated: false,
  })
  expect(await complete({ model: 'sim/echo', messages, stream: true }, { signal })).toMatchObject({ text: 'hello' })
  await expect(complete({ model: 'openai/gpt-4o', messages }, { signal })).rejects.toMatchObject({
    code: 'vault.key_missing',
  })
  await expect(complete({ model: 'gpt-none', messages }, { signal })).rejects.toMatchObject({
    code: 'gateway.model_unknown',
  })
})

test('a call that is cancelled ends at once', async () => {
  const complete = createComplete({
    egress,
    resolve: environmentProviders(readConfig({}), Date.now).resolve,
    now: Date.now,
  })
  const started = performance.now()
  const messages: ChatRequest['messages'] = [{ role: 'user', content: 'word '.repeat(200) }]
  await expect(complete({ model: 'sim/slow', messages }, { signal: AbortSignal.timeout(50) })).rejects.toThrow(
    /cancelled/,
  )
  expect(performance.now() - started).toBeLessThan(1_000)
})
