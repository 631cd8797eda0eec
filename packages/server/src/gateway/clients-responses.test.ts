import { LLMock } from '@copilotkit/aimock'
import OpenAI from 'openai'
import { zodResponsesFunction, zodTextFormat } from 'openai/helpers/zod'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { startUpstream, type Play, type Upstream } from './__fixtures__/scripted-upstream.ts'
import { eventually, startGateway, type StartedGateway } from './__fixtures__/started-gateway.ts'

/** OpenAI's own client with its Responses API, unmodified, in front of servers that this project did not write. */

const upstream = new LLMock({ port: 0 })
let scripted: Upstream
let gateway: StartedGateway
let behindScript: StartedGateway
let client: OpenAI

beforeAll(async () => {
  upstream.onMessage('capital', { content: 'The capital of France is Paris.' })
  upstream.onMessage('person', { content: '{"name":"Ada","age":36}' })
  upstream.onMessage('look', { content: 'A small red square.' })
  upstream.onMessage('think', { content: 'So it is 4.', reasoning: 'Two and two.' })
  upstream.onToolResult('call_rain', { content: 'Take an umbrella.' })
  upstream.onMessage('weather', {
    toolCalls: [{ id: 'call_rain', name: 'get_weather', arguments: '{"city":"Oslo"}' }],
    reasoning: 'I have to look it up.',
    reasoningSignature: 'c2lnbmVkIGJ5IGFpbW9jaw==',
  })
  upstream.onMessage('overload', { error: { message: 'Too many.', type: 'rate_limit_error' }, status: 429 })
  await upstream.start()
  const { host } = new URL(upstream.url)
  const bare = { baseUrl: upstream.url, host }
  const named = { baseUrl: `${upstream.url}/v1`, host }
  gateway = await startGateway({
    upstreams: {
      openai: named,
      compatible: named,
      anthropic: bare,
      google: bare,
      azure: { baseUrl: `${upstream.url}/openai/v1`, host },
    },
  })
  client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gateway.key, maxRetries: 0 })
  scripted = await startUpstream()
  const place = { host: scripted.host, baseUrl: `http://${scripted.host}` }
  behindScript = await startGateway({ upstreams: { anthropic: place, google: place } })
})
afterAll(async () => {
  await gateway.close()
  await behindScript.close()
  await upstream.stop()
  await scripted.close()
})
beforeEach(() => {
  upstream.clearRequests()
  scripted.reset()
})

const models = [
  'openai/gpt-4o-mini',
  'azure/gpt-4o-mini',
  'compatible/gpt-4o-mini',
  'anthropic/claude-sonnet-4-5',
  'google/gemini-2.5-flash',
]

test.each(models)('%s: text, whole and as a stream', async (model) => {
  const whole = await client.responses.create({ model, input: 'What is the capital of France?' })
  expect(whole).toMatchObject({ output_text: 'The capital of France is Paris.', status: 'completed' })
  expect(whole.usage!.total_tokens).toBeGreaterThanOrEqual(0)
  const stream = client.responses.stream({
    model,
    input: [{ role: 'user', content: 'What is the capital of France?' }],
  })
  let text = ''
  stream.on('response.output_text.delta', ({ delta }) => (text += delta))
  const final = await stream.finalResponse()
  expect(text).toBe('The capital of France is Paris.')
  expect(final).toMatchObject({ output_text: text, status: 'completed' })
  expect(final.output).toHaveLength(1)
})

const Person = z.object({ name: z.string(), age: z.number() })

test.each(models)('%s: an answer that is parsed by its schema', async (model) => {
  const parsed = await client.responses.parse({
    model,
    input: 'Tell of a person.',
    text: { format: zodTextFormat(Person, 'person') },
  })
  expect(parsed.output_parsed).toEqual({ name: 'Ada', age: 36 })
  const streamed = client.responses.stream({
    model,
    input: 'Tell of a person.',
    text: { format: zodTextFormat(Person, 'person') },
  })
  expect((await streamed.finalResponse()).output_parsed).toEqual({ name: 'Ada', age: 36 })
})

