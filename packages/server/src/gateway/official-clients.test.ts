import { createAnthropic } from '@ai-sdk/anthropic'
import { createGoogle } from '@ai-sdk/google'
import Anthropic from '@anthropic-ai/sdk'
import { LLMock } from '@copilotkit/aimock'
import { GoogleGenAI, ThinkingLevel, Type } from '@google/genai'
import { embedMany, generateText, jsonSchema, stepCountIs, streamText, tool } from 'ai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startGateway, type StartedGateway } from './__fixtures__/started-gateway.ts'

/**
 * The official clients of Anthropic and Google, and the AI SDK with both, unmodified over loopback, in front of every
 * provider; behind the gateway stands a fake that this project did not write, and the simulator.
 */

const upstream = new LLMock({ port: 0 })
let gateway: StartedGateway
let claude: Anthropic
let gemini: GoogleGenAI

beforeAll(async () => {
  upstream.onMessage('capital', { content: 'The capital of France is Paris.' })
  upstream.onMessage('both', {
    toolCalls: [
      { name: 'get_weather', arguments: { city: 'Oslo' } },
      { name: 'get_weather', arguments: { city: 'Rome' } },
    ],
  })
  upstream.onMessage('person', { content: '{"name":"Ada"}' })
  upstream.onMessage('refuse', { error: { message: 'Slow down', type: 'rate_limit_error' }, status: 400 })
  await upstream.start()
  const { host } = new URL(upstream.url)
  const named = { host, baseUrl: `${upstream.url}/v1` }
  const bare = { host, baseUrl: upstream.url }
  gateway = await startGateway({ upstreams: { compatible: named, openai: named, anthropic: bare, google: bare } })
  claude = new Anthropic({ baseURL: gateway.url, apiKey: gateway.key, maxRetries: 0 })
  gemini = new GoogleGenAI({ apiKey: gateway.key, httpOptions: { baseUrl: gateway.url } })
})

afterAll(async () => {
  await gateway.close()
  await upstream.stop()
})

const models = [
  'anthropic/claude-sonnet-4-5',
  'google/gemini-2.5-flash',
  'openai/gpt-4o-mini',
  'compatible/gpt-4o-mini',
]
const capital = 'The capital of France is Paris.'

test.each([...models, 'sim/echo'])('@anthropic-ai/sdk, %s: text, whole and as a stream', async (model) => {
  const body = { model, max_tokens: 100, messages: [{ role: 'user' as const, content: capital }] }
  const { content, stop_reason } = await claude.messages.create(body)
  expect(content).toMatchObject([{ type: 'text', text: capital }])
  expect(stop_reason).toBe('end_turn')
  const final = await claude.messages.stream(body).finalMessage()
  expect(final.content).toMatchObject([{ type: 'text', text: capital }])
})

test.each([...models, 'sim/echo'])('@google/genai, %s: text, whole and as a stream', async (model) => {
  const answer = await gemini.models.generateContent({ model, contents: capital })
  expect(answer.text).toBe(capital)
  let text = ''
  for await (const chunk of await gemini.models.generateContentStream({ model, contents: capital })) {
    text += chunk.text ?? ''
  }
  expect(text).toBe(capital)
})

const parameters = { type: 'object' as const, properties: { city: { type: 'string' as const } }, required: ['city'] }

test.each(models)('@anthropic-ai/sdk, %s: parallel calls of a tool, whole and as a stream', async (model) => {
  const body = {
    model,
    max_tokens: 100,
    messages: [{ role: 'user' as const, content: 'both' }],
    tools: [{ name: 'get_weather', input_schema: parameters }],
  }
  for (const { content, stop_reason } of [
    await claude.messages.create(body),
    await claude.messages.stream(body).finalMessage(),
  ]) {
    const calls = content.filter(({ type }) => type === 'tool_use')
    expect(calls).toMatchObject([{ input: { city: 'Oslo' } }, { input: { city: 'Rome' } }])
    expect(stop_reason).toBe('tool_use')
  }
})

test.each(models)('@google/genai, %s: parallel calls of a tool, whole and as a stream', async (model) => {
  const functionDeclarations = [
    { name: 'get_weather', parameters: { type: Type.OBJECT, properties: { city: { type: Type.STRING } } } },
  ]
  const asked = { model, contents: 'both', config: { tools: [{ functionDeclarations }] } }
  const wanted = [
    { name: 'get_weather', args: { city: 'Oslo' } },
    { name: 'get_weather', args: { city: 'Rome' } },
  ]
  expect((await gemini.models.generateContent(asked)).functionCalls).toMatchObject(wanted)
  const calls: unknown[] = []
  for await (const chunk of await gemini.models.generateContentStream(asked)) calls.push(...(chunk.functionCalls ?? []))
  expect(calls).toMatchObject(wanted)
})

test.each(models)('@google/genai, %s: an answer that fits a schema, and an image', async (model) => {
  const { text } = await gemini.models.generateContent({
    model,
    contents: [{ inlineData: { mimeType: 'image/png', data: 'iVBORw0KGgo=' } }, { text: 'Which person?' }],
    config: {
      responseMimeType: 'application/json',
      responseSchema: { type: Type.OBJECT, properties: { name: { type: Type.STRING } } },
    },
  })
  expect(JSON.parse(text!)).toEqual({ name: 'Ada' })
})

