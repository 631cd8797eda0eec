import { LLMock } from '@copilotkit/aimock'
import OpenAI from 'openai'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startUpstream, type Play, type Upstream } from './__fixtures__/scripted-upstream.ts'
import { startGateway, type StartedGateway } from './__fixtures__/started-gateway.ts'

/** The official client, unmodified, against servers that speak Anthropic's and Google's wire formats. */

let anthropic: Upstream
let google: Upstream
let gateway: StartedGateway
let client: OpenAI

beforeAll(async () => {
  anthropic = await startUpstream()
  google = await startUpstream()
  const place = ({ host }: Upstream) => ({ host, baseUrl: `http://${host}` })
  gateway = await startGateway({ upstreams: { anthropic: place(anthropic), google: place(google) } })
  client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gateway.key, maxRetries: 0 })
})
afterAll(async () => {
  await gateway.close()
  await anthropic.close()
  await google.close()
})
beforeEach(() => {
  anthropic.reset()
  google.reset()
  gateway.reset()
})

const json =
  (body: unknown, status = 200, headers: Record<string, string> = {}): Play =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(JSON.stringify(body))
  }

const events =
  (...list: object[]): Play =>
  (response) => {
    response.setHeader('content-type', 'text/event-stream')
    const named = (event: object) => ('type' in event ? `event: ${String(event.type)}\n` : '')
    response.end(list.map((event) => `${named(event)}data: ${JSON.stringify(event)}\n\n`).join(''))
  }

const usage = { input_tokens: 5, cache_read_input_tokens: 3, cache_creation_input_tokens: 2, output_tokens: 7 }
const message = (content: object[], stopReason = 'end_turn') => ({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude-sonnet-4-5-20250929',
  content,
  stop_reason: stopReason,
  usage,
})
const thinking = { type: 'thinking', thinking: 'Which city? The capital.', signature: 'c2lnbmF0dXJl' }
const toolUse = { type: 'tool_use', id: 'toolu_1', name: 'get_weather', input: { city: 'Oslo' } }

const messageStart = { type: 'message_start', message: { ...message([]), stop_reason: null } }
const blockEvents = (index: number, block: object, ...deltas: object[]) => [
  { type: 'content_block_start', index, content_block: block },
  ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
  { type: 'content_block_stop', index },
]
const messageEnd = (stopReason: string) => [
  { type: 'message_delta', delta: { stop_reason: stopReason }, usage: { output_tokens: 9 } },
  { type: 'message_stop' },
]

const candidates = (parts: object[], finishReason?: string) => ({
  candidates: [{ index: 0, content: { role: 'model', parts }, ...(finishReason ? { finishReason } : undefined) }],
  usageMetadata: { promptTokenCount: 10, cachedContentTokenCount: 4, candidatesTokenCount: 5, thoughtsTokenCount: 20 },
  modelVersion: 'gemini-3-pro-preview',
})
const functionCall = { functionCall: { name: 'get_weather', args: { city: 'Oslo' } }, thoughtSignature: 'Z29vZ2xl' }

const tools = [
  {
    type: 'function' as const,
    function: { name: 'get_weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
  },
]
const question = [{ role: 'user' as const, content: 'How is the weather?' }]

test('Anthropic: an answer with its tokens, cost and request', async () => {
  anthropic.play(json(message([{ type: 'text', text: 'Rain.' }]), 200, { 'request-id': 'req_1' }))
  const { data, response } = await client.chat.completions
    .create({
      model: 'anthropic/claude-sonnet-4-5',
      messages: [{ role: 'system', content: 'Be brief.' }, ...question],
      max_tokens: 50,
      seed: 7,
      logit_bias: { '1': 1 },
    })
    .withResponse()
  expect(data.choices).toMatchObject([{ message: { role: 'assistant', content: 'Rain.' }, finish_reason: 'stop' }])
  expect(data.usage).toMatchObject({
    prompt_tokens: 10,
    completion_tokens: 7,
    total_tokens: 17,
    prompt_tokens_details: { cached_tokens: 3, cache_write_tokens: 2 },
  })
  expect(response.headers.get('x-assay-dropped')).toBe('seed, logit_bias')
  expect(response.headers.get('x-assay-cost-usd')).toBe('0.0001284')
  expect(response.headers.get('x-provider-request-id')).toBe('req_1')
  expect(anthropic.seen[0]).toMatchObject({
    path: '/v1/messages',
    headers: { 'x-api-key': 'sk-upstream-secret-1234', 'anthropic-version': '2023-06-01' },
    body: { model: 'claude-sonnet-4-5', system: 'Be brief.', max_tokens: 50 },
  })
  expect(anthropic.seen[0]!.headers).not.toHaveProperty('authorization')
  expect(gateway.closedRow(response.headers.get('x-assay-request-id'))).toMatchObject({
    providerName: 'anthropic',
    responseModel: 'claude-sonnet-4-5-20250929',
    inputTokens: 10,
    cacheReadInputTokens: 3,
    cacheWriteInputTokens: 2,
    outputTokens: 7,
    priced: true,
    estimated: false,
  })
})

test('Anthropic: the second turn of thinking with a tool returns the thinking unchanged', async () => {
  anthropic.play(json(message([thinking, toolUse], 'tool_use')), json(message([{ type: 'text', text: 'Rain.' }])))
  const ask = (messages: OpenAI.ChatCompletionMessageParam[]) =>
    client.chat.completions.create({
      model: 'anthropic/claude-sonnet-4-5',
      messages,
      tools,
      reasoning_effort: 'low',
      max_completion_tokens: 4_000,
    })
  const first = (await ask(question)).choices[0]!
  expect(first).toMatchObject({ finish_reason: 'tool_calls', message: { reasoning_content: thinking.thinking } })
  const [call] = first.message.tool_calls!
  await ask([...question, first.message, { role: 'tool', tool_call_id: call!.id, content: 'rain' }])
  expect(anthropic.seen[1]!.body).toMatchObject({
    thinking: { type: 'enabled', budget_tokens: 1_024 },
    messages: [
      { role: 'user', content: [{ type: 'text', text: 'How is the weather?' }] },
      { role: 'assistant', content: [thinking, toolUse] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'rain' }] },
    ],
  })
})

