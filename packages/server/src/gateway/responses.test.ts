import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  chunkEvent,
  completion,
  good,
  refusal,
  startUpstream,
  stream,
  type Upstream,
} from './__fixtures__/scripted-upstream.ts'
import { startGateway, type StartedGateway } from './__fixtures__/started-gateway.ts'

/** Callers that speak OpenAI's Responses API, with OpenAI behind and with others. */

let upstream: Upstream
let gateway: StartedGateway

beforeAll(async () => {
  upstream = await startUpstream()
  const { host, baseUrl } = upstream
  const bare = { host, baseUrl: `http://${host}` }
  const named = { host, baseUrl }
  gateway = await startGateway({
    upstreams: { openai: named, compatible: named, anthropic: bare, google: bare },
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
  fetch(`${gateway.url}/v1/responses`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.key}`, ...headers },
    body: JSON.stringify({ input: 'Hello', ...body }),
  })

type Event = { type: string; [field: string]: unknown }
const eventsIn = (text: string): Event[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('data: '))
    .map((line) => JSON.parse(line.slice(6)) as Event)

const usage = {
  input_tokens: 8,
  input_tokens_details: { cached_tokens: 3 },
  output_tokens: 7,
  output_tokens_details: { reasoning_tokens: 2 },
  total_tokens: 15,
}
const native = {
  id: 'resp_1',
  object: 'response',
  status: 'completed',
  model: 'gpt-4o-mini-2024-07-18',
  output: [
    { id: 'ws_1', type: 'web_search_call', status: 'completed' },
    {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      content: [{ type: 'output_text', text: 'Hi.', annotations: [] }],
    },
  ],
  usage,
  some_field_of_tomorrow: true,
}
const nativeEvents = [
  { type: 'response.created', sequence_number: 0, response: { ...native, status: 'in_progress', output: [] } },
  { type: 'response.output_item.added', sequence_number: 1, output_index: 0, item: { type: 'message', id: 'msg_1' } },
  { type: 'response.output_text.delta', sequence_number: 2, output_index: 0, item_id: 'msg_1', delta: 'Hi.' },
  { type: 'response.completed', sequence_number: 3, response: native },
]
const wire = (events: object[]): string =>
  events.map((event) => `event: ${(event as Event).type}\ndata: ${JSON.stringify(event)}\n\n`).join('')

const weather = { type: 'function', name: 'weather', parameters: { type: 'object' }, strict: true }

test('to OpenAI the bytes pass untouched, state and tools of its own included, and are booked all the same', async () => {
  upstream.play(good('application/json', JSON.stringify(native)))
  const body = {
    previous_response_id: 'resp_0',
    store: true,
    tools: [{ type: 'web_search' }],
    input: [{ type: 'item_reference', id: 'msg_0' }],
  }
  const response = await ask({ model: 'openai/gpt-4o-mini', ...body })
  expect(await response.text()).toBe(JSON.stringify(native))
  expect(response.headers.get('x-assay-dropped')).toBeNull()
  expect(upstream.seen[0]).toMatchObject({
    path: '/v1/responses',
    headers: { authorization: 'Bearer sk-upstream-secret-1234' },
  })
  expect(upstream.seen[0]!.body).toEqual({ ...body, model: 'gpt-4o-mini' })
  expect(await gateway.rowOf(response)).toMatchObject({
    status: 'completed',
    inputTokens: 8,
    cacheReadInputTokens: 3,
    outputTokens: 7,
    reasoningOutputTokens: 2,
    finishReason: 'stop',
    responseModel: 'gpt-4o-mini-2024-07-18',
    priced: true,
  })
})

test("OpenAI's own stream passes untouched, its last event behind the record", async () => {
  const body = wire(nativeEvents)
  upstream.play(good('text/event-stream', body))
  const response = await ask({ model: 'openai/gpt-4o-mini', stream: true })
  expect(await response.text()).toBe(body)
  expect(upstream.seen[0]!.raw).not.toContain('stream_options')
  expect(await gateway.rowOf(response)).toMatchObject({ status: 'completed', inputTokens: 8, outputTokens: 7 })
})

test('a response that goes on in the background is no empty answer', async () => {
  const queued = { ...native, status: 'queued', output: [], usage: null }
  upstream.play(good('application/json', JSON.stringify(queued)))
  const response = await ask({ model: 'openai/gpt-4o-mini', background: true })
  expect(response.status).toBe(200)
  expect(await response.json()).toEqual(queued)
})

test("OpenAI's errors keep their status and words, before and after the first content", async () => {
  const failed = { code: 'server_error', message: 'It broke.' }
  upstream.play(
    refusal(429, { message: 'Slow down.', type: 'rate_limit_error', code: 'rate_limit_exceeded', param: null }),
    good(
      'text/event-stream',
      wire([
        ...nativeEvents.slice(0, 3),
        { type: 'response.failed', sequence_number: 3, response: { ...native, status: 'failed', error: failed } },
      ]),
    ),
  )
  const refused = await ask({ model: 'openai/gpt-4o-mini' })
  expect(refused.status).toBe(429)
  expect(await refused.json()).toMatchObject({ error: { message: 'Slow down.', code: 'rate_limit_exceeded' } })
  const broken = await ask({ model: 'openai/gpt-4o-mini', stream: true })
  const events = eventsIn(await broken.text())
  expect(events.at(-1)).toMatchObject({ type: 'error', code: 'server_error', message: 'It broke.' })
  expect(await gateway.rowOf(broken)).toMatchObject({ status: 'failed', errorCode: 'gateway.provider_failed' })
})

test('another provider is asked in chat completions and answers as a response', async () => {
  upstream.play((response) => completion(response, 'Hi.'))
  const response = await ask({
    model: 'compatible/test',
    instructions: 'Be brief.',
    store: true,
    include: ['reasoning.encrypted_content'],
    max_output_tokens: 100,
    temperature: 0.5,
    reasoning: { effort: 'low', summary: 'auto' },
    text: { format: { type: 'json_schema', name: 'answer', schema: { type: 'object' }, strict: true } },
    tools: [weather],
    tool_choice: { type: 'function', name: 'weather' },
    parallel_tool_calls: false,
    input: [
      { role: 'developer', content: 'Be kind.' },
      {
        type: 'message',
        role: 'user',
        content: [
          { type: 'input_image', image_url: 'data:image/png;base64,aGk=', detail: 'low' },
          { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,aGk=' },
          { type: 'input_text', text: 'Look.' },
        ],
      },
      { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'of-another' },
      { type: 'message', role: 'assistant', id: 'm', content: [{ type: 'output_text', text: 'Let me see.' }] },
      { type: 'function_call', call_id: 'c1', name: 'weather', arguments: '{"city":"Oslo"}' },
      { type: 'function_call', call_id: 'c2', name: 'weather', arguments: '{}' },
      { type: 'function_call_output', call_id: 'c1', output: 'rain' },
      { type: 'function_call_output', call_id: 'c2', output: [{ type: 'input_text', text: 'sun' }] },
    ],
  })
  expect(response.headers.get('x-assay-dropped')).toBe('store, input.reasoning')
  expect(await response.json()).toMatchObject({
    id: `resp_${response.headers.get('x-assay-request-id')!.replaceAll('-', '')}`,
    object: 'response',
    status: 'completed',
    model: 'test-model',
    error: null,
    incomplete_details: null,
    output: [
      { type: 'message', role: 'assistant', status: 'completed', content: [{ type: 'output_text', text: 'Hi.' }] },
    ],
    usage: { input_tokens: 12, input_tokens_details: { cached_tokens: 4 }, output_tokens: 5, total_tokens: 17 },
    tools: [weather],
    tool_choice: { type: 'function', name: 'weather' },
    text: { format: { type: 'json_schema', name: 'answer' } },
  })
  const call = (id: string, args: string) => ({ id, type: 'function', function: { name: 'weather', arguments: args } })
  expect(upstream.seen[0]).toMatchObject({
    path: '/v1/chat/completions',
    body: {
      model: 'test',
      max_tokens: 100,
      temperature: 0.5,
      reasoning_effort: 'low',
      parallel_tool_calls: false,
      response_format: { type: 'json_schema', json_schema: { name: 'answer', strict: true } },
      tools: [{ type: 'function', function: { name: 'weather', strict: true } }],
      tool_choice: { type: 'function', function: { name: 'weather' } },
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'system', content: 'Be kind.' },
        {
          role: 'user',
          content: [
            { type: 'image_url', image_url: { url: 'data:image/png;base64,aGk=', detail: 'low' } },
            { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,aGk=' } },
            { type: 'text', text: 'Look.' },
          ],
        },
        { role: 'assistant', content: 'Let me see.', tool_calls: [call('c1', '{"city":"Oslo"}'), call('c2', '{}')] },
        { role: 'tool', tool_call_id: 'c1', content: 'rain' },
        { role: 'tool', tool_call_id: 'c2', content: 'sun' },
      ],
    },
  })
})

test("another provider's stream comes as events of a response", async () => {
  upstream.play(stream('Hel', 'lo.'))
  const response = await ask({ model: 'compatible/test', stream: true })
  const events = eventsIn(await response.text())
  expect(events.map(({ type }) => type.replace('response.', ''))).toEqual([
    'created',
    'in_progress',
    'output_item.added',
    'content_part.added',
    'output_text.delta',
    'output_text.delta',
    'output_text.done',
    'content_part.done',
    'output_item.done',
    'completed',
  ])
  expect(events.at(-1)).toMatchObject({ response: { status: 'completed', usage: { input_tokens: 12 } } })
  expect(await gateway.rowOf(response)).toMatchObject({ status: 'completed', inputTokens: 12, outputTokens: 5 })
})

test('a stream that breaks after its first content ends as a failed response', async () => {
  upstream.play(good('text/event-stream', `${chunkEvent({ content: 'Hel' })}data: {"error":{"message":"Gone."}}\n\n`))
  const response = await ask({ model: 'compatible/test', stream: true })
  const events = eventsIn(await response.text())
  expect(events.at(-1)).toMatchObject({
    type: 'response.failed',
    response: { status: 'failed', error: { message: 'Gone.' }, output: [{ status: 'incomplete' }] },
  })
  expect(await gateway.rowOf(response)).toMatchObject({ status: 'failed' })
})

test.each([
  ['previous_response_id', { previous_response_id: 'resp_0' }],
  ['conversation', { conversation: 'conv_1' }],
  ['prompt', { prompt: { id: 'pmpt_1' } }],
  ['background', { background: true }],
  ['tools[1]', { tools: [weather, { type: 'web_search' }] }],
  ['tool_choice', { tools: [weather], tool_choice: { type: 'file_search' } }],
  ['input[0]', { input: [{ type: 'item_reference', id: 'msg_0' }] }],
  ['input[0]', { input: [{ type: 'computer_call_output', call_id: 'c', output: {} }] }],
  ['input[0].content[0]', { input: [{ role: 'user', content: [{ type: 'input_image', file_id: 'file_1' }] }] }],
  ['text.format', { text: { format: { type: 'grammar' } } }],
])('%s is refused by its name where OpenAI does not answer', async (path, body) => {
  for (const model of ['compatible/test', 'anthropic/claude-sonnet-4-5', 'google/gemini-2.5-flash', 'sim/echo']) {
    const response = await ask({ model, ...body })
    expect(response.status).toBe(400)
    const { error } = (await response.json()) as { error: { code: string; message: string } }
    expect(error).toMatchObject({ code: 'gateway.untranslatable', type: 'invalid_request_error' })
    expect(error.message.startsWith(`${path} cannot be sent to ${model.split('/')[0]}: `)).toBe(true)
  }
  expect(upstream.seen).toEqual([])
  expect(gateway.failures()).toEqual([])
})

test('errors of our own have their shape too', async () => {
  const unknown = await ask({ model: 'sim/ecko' })
  expect(unknown.status).toBe(404)
  expect(await unknown.json()).toMatchObject({ error: { type: 'not_found_error', code: 'gateway.model_unknown' } })
  const broken = await ask({ model: 'sim/echo', input: [7] })
  expect(await broken.json()).toMatchObject({ error: { type: 'invalid_request_error', code: 'input.invalid' } })
  const stranger = await ask({ model: 'sim/echo' }, { authorization: 'Bearer as_live_wrong' })
  expect(await stranger.json()).toMatchObject({ error: { type: 'authentication_error' } })
})

test('Azure is spoken to as OpenAI is, where its version has the API', async () => {
  const place = { host: upstream.host, baseUrl: `http://${upstream.host}/openai/v1` }
  const azure = await startGateway({ upstreams: { azure: place } })
  upstream.play(good('application/json', JSON.stringify(native)))
  const response = await fetch(`${azure.url}/v1/responses`, {
    method: 'POST',
    headers: { authorization: `Bearer ${azure.key}` },
    body: JSON.stringify({ model: 'azure/gpt-4o-mini', input: 'Hello', previous_response_id: 'resp_0' }),
  })
  expect(await response.text()).toBe(JSON.stringify(native))
  expect(upstream.seen[0]).toMatchObject({
    path: '/openai/v1/responses',
    headers: { 'api-key': 'sk-upstream-secret-1234' },
    body: { model: 'gpt-4o-mini', previous_response_id: 'resp_0' },
  })
  await azure.close()
})

test("Azure's own words: a filtered prompt, a deployment that is not there, and filters beside the answer", async () => {
  const place = { host: upstream.host, baseUrl: `http://${upstream.host}` }
  const azure = await startGateway({ upstreams: { azure: place } })
  const filtered = {
    code: 'content_filter',
    message: 'The response was filtered due to the prompt triggering a policy.',
    param: 'prompt',
    type: null,
    innererror: { code: 'ResponsibleAIPolicyViolation', content_filter_result: { hate: { filtered: true } } },
  }
  const chunk = (fields: object) =>
    `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', ...fields })}\n\n`
  upstream.play(
    refusal(400, filtered),
    refusal(404, { code: 'DeploymentNotFound', message: 'The API deployment for this resource does not exist.' }),
    good(
      'text/event-stream',
      [
        chunk({ model: '', choices: [], prompt_filter_results: [{ prompt_index: 0 }] }),
        chunk({ model: 'gpt-4o', choices: [{ index: 0, delta: { role: 'assistant', content: 'Hi' } }] }),
        chunk({
          model: '',
          choices: [{ index: 0, content_filter_results: {}, content_filter_offsets: {}, finish_reason: null }],
        }),
        chunk({ model: 'gpt-4o', choices: [{ index: 0, delta: {}, finish_reason: 'content_filter' }] }),
        'data: [DONE]\n\n',
      ].join(''),
    ),
  )
  const call = (body: object) =>
    fetch(`${azure.url}/v1/responses`, {
      method: 'POST',
      headers: { authorization: `Bearer ${azure.key}` },
      body: JSON.stringify({ model: 'azure/gpt-4o', input: 'Hello', ...body }),
    })
  const refused = await call({})
  expect(refused.status).toBe(400)
  expect(await refused.json()).toMatchObject({ error: { code: 'content_filter', param: 'prompt' } })
  expect(upstream.seen[0]!.path).toBe('/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21')
  expect(await (await call({})).json()).toMatchObject({ error: { code: 'DeploymentNotFound' } })
  const cut = eventsIn(await (await call({ stream: true })).text())
  expect(cut[0]).toMatchObject({ response: { model: 'gpt-4o' } })
  expect(cut.at(-1)).toMatchObject({
    type: 'response.incomplete',
    response: { incomplete_details: { reason: 'content_filter' }, output: [{ content: [{ text: 'Hi' }] }] },
  })
  await azure.close()
})