test.each(models)('%s: an image and an instruction go along', async (model) => {
  const image_url = 'data:image/png;base64,iVBORw0KGgo='
  const response = await client.responses.create({
    model,
    instructions: 'Be brief.',
    input: [
      {
        role: 'user',
        content: [
          { type: 'input_text', text: 'look at this' },
          { type: 'input_image', image_url, detail: 'auto' },
        ],
      },
    ],
  })
  expect(response.output_text).toBe('A small red square.')
})

/** What came out goes in again; the client's types tell a few items apart that are of no concern here. */
const back = (output: OpenAI.Responses.ResponseOutputItem[]) => output as OpenAI.Responses.ResponseInputItem[]

const getWeather = zodResponsesFunction({ name: 'get_weather', parameters: z.object({ city: z.string() }) })

test.each(models)('%s: two turns of thinking with a tool, the first as a stream', async (model) => {
  const asked = { model, reasoning: { effort: 'low' as const }, tools: [getWeather], store: false }
  const question = { role: 'user' as const, content: 'How is the weather?' }
  const stream = client.responses.stream({ ...asked, input: [question] })
  const first = await stream.finalResponse()
  const calls = first.output.filter((item) => item.type === 'function_call')
  expect(calls).toMatchObject([{ call_id: 'call_rain', name: 'get_weather', parsed_arguments: { city: 'Oslo' } }])
  const second = await client.responses.create({
    ...asked,
    input: [
      question,
      ...back(first.output),
      { type: 'function_call_output', call_id: 'call_rain', output: '{"weather":"rain"}' },
    ],
  })
  expect(second.output_text).toBe('Take an umbrella.')
})

test.each(['compatible/gpt-4o-mini', 'anthropic/claude-sonnet-4-5', 'google/gemini-2.5-flash'])(
  '%s: reasoning comes as a summary',
  async (model) => {
    const input = 'think about it'
    const whole = await client.responses.create({ model, input, reasoning: { effort: 'low' } })
    expect(whole.output).toMatchObject([
      { type: 'reasoning', summary: [{ type: 'summary_text', text: 'Two and two.' }] },
      { type: 'message', content: [{ text: 'So it is 4.' }] },
    ])
    const stream = client.responses.stream({ model, input, reasoning: { effort: 'low' } })
    let told = ''
    stream.on('response.reasoning_summary_text.delta', ({ delta }) => (told += delta))
    const final = await stream.finalResponse()
    expect(told).toBe('Two and two.')
    expect(final.output.map(({ type }) => type)).toEqual(['reasoning', 'message'])
  },
)

test.each(models)('%s: a refusal of the provider is the class of error that its status says', async (model) => {
  const call = () => client.responses.create({ model, input: 'overload' })
  await expect(call()).rejects.toBeInstanceOf(OpenAI.RateLimitError)
  await expect(call()).rejects.toMatchObject({ status: 429, error: { message: 'Too many.' } })
})

test('a stream that the client leaves is booked as cancelled', async () => {
  const stream = await client.responses.create({ model: 'sim/slow', input: 'word '.repeat(100), stream: true })
  for await (const event of stream) if (event.type === 'response.output_text.delta') break
  const row = await eventually(() =>
    gateway.records.find((record) => record.kind === 'close' && record.request.requestModel === 'sim/slow'),
  )
  expect(row).toMatchObject({ request: { status: 'cancelled', estimated: true } })
})

test('the simulator calls a tool, and answers once the tool has', async () => {
  const tools = [getWeather]
  const first = await client.responses.create({ model: 'sim/tools', input: 'weather', tools })
  const call = first.output.find((item) => item.type === 'function_call')
  const { output_text: text } = await client.responses.create({
    model: 'sim/tools',
    tools,
    input: [
      { role: 'user', content: 'weather' },
      ...back(first.output),
      { type: 'function_call_output', call_id: call!.call_id, output: 'rain' },
    ],
  })
  expect(text).toBe('The tool answered: rain')
})

// What proves the thinking must come back as it was

const json =
  (body: object): Play =>
  (response) => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(body))
  }