test('Anthropic: a stream of thinking, text and two calls, put together by the client', async () => {
  anthropic.play(
    events(
      messageStart,
      ...blockEvents(
        0,
        { type: 'thinking', thinking: '', signature: '' },
        { type: 'thinking_delta', thinking: thinking.thinking },
        { type: 'signature_delta', signature: thinking.signature },
      ),
      ...blockEvents(1, { type: 'text', text: '' }, { type: 'text_delta', text: 'Let me look.' }),
      ...blockEvents(
        2,
        { ...toolUse, input: {} },
        { type: 'input_json_delta', partial_json: '{"city":' },
        { type: 'input_json_delta', partial_json: '"Oslo"}' },
      ),
      ...blockEvents(3, { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} }),
      ...blockEvents(4, { ...toolUse, id: 'toolu_2', input: {} }),
      ...messageEnd('tool_use'),
    ),
  )
  const stream = client.chat.completions.stream({
    model: 'anthropic/claude-sonnet-4-5',
    messages: question,
    tools,
    stream_options: { include_usage: true },
  })
  const { choices, usage: counted } = await stream.finalChatCompletion()
  expect(choices[0]).toMatchObject({
    finish_reason: 'tool_calls',
    message: {
      content: 'Let me look.',
      extra_content: { anthropic: { thinking_blocks: [thinking] } },
      tool_calls: [
        { id: 'toolu_1', function: { name: 'get_weather', arguments: '{"city":"Oslo"}' } },
        { id: 'toolu_2', function: { name: 'get_weather', arguments: '{}' } },
      ],
    },
  })
  expect(counted).toMatchObject({ prompt_tokens: 10, completion_tokens: 9 })
})

test('Anthropic: an error keeps its status, its words and the time to wait', async () => {
  const error = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }
  anthropic.play(json(error, 529, { 'retry-after': '7' }))
  const response = await gateway.ask({ model: 'anthropic/claude-sonnet-4-5', messages: question })
  expect(response.status).toBe(529)
  expect(response.headers.get('retry-after')).toBe('7')
  expect(await response.json()).toMatchObject({
    error: { message: 'Overloaded', type: 'server_error', code: 'overloaded_error' },
  })
})

test('Anthropic: an error within a good status is an error, in a stream too', async () => {
  const error = { type: 'error', error: { type: 'api_error', message: 'Internal server error' } }
  anthropic.play(json(error), events(messageStart, error))
  for (const stream of [false, true]) {
    const response = await gateway.ask({ model: 'anthropic/claude-sonnet-4-5', messages: question, stream })
    expect(response.status).toBe(502)
    expect(await response.json()).toMatchObject({ error: { message: 'Internal server error', code: 'api_error' } })
  }
})

test('Anthropic: an error after the first content ends the stream with it and without an end mark', async () => {
  const error = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }
  const text = { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hel' } }
  anthropic.play(
    events(
      messageStart,
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      text,
      error,
    ),
  )
  const response = await gateway.ask({ model: 'anthropic/claude-sonnet-4-5', messages: question, stream: true })
  const body = await response.text()
  expect(body).toContain('"content":"Hel"')
  expect(body).toContain('"message":"Overloaded"')
  expect(body).not.toContain('[DONE]')
  expect(await gateway.rowOf(response)).toMatchObject({ status: 'failed', inputTokens: 10, estimated: false })
})

