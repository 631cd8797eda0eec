import { LLMock } from '@copilotkit/aimock'
import OpenAI from 'openai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually, startGateway, type StartedGateway } from './__fixtures__/started-gateway.ts'

/** The official client, unmodified, against servers that this project did not write and against the simulator. */

const upstream = new LLMock({ port: 0 })
let gateway: StartedGateway
let client: OpenAI

beforeAll(async () => {
  upstream.onMessage('capital', { content: 'The capital of France is Paris.' })
  upstream.onMessage('weather', { toolCalls: [{ name: 'get_weather', arguments: { city: 'Oslo' } }] })
  await upstream.start()
  gateway = await startGateway({
    upstreams: { compatible: { baseUrl: `${upstream.url}/v1`, host: new URL(upstream.url).host } },
  })
  client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gateway.key, maxRetries: 0 })
})

afterAll(async () => {
  await gateway.close()
  await upstream.stop()
})

const tools = [
  {
    type: 'function' as const,
    function: {
      name: 'get_weather',
      parameters: { type: 'object', properties: { city: { type: 'string' }, days: { type: 'integer', minimum: 2 } } },
    },
  },
]
const ask = (content: string): OpenAI.ChatCompletionMessageParam[] => [{ role: 'user', content }]

test.each(['compatible/gpt-4o-mini', 'sim/echo'])('%s: text', async (model) => {
  const { choices, usage } = await client.chat.completions.create({
    model,
    messages: ask('The capital of France is Paris.'),
  })
  expect(choices[0]?.message.content).toBe('The capital of France is Paris.')
  expect(usage?.total_tokens).toBeGreaterThan(0)
})

test.each(['compatible/gpt-4o-mini', 'sim/echo'])('%s: a stream', async (model) => {
  const stream = await client.chat.completions.create({
    model,
    messages: ask('The capital of France is Paris.'),
    stream: true,
    stream_options: { include_usage: true },
  })
  let text = ''
  let total = 0
  for await (const { choices, usage } of stream) {
    text += choices[0]?.delta.content ?? ''
    total = usage?.total_tokens ?? total
  }
  expect(text).toBe('The capital of France is Paris.')
  expect(total).toBeGreaterThan(0)
})

test.each(['compatible/gpt-4o-mini', 'sim/tools'])('%s: a tool call, whole and as a stream', async (model) => {
  const body = { model, messages: ask('weather'), tools }
  const whole = await client.chat.completions.create(body)
  expect(whole.choices[0]?.finish_reason).toBe('tool_calls')
  expect(whole.choices[0]?.message.tool_calls?.[0]).toMatchObject({ function: { name: 'get_weather' } })
  const streamed = await client.chat.completions.stream(body).finalChatCompletion()
  expect(streamed.choices[0]?.message.tool_calls).toMatchObject([{ function: { name: 'get_weather' } }])
})

test('sim/tools answers once the tool has', async () => {
  const messages = ask('weather')
  const first = await client.chat.completions.create({ model: 'sim/tools', messages, tools })
  const call = first.choices[0]!.message
  const { choices } = await client.chat.completions.create({
    model: 'sim/tools',
    tools,
    messages: [...messages, call, { role: 'tool', tool_call_id: call.tool_calls![0]!.id, content: 'rain' }],
  })
  expect(choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: 'The tool answered: rain' } })
})

test('sim/flaky fails every fifth time, and the client knows the error by its class', async () => {
  const once = () => client.chat.completions.create({ model: 'sim/flaky', messages: ask('x') })
  for (let count = 0; count < 4; count++) await once()
  await expect(once()).rejects.toBeInstanceOf(OpenAI.InternalServerError)
  await once()
})

test('sim/fault plays what the system message says', async () => {
  const play = (script: object, stream = false) =>
    client.chat.completions.create({
      model: 'sim/fault',
      stream,
      messages: [{ role: 'system', content: JSON.stringify(script) }, ...ask('hello')],
    })
  await expect(play({ status: 429, headers: { 'retry-after': '3' } })).rejects.toMatchObject({
    status: 429,
    code: 'sim_429',
  })
  await expect(play({ body: '<html></html>' })).rejects.toMatchObject({ status: 502 })
  await expect(play({ cutAfterBytes: 30 })).rejects.toMatchObject({ status: 502 })
  await expect(play({ status: 500, times: 1 })).rejects.toMatchObject({ status: 500 })
  expect(await play({ status: 500, times: 1 })).toMatchObject({ choices: [{ message: { content: 'hello' } }] })
  await expect(play({ nonsense: true })).rejects.toMatchObject({ status: 400 })
})

test('a wrong key, an unknown model and a provider without credential are told apart', async () => {
  const stranger = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: 'as_live_wrong', maxRetries: 0 })
  await expect(stranger.models.list()).rejects.toMatchObject({ status: 401, code: 'access.key_invalid' })
  const call = (model: string) => client.chat.completions.create({ model, messages: ask('x') })
  await expect(call('sim/ecko')).rejects.toMatchObject({
    status: 404,
    code: 'gateway.model_unknown',
    error: { details: { suggestions: ['sim/echo', expect.any(String), expect.any(String)] } },
  })
  await expect(call('openai/gpt-4o')).rejects.toMatchObject({ status: 401, code: 'vault.key_missing' })
})

test('a slow stream that the client leaves is booked as cancelled', async () => {
  const stream = await client.chat.completions.create({
    model: 'sim/slow',
    messages: ask('word '.repeat(100)),
    stream: true,
  })
  for await (const chunk of stream) if (chunk.choices[0]?.delta.content) break
  const row = await eventually(() =>
    gateway.records.find((record) => record.kind === 'close' && record.request.requestModel === 'sim/slow'),
  )
  expect(row).toMatchObject({ request: { status: 'cancelled', estimated: true } })
})

test('auto falls to the simulator where nothing else has a price, and states the saving', async () => {
  const { response } = await client.chat.completions
    .create({ model: 'auto', messages: ask('What is Python?') })
    .withResponse()
  expect(response.headers.get('x-assay-route')).toBe('sim/fast; complexity=simple; reason=price; attempts=1')
  const row = gateway.closedRow(response.headers.get('x-assay-request-id'))!
  expect(row.savingNanoUsd).toBe(row.baselineCostNanoUsd! - row.costNanoUsd!)
  expect(row.savingNanoUsd).toBeGreaterThan(0)
})