const events =
  (list: object[]): Play =>
  (response) => {
    response.setHeader('content-type', 'text/event-stream')
    response.end(list.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(''))
  }

const blocks = [
  { type: 'thinking', thinking: 'Which city? The capital.', signature: 'c2lnbmF0dXJl' },
  { type: 'redacted_thinking', data: 'aGlkZGVu' },
  { type: 'tool_use', id: 'toolu_1', name: 'get_weather', input: { city: 'Oslo' } },
]
const claude = { type: 'message', model: 'claude-x', content: blocks, stop_reason: 'tool_use', usage: {} }
const claudeEvents = [
  { type: 'message_start', message: { ...claude, content: [], stop_reason: null } },
  { type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: blocks[0]!.thinking } },
  { type: 'content_block_delta', index: 0, delta: { type: 'signature_delta', signature: blocks[0]!.signature } },
  { type: 'content_block_stop', index: 0 },
  { type: 'content_block_start', index: 1, content_block: blocks[1] },
  { type: 'content_block_stop', index: 1 },
  { type: 'content_block_start', index: 2, content_block: { ...blocks[2], input: {} } },
  { type: 'content_block_delta', index: 2, delta: { type: 'input_json_delta', partial_json: '{"city":"Oslo"}' } },
  { type: 'content_block_stop', index: 2 },
  { type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 9 } },
  { type: 'message_stop' },
]
const parts = [
  { text: 'Which city?', thought: true },
  { functionCall: { name: 'get_weather', args: { city: 'Oslo' } }, thoughtSignature: 'Z29vZ2xl' },
  { functionCall: { name: 'get_weather', args: { city: 'Rome' } } },
]
const gemini = { candidates: [{ content: { role: 'model', parts }, finishReason: 'STOP' }], modelVersion: 'gemini-x' }
const claudeEnd = { ...claude, content: [{ type: 'text', text: 'Rain.' }], stop_reason: 'end_turn' }
const geminiEnd = { candidates: [{ content: { parts: [{ text: 'Rain.' }] }, finishReason: 'STOP' }] }

test.each([
  ['anthropic/claude-sonnet-4-5', 'whole', json(claude), json(claudeEnd)],
  ['anthropic/claude-sonnet-4-5', 'streamed', events(claudeEvents), json(claudeEnd)],
  ['google/gemini-3-pro-preview', 'whole', json(gemini), json(geminiEnd)],
  ['google/gemini-3-pro-preview', 'streamed', events([gemini]), json(geminiEnd)],
])('%s, %s: the second turn brings back what the first one signed', async (model, form, first, second) => {
  scripted.play(first, second)
  const openai = new OpenAI({ baseURL: `${behindScript.url}/v1`, apiKey: behindScript.key, maxRetries: 0 })
  const question = { role: 'user' as const, content: 'How is the weather?' }
  const asked = { model, tools: [getWeather], reasoning: { effort: 'medium' as const }, input: [question] }
  const { output }: { output: OpenAI.Responses.ResponseOutputItem[] } =
    form === 'whole' ? await openai.responses.create(asked) : await openai.responses.stream(asked).finalResponse()
  const calls = output.flatMap((item) => (item.type === 'function_call' ? [item] : []))
  const results = calls.map(({ call_id }) => ({ type: 'function_call_output' as const, call_id, output: 'rain' }))
  const answer = await openai.responses.create({ ...asked, input: [question, ...back(output), ...results] })
  expect(answer.output_text).toBe('Rain.')
  const { messages, contents } = scripted.seen[1]!.body as { messages?: unknown[]; contents?: unknown[] }
  if (messages) expect(messages[1]).toEqual({ role: 'assistant', content: blocks })
  else {
    expect(contents![1]).toEqual({
      role: 'model',
      parts: [
        { functionCall: { ...parts[1]!.functionCall, id: calls[0]!.call_id }, thoughtSignature: 'Z29vZ2xl' },
        { functionCall: { ...parts[2]!.functionCall, id: calls[1]!.call_id } },
      ],
    })
  }
})