test('a stream that is cut has no end mark', async () => {
  const text = { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hel' } }
  anthropic.play(events(messageStart, text))
  google.play(events(candidates([{ text: 'Hel' }])))
  for (const model of ['anthropic/claude-sonnet-4-5', 'google/gemini-2.5-flash']) {
    const body = await (await gateway.ask({ model, messages: question, stream: true })).text()
    expect(body).toContain('the stream was cut before its end')
    expect(body).not.toContain('[DONE]')
  }
})

test('Gemini: an answer with thinking, its tokens and its cost', async () => {
  google.play(
    json(
      candidates(
        [
          { text: 'Hm.', thought: true },
          { text: 'Rain.', thoughtSignature: 'dGV4dA==' },
        ],
        'STOP',
      ),
    ),
  )
  const { data, response } = await client.chat.completions
    .create({
      model: 'gemini/gemini-2.5-flash',
      messages: [{ role: 'developer', content: 'Be brief.' }, ...question],
      reasoning_effort: 'low',
      response_format: { type: 'json_schema', json_schema: { name: 'answer', schema: { type: 'object' } } },
      user: 'u1',
    })
    .withResponse()
  expect(data.choices[0]).toMatchObject({
    finish_reason: 'stop',
    message: {
      content: 'Rain.',
      reasoning_content: 'Hm.',
      extra_content: { google: { thought_signature: 'dGV4dA==' } },
    },
  })
  expect(data.usage).toMatchObject({
    prompt_tokens: 10,
    completion_tokens: 25,
    total_tokens: 35,
    prompt_tokens_details: { cached_tokens: 4 },
    completion_tokens_details: { reasoning_tokens: 20 },
  })
  expect(response.headers.get('x-assay-route')).toContain('google/gemini-2.5-flash')
  expect(response.headers.get('x-assay-dropped')).toBe('user')
  expect(google.seen[0]).toMatchObject({
    path: '/v1beta/models/gemini-2.5-flash:generateContent',
    headers: { 'x-goog-api-key': 'sk-upstream-secret-1234' },
    body: {
      systemInstruction: { parts: [{ text: 'Be brief.' }] },
      contents: [{ role: 'user', parts: [{ text: 'How is the weather?' }] }],
      generationConfig: {
        responseMimeType: 'application/json',
        responseJsonSchema: { type: 'object' },
        thinkingConfig: { thinkingBudget: 1_024, includeThoughts: true },
      },
    },
  })
})

test('Gemini: the second turn of a streamed call returns its signature unchanged', async () => {
  google.play(
    events(candidates([functionCall]), candidates([{ text: '' }], 'STOP')),
    events(candidates([{ text: 'Ra' }]), candidates([{ text: 'in.' }], 'STOP')),
  )
  const ask = (messages: OpenAI.ChatCompletionMessageParam[]) =>
    client.chat.completions.stream({ model: 'google/gemini-3-pro-preview', messages, tools }).finalChatCompletion()
  const first = (await ask(question)).choices[0]!
  expect(first.finish_reason).toBe('tool_calls')
  const [call] = first.message.tool_calls!
  expect(call).toMatchObject({ id: expect.stringMatching(/^call_\w+$/), function: { arguments: '{"city":"Oslo"}' } })
  const second = await ask([...question, first.message, { role: 'tool', tool_call_id: call!.id, content: 'rain' }])
  expect(second.choices[0]!.message.content).toBe('Rain.')
  expect(google.seen[1]).toMatchObject({
    path: '/v1beta/models/gemini-3-pro-preview:streamGenerateContent?alt=sse',
    body: {
      contents: [
        { role: 'user' },
        { role: 'model', parts: [{ ...functionCall, functionCall: { ...functionCall.functionCall, id: call!.id } }] },
        {
          role: 'user',
          parts: [{ functionResponse: { id: call!.id, name: 'get_weather', response: { result: 'rain' } } }],
        },
      ],
    },
  })
})

test('Gemini: a blocked prompt is an empty choice, whole and streamed', async () => {
  const blocked = { promptFeedback: { blockReason: 'SAFETY' }, usageMetadata: { promptTokenCount: 4 } }
  google.play(json(blocked), events(blocked))
  const body = { model: 'google/gemini-2.5-flash', messages: question }
  const whole = await client.chat.completions.create(body)
  expect(whole.choices).toMatchObject([{ finish_reason: 'content_filter', message: { content: '' } }])
  const text = await (await gateway.ask({ ...body, stream: true })).text()
  expect(text).toContain('"finish_reason":"content_filter"')
  expect(text).toContain('data: [DONE]')
})

test('Gemini: an error keeps its status and its words, and says when to come again', async () => {
  const error = {
    code: 429,
    message: 'You exceeded your current quota.',
    status: 'RESOURCE_EXHAUSTED',
    details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '34.4s' }],
  }
  google.play(json({ error }, 429))
  const response = await gateway.ask({ model: 'google/gemini-2.5-flash', messages: question })
  expect(response.status).toBe(429)
  expect(response.headers.get('retry-after')).toBe('35')
  expect(await response.json()).toMatchObject({
    error: { message: error.message, type: 'rate_limit_error', code: 'RESOURCE_EXHAUSTED' },
  })
})