test.each(models)('both clients, %s: an error is of the class that the client has for it', async (model) => {
  await expect(
    claude.messages.create({ model, max_tokens: 9, messages: [{ role: 'user', content: 'refuse' }] }),
  ).rejects.toBeInstanceOf(Anthropic.BadRequestError)
  await expect(gemini.models.generateContent({ model, contents: 'refuse' })).rejects.toMatchObject({
    name: 'ApiError',
    status: 400,
  })
})

test('two turns with tools in a chat of @google/genai', async () => {
  const functionDeclarations = [{ name: 'get_weather', parametersJsonSchema: parameters }]
  const chat = gemini.chats.create({
    model: 'sim/tools',
    config: {
      tools: [{ functionDeclarations }],
      thinkingConfig: { includeThoughts: true, thinkingLevel: ThinkingLevel.LOW },
    },
  })
  const [call] = (await chat.sendMessage({ message: 'weather' })).functionCalls ?? []
  expect(call).toMatchObject({ name: 'get_weather' })
  const { text } = await chat.sendMessage({
    message: [{ functionResponse: { id: call!.id!, name: 'get_weather', response: { output: 'rain' } } }],
  })
  expect(text).toBe('The tool answered: rain')
})

test.each(['anthropic', 'google'] as const)('the AI SDK with @ai-sdk/%s runs its loop of tools', async (dialect) => {
  const provider =
    dialect === 'anthropic'
      ? createAnthropic({ baseURL: `${gateway.url}/v1`, apiKey: gateway.key })
      : createGoogle({ baseURL: `${gateway.url}/v1beta`, apiKey: gateway.key })
  const weather = tool({
    description: 'tells the weather',
    inputSchema: jsonSchema<{ city: string }>(parameters),
    execute: () => 'rain',
  })
  const { text, steps } = await generateText({
    model: provider('sim/tools'),
    prompt: 'weather',
    tools: { get_weather: weather },
    stopWhen: stepCountIs(3),
    maxRetries: 0,
  })
  expect(steps).toHaveLength(2)
  expect(text).toBe('The tool answered: rain')
  for (const model of [...models, 'sim/echo']) {
    const streamed = streamText({ model: provider(model), prompt: capital, maxRetries: 0 })
    expect(await streamed.text).toBe(capital)
  }
})

test('a stream that a client leaves ends the call', async () => {
  const stream = await claude.messages.create({
    model: 'sim/slow',
    max_tokens: 500,
    stream: true,
    messages: [{ role: 'user', content: 'word '.repeat(100) }],
  })
  for await (const event of stream) if (event.type === 'content_block_delta') break
  const abort = new AbortController()
  const left = await gemini.models.generateContentStream({
    model: 'sim/slow',
    contents: 'word '.repeat(100),
    config: { abortSignal: abort.signal },
  })
  await expect(
    (async () => {
      for await (const _ of left) abort.abort()
    })(),
  ).rejects.toThrow(/abort/i)
  await expect
    .poll(() =>
      gateway.records.filter(({ kind }) => kind === 'close').map((row) => 'request' in row && row.request.status),
    )
    .toEqual(expect.arrayContaining(['cancelled']))
})

test('both clients list models in their own shape, page by page', async () => {
  const listed: string[] = []
  for await (const model of claude.models.list({ limit: 3 })) listed.push(model.id)
  expect(listed).toEqual(expect.arrayContaining(['auto', 'sim/echo', 'openai/gpt-4o', 'anthropic/claude-sonnet-4-5']))
  expect(new Set(listed).size).toBe(listed.length)
  expect(await claude.models.retrieve('sim/echo')).toMatchObject({ type: 'model', id: 'sim/echo' })
  const named: string[] = []
  for await (const model of await gemini.models.list({ config: { pageSize: 7 } })) named.push(model.name!)
  expect(named).toEqual(listed.map((id) => `models/${id}`))
  expect(await gemini.models.get({ model: 'google/gemini-2.5-flash' })).toMatchObject({
    name: 'models/google/gemini-2.5-flash',
    inputTokenLimit: expect.any(Number) as number,
  })
  await expect(claude.models.retrieve('sim/ecko')).rejects.toBeInstanceOf(Anthropic.NotFoundError)
})

test("both clients count tokens, and Google's makes embeddings", async () => {
  const messages = [{ role: 'user' as const, content: 'Hello there' }]
  expect(await claude.messages.countTokens({ model: 'sim/echo', messages })).toMatchObject({ input_tokens: 7 })
  expect(await gemini.models.countTokens({ model: 'sim/echo', contents: 'Hello there' })).toMatchObject({
    totalTokens: 7,
  })
  const { embeddings } = await gemini.models.embedContent({ model: 'sim/embed', contents: ['a', 'b'] })
  expect(embeddings?.map(({ values }) => values?.length)).toEqual([256, 256])
  const google = createGoogle({ baseURL: `${gateway.url}/v1beta`, apiKey: gateway.key })
  const many = await embedMany({ model: google.embedding('sim/embed'), values: ['a', 'b', 'c'] })
  expect(many.embeddings).toHaveLength(3)
})
