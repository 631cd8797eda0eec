import { LLMock } from '@copilotkit/aimock'
import type { Page, RequestRecord } from '@assay/core'
import { type AssayProcess, startAssay, temporaryDirectory, until } from '@assay/testkit'
import OpenAI from 'openai'
import { afterAll, beforeAll, expect, test } from 'vitest'

/** Walk 1: a chat completion, from the official client through the gateway to a server this project did not write. */

const upstream = new LLMock({ port: 0 })
let assay: AssayProcess
let client: OpenAI
const opened: AsyncDisposable[] = []

beforeAll(async () => {
  upstream.onMessage('capital of France', { content: 'The capital of France is Paris.' })
  upstream.onMessage('weather', { toolCalls: [{ name: 'get_weather', arguments: { city: 'Oslo' } }] })
  await upstream.start()
  const directory = await temporaryDirectory()
  assay = await startAssay({
    dataDir: directory.path,
    environment: { ASSAY_EGRESS_ALLOW: new URL(upstream.url).host },
  })
  opened.push(assay, directory)
  await assay.call('POST', '/api/v1/credentials', {
    provider: 'compatible',
    baseUrl: `${upstream.url}/v1`,
    secret: 'not-a-real-key-1234',
  })
  const { key } = await assay.call<{ key: string }>('POST', '/api/v1/gateway-keys', { name: 'walk 1' })
  client = new OpenAI({ baseURL: `${assay.url}/v1`, apiKey: key, maxRetries: 0 })
})

afterAll(async () => {
  for (const thing of opened) await thing[Symbol.asyncDispose]()
  await upstream.stop()
})

const rowOf = (id: string): Promise<RequestRecord> =>
  until(`request ${id} in the log`, async () => {
    const { items } = await assay.call<Page<RequestRecord>>('GET', '/api/v1/requests?limit=200')
    return items.find((row) => row.id === id)
  })

test('the official client gets the answer of the upstream, and the log gets the row', async () => {
  const { data, response } = await client.chat.completions
    .create({
      model: 'compatible/gpt-4o-mini',
      messages: [{ role: 'user', content: 'What is the capital of France?' }],
    })
    .withResponse()
  expect(data.choices[0]?.message.content).toBe('The capital of France is Paris.')
  expect(response.headers.get('x-assay-route')).toContain('compatible/gpt-4o-mini')

  const row = await rowOf(response.headers.get('x-assay-request-id')!)
  expect(row).toMatchObject({
    status: 'completed',
    providerName: 'compatible',
    inputTokens: data.usage?.prompt_tokens,
    outputTokens: data.usage?.completion_tokens,
    stream: false,
  })
})

test('a stream arrives whole and in order', async () => {
  const stream = await client.chat.completions.create({
    model: 'compatible/gpt-4o-mini',
    messages: [{ role: 'user', content: 'What is the capital of France?' }],
    stream: true,
  })
  let text = ''
  for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? ''
  expect(text).toBe('The capital of France is Paris.')
})

test('a tool call comes through with its arguments', async () => {
  const { choices } = await client.chat.completions.create({
    model: 'compatible/gpt-4o-mini',
    messages: [{ role: 'user', content: 'How is the weather?' }],
    tools: [{ type: 'function', function: { name: 'get_weather', parameters: { type: 'object' } } }],
  })
  const [call] = choices[0]?.message.tool_calls ?? []
  expect(choices[0]?.finish_reason).toBe('tool_calls')
  expect(call).toMatchObject({ function: { name: 'get_weather', arguments: '{"city":"Oslo"}' } })
})

test('the models listed are those the key may call', async () => {
  const names: string[] = []
  for await (const { id } of client.models.list()) names.push(id)
  expect(names).toContain('sim/echo')
})

test('with auto, the gateway chooses by complexity and states what it saved', async () => {
  const { response } = await client.chat.completions
    .create({ model: 'auto', messages: [{ role: 'user', content: 'What is Python?' }] })
    .withResponse()
  const row = await rowOf(response.headers.get('x-assay-request-id')!)
  expect(row).toMatchObject({ requestModel: 'auto', complexity: 'simple', priced: true })
  expect(row.savingNanoUsd).toBe(row.baselineCostNanoUsd! - row.costNanoUsd!)
  expect(response.headers.get('x-assay-cost-usd')).toMatch(/^\d+(\.\d+)?$/)
})

test('a wrong key, an unknown model and an unreachable upstream each get a clear answer in the client’s own dialect', async () => {
  const stranger = new OpenAI({ baseURL: `${assay.url}/v1`, apiKey: 'as_live_wrong', maxRetries: 0 })
  const ask = (asker: OpenAI, model: string) =>
    asker.chat.completions.create({ model, messages: [{ role: 'user', content: 'hello' }] })
  await expect(ask(stranger, 'sim/echo')).rejects.toMatchObject({ status: 401, code: 'access.key_invalid' })
  await expect(ask(client, 'sim/ecko')).rejects.toMatchObject({ status: 404, code: 'gateway.model_unknown' })
  await expect(assay.call('GET', '/api/v1/nothing')).rejects.toThrow('http.not_found')
})

test('a key that nobody has added yet is the caller’s to add, and no failure of production', async () => {
  const ask = (model: string) =>
    client.chat.completions.create({ model, messages: [{ role: 'user', content: 'hello' }] }).withResponse()
  await expect(ask('anthropic/claude-sonnet-4-5')).rejects.toMatchObject({ status: 401, code: 'vault.key_missing' })
  const { response } = await ask('sim/echo')
  await rowOf(response.headers.get('x-assay-request-id')!)
  const { items } = await assay.call<Page<{ title: string }>>('GET', '/api/v1/failure-groups')
  expect(items.map(({ title }) => title)).toEqual([])
})