test('auto falls from one dialect to the other, and the caller sees one clean stream', async () => {
  const overloaded = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }
  const answer = events(candidates([{ text: 'From Gemini.' }], 'STOP'))
  anthropic.always(events(messageStart, overloaded))
  google.always(json({ error: { code: 503, message: 'Busy', status: 'UNAVAILABLE' } }, 503))
  google.play(json({ error: { code: 503, message: 'Busy', status: 'UNAVAILABLE' } }, 503))
  anthropic.always(
    events(messageStart, ...blockEvents(0, { type: 'text', text: 'From Claude.' }), ...messageEnd('end_turn')),
  )
  const ask = () => gateway.ask({ model: 'auto', messages: question, stream: true })
  const response = await ask()
  const text = await response.text()
  expect(response.headers.get('x-assay-route')).toMatch(/^anthropic\/claude-haiku-4-5; .*attempts=2$/)
  expect(text).toContain('From Claude.')
  expect(text.match(/"role":"assistant"/g)).toHaveLength(1)
  expect(text).not.toContain('"usage"')
  google.always(answer)
  anthropic.always(events(messageStart, overloaded))
  const { choices } = await client.chat.completions.stream({ model: 'auto', messages: question }).finalChatCompletion()
  expect(choices[0]!.message.content).toBe('From Gemini.')
})

test('what must not be dropped is refused before any call', async () => {
  const image = { type: 'image_url', image_url: { url: 'http://example.com/cat.png' } }
  for (const body of [
    { messages: [{ role: 'user', content: [image] }] },
    { messages: question, tools: [{ type: 'custom', custom: { name: 'shell' } }] },
    { messages: question, response_format: { type: 'grammar' } },
  ]) {
    for (const model of ['anthropic/claude-sonnet-4-5', 'google/gemini-2.5-flash']) {
      const response = await gateway.ask({ model, ...body })
      expect(response.status).toBe(400)
      expect(await response.json()).toMatchObject({ error: { code: 'gateway.untranslatable' } })
    }
  }
  expect([...anthropic.seen, ...google.seen]).toEqual([])
  expect(gateway.failures()).toEqual([])
})

test('a server that this project did not write is understood in both dialects', async () => {
  const mock = new LLMock({ port: 0 })
  mock.onMessage('capital', { content: 'Paris.', reasoning: 'France, so Paris.' })
  mock.onMessage('weather', { toolCalls: [{ name: 'get_weather', arguments: { city: 'Oslo' } }] })
  await mock.start()
  const place = { baseUrl: mock.url, host: new URL(mock.url).host }
  const own = await startGateway({ upstreams: { anthropic: place, google: place } })
  try {
    const openai = new OpenAI({ baseURL: `${own.url}/v1`, apiKey: own.key, maxRetries: 0 })
    for (const model of ['anthropic/claude-sonnet-4-5', 'google/gemini-2.5-flash']) {
      const capital = { model, messages: [{ role: 'user' as const, content: 'The capital of France?' }] }
      const whole = await openai.chat.completions.create(capital)
      expect(whole.choices[0]).toMatchObject({ message: { content: 'Paris.' }, finish_reason: 'stop' })
      const streamed = await openai.chat.completions.stream(capital).finalChatCompletion()
      expect(streamed.choices[0]).toMatchObject({ message: { content: 'Paris.' }, finish_reason: 'stop' })
      const call = await openai.chat.completions
        .stream({ model, messages: [{ role: 'user', content: 'weather' }], tools })
        .finalChatCompletion()
      expect(call.choices[0]).toMatchObject({
        finish_reason: 'tool_calls',
        message: { tool_calls: [{ function: { name: 'get_weather', arguments: '{"city":"Oslo"}' } }] },
      })
    }
  } finally {
    await own.close()
    await mock.stop()
  }
})
