import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  completion,
  good,
  refusal,
  startUpstream,
  stream,
  type Play,
  type Upstream,
} from './__fixtures__/scripted-upstream.ts'
import { startGateway, type StartedGateway } from './__fixtures__/started-gateway.ts'

/** Callers that speak Anthropic's Messages API, with the same provider behind and with others. */

let upstream: Upstream
let gateway: StartedGateway

beforeAll(async () => {
  upstream = await startUpstream()
  const { host, baseUrl } = upstream
  gateway = await startGateway({
    upstreams: { anthropic: { host, baseUrl: `http://${host}` }, compatible: { host, baseUrl } },
  })
})
afterAll(async () => {
  await gateway.close()
  await upstream.close()
})
beforeEach(() => {
  upstream.reset()
  gateway.reset()
})

const ask = (body: object, headers: Record<string, string> = {}) =>
  fetch(`${gateway.url}/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': gateway.key, 'anthropic-version': '2023-06-01', ...headers },
    body: JSON.stringify({ max_tokens: 100, messages: [{ role: 'user', content: 'Hello' }], ...body }),
  })

const native = {
  id: 'msg_1',
  type: 'message',
  model: 'claude-sonnet-4-5-20250929',
  content: [
    { type: 'server_tool_use', id: 's', name: 'web_search', input: {} },
    { type: 'text', text: 'Hi.' },
  ],
  stop_reason: 'end_turn',
  usage: { input_tokens: 5, cache_read_input_tokens: 3, output_tokens: 7 },
  some_field_of_tomorrow: true,
}
const nativeEvents = [
  { type: 'message_start', message: { ...native, content: [], stop_reason: null } },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hi.' } },
  { type: 'content_block_stop', index: 0 },
  { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 9 } },
  { type: 'message_stop' },
]
const wire = (events: object[]): string =>
  events.map((event) => `event: ${(event as { type: string }).type}\ndata: ${JSON.stringify(event)}\n\n`).join('')

type Event = { type: string; [field: string]: unknown }
const eventsIn = (text: string): Event[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('data: '))
    .map((line) => JSON.parse(line.slice(6)) as Event)

test('to Anthropic the bytes pass untouched, and are booked all the same', async () => {
  upstream.play(good('application/json', JSON.stringify(native)))
  const tools = [{ type: 'web_search_20250305', name: 'web_search' }]
  const response = await ask({ model: 'anthropic/claude-sonnet-4-5', tools }, { 'anthropic-beta': 'some-beta' })
  expect(response.status).toBe(200)
  expect(await response.text()).toBe(JSON.stringify(native))
  expect(upstream.seen[0]).toMatchObject({
    path: '/v1/messages',
    headers: { 'x-api-key': 'sk-upstream-secret-1234', 'anthropic-beta': 'some-beta' },
  })
  expect(upstream.seen[0]!.body).toEqual({
    max_tokens: 100,
    messages: [{ role: 'user', content: 'Hello' }],
    model: 'claude-sonnet-4-5',
    tools,
  })
  expect(await gateway.rowOf(response)).toMatchObject({
    status: 'completed',
    inputTokens: 8,
    cacheReadInputTokens: 3,
    outputTokens: 7,
    finishReason: 'stop',
    priced: true,
  })
})

test("Anthropic's own stream passes untouched, its last event behind the record", async () => {
  const body = wire(nativeEvents)
  upstream.play(good('text/event-stream', body))
  const response = await ask({ model: 'anthropic/claude-sonnet-4-5', stream: true })
  expect(await response.text()).toBe(body)
  expect(await gateway.rowOf(response)).toMatchObject({ status: 'completed', inputTokens: 8, outputTokens: 9 })
})

test("an error of Anthropic's keeps its status and type, before and after the first content", async () => {
  const error = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }
  const refuse: Play = (response) => {
    response.writeHead(529, { 'content-type': 'application/json', 'retry-after': '3' })
    response.end(JSON.stringify(error))
  }
  upstream.play(refuse, good('text/event-stream', wire([...nativeEvents.slice(0, 3), error])))
  const refused = await ask({ model: 'anthropic/claude-sonnet-4-5' })
  expect(refused.status).toBe(529)
  expect(refused.headers.get('retry-after')).toBe('3')
  expect(await refused.json()).toMatchObject({ type: 'error', error: error.error, request_id: expect.any(String) })
  const broken = await ask({ model: 'anthropic/claude-sonnet-4-5', stream: true })
  const events = eventsIn(await broken.text())
  expect(events.map(({ type }) => type)).toEqual([
    'message_start',
    'content_block_start',
    'content_block_delta',
    'error',
  ])
  expect(events.at(-1)).toMatchObject({ error: { type: 'overloaded_error', message: 'Overloaded' } })
})

test('another provider is asked in chat completions and answers in Messages', async () => {
  upstream.play((response) => completion(response, 'Hi.'))
  const response = await ask({
    model: 'compatible/test',
    system: 'Be brief.',
    stop_sequences: ['END'],
    tools: [{ name: 'weather', input_schema: { type: 'object' } }],
    tool_choice: { type: 'any', disable_parallel_tool_use: true },
    messages: [
      {
        role: 'user',
        content: [
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'aGk=' } },
          { type: 'text', text: 'Look.' },
        ],
      },
      { role: 'assistant', content: [{ type: 'tool_use', id: 't1', name: 'weather', input: { city: 'Oslo' } }] },
      {
        role: 'user',
        content: [{ type: 'tool_result', tool_use_id: 't1', content: [{ type: 'text', text: 'rain' }] }],
      },
    ],
  })
  expect(await response.json()).toEqual({
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'test-model',
    content: [{ type: 'text', text: 'Hi.' }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: 8, cache_creation_input_tokens: 0, cache_read_input_tokens: 4, output_tokens: 5 },
  })
  expect(upstream.seen[0]).toMatchObject({
    path: '/v1/chat/completions',
    body: {
      model: 'test',
      max_tokens: 100,
      stop: ['END'],
      tool_choice: 'required',
      parallel_tool_calls: false,
      tools: [{ type: 'function', function: { name: 'weather', parameters: { type: 'object' } } }],
      messages: [
        { role: 'system', content: [{ type: 'text', text: 'Be brief.' }] },
        {
          role: 'user',
          content: [
            { type: 'image_url', image_url: { url: 'data:image/png;base64,aGk=' } },
            { type: 'text', text: 'Look.' },
          ],
        },
        { role: 'assistant', tool_calls: [{ id: 't1', function: { name: 'weather', arguments: '{"city":"Oslo"}' } }] },
        { role: 'tool', tool_call_id: 't1', content: 'rain' },
      ],
    },
  })
})

test("another provider's stream comes as Messages events", async () => {
  upstream.play(stream('Hel', 'lo.'))
  const response = await ask({ model: 'compatible/test', stream: true })
  const events = eventsIn(await response.text())
  expect(events.map(({ type }) => type)).toEqual([
    'message_start',
    'content_block_start',
    'content_block_delta',
    'content_block_delta',
    'content_block_stop',
    'message_delta',
    'message_stop',
  ])
  expect(events.at(-2)).toMatchObject({
    delta: { stop_reason: 'end_turn' },
    usage: { input_tokens: 8, output_tokens: 5 },
  })
})

test('calls of tools come as blocks, whole and as a stream', async () => {
  const tools = [{ name: 'get_weather', input_schema: { type: 'object', properties: {} } }]
  const whole = (await (await ask({ model: 'sim/tools', tools })).json()) as { content: Event[] }
  expect(whole).toMatchObject({
    stop_reason: 'tool_use',
    content: [{ type: 'tool_use', name: 'get_weather', input: {} }],
  })
  const events = eventsIn(await (await ask({ model: 'sim/tools', tools, stream: true })).text())
  expect(events.filter(({ type }) => type === 'content_block_start')).toMatchObject([
    { index: 0, content_block: { type: 'tool_use', name: 'get_weather' } },
  ])
  expect(events.at(-2)).toMatchObject({ delta: { stop_reason: 'tool_use' } })
})

test('errors are told as Anthropic tells them, whoever made them', async () => {
  upstream.play(refusal(429))
  const refused = await ask({ model: 'compatible/test' })
  expect(refused.status).toBe(429)
  expect(await refused.json()).toMatchObject({
    type: 'error',
    error: { type: 'rate_limit_error', message: 'refused with 429' },
  })
  const unknown = await ask({ model: 'sim/ecko' })
  expect(unknown.status).toBe(404)
  expect(await unknown.json()).toMatchObject({
    error: {
      type: 'not_found_error',
      code: 'gateway.model_unknown',
      details: { suggestions: ['sim/echo', 'sim/embed', 'sim/flaky'] },
    },
  })
  const broken = await ask({ model: 'sim/echo', messages: [] })
  expect(await broken.json()).toMatchObject({ error: { type: 'invalid_request_error', code: 'input.invalid' } })
  const stranger = await ask({ model: 'sim/echo' }, { 'x-api-key': 'as_live_wrong' })
  expect(await stranger.json()).toMatchObject({ error: { type: 'authentication_error' } })
})
