import { createOpenAI } from '@ai-sdk/openai'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { LLMock } from '@copilotkit/aimock'
import { APICallError, generateText, isStepCount, Output, streamText, tool, type LanguageModel } from 'ai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { eventually, startGateway, type StartedGateway } from './__fixtures__/started-gateway.ts'

/** The AI SDK, unmodified: its OpenAI provider speaks the Responses API, its compatible one chat completions. */

const upstream = new LLMock({ port: 0 })
let gateway: StartedGateway
let languages: Record<string, (model: string) => LanguageModel>

beforeAll(async () => {
  upstream.onMessage('capital', { content: 'The capital of France is Paris.' })
  upstream.onMessage('person', { content: '{"name":"Ada","age":36}' })
  upstream.onMessage('look', { content: 'A small red square.' })
  upstream.onToolResult('call_rain', { content: 'Take an umbrella.' })
  upstream.onMessage('weather', {
    toolCalls: [{ id: 'call_rain', name: 'getWeather', arguments: '{"city":"Oslo"}' }],
    reasoning: 'I have to look it up.',
    reasoningSignature: 'c2lnbmVkIGJ5IGFpbW9jaw==',
  })
  upstream.onMessage('overload', { error: { message: 'Too many.', type: 'rate_limit_error' }, status: 429 })
  await upstream.start()
  const { host } = new URL(upstream.url)
  const bare = { baseUrl: upstream.url, host }
  const named = { baseUrl: `${upstream.url}/v1`, host }
  gateway = await startGateway({ upstreams: { openai: named, compatible: named, anthropic: bare, google: bare } })
  const place = { baseURL: `${gateway.url}/v1`, apiKey: gateway.key }
  const openai = createOpenAI(place)
  const compatible = createOpenAICompatible({ ...place, name: 'assay', supportsStructuredOutputs: true })
  languages = { responses: (model) => openai(model), chat: (model) => compatible(model) }
})
afterAll(async () => {
  await gateway.close()
  await upstream.stop()
})

const models = [
  'openai/gpt-4o-mini',
  'compatible/gpt-4o-mini',
  'anthropic/claude-sonnet-4-5',
  'google/gemini-2.5-flash',
]
const everywhere = ['responses', 'chat'].flatMap((spoken) => models.map((model) => [spoken, model] as const))

/** Nothing is stored anywhere but at OpenAI, so each turn brings the ones before it. */
const providerOptions = {
  openai: { store: false, forceReasoning: true, reasoningEffort: 'low' },
  assay: { reasoningEffort: 'low' },
}

const joined = async (pieces: AsyncIterable<string>): Promise<string> => {
  let text = ''
  for await (const piece of pieces) text += piece
  return text
}

test.each(everywhere)('%s with %s: text, whole and as a stream', async (spoken, name) => {
  const model = languages[spoken]!(name)
  const { text, finishReason } = await generateText({ model, prompt: 'What is the capital of France?' })
  expect({ text, finishReason }).toEqual({ text: 'The capital of France is Paris.', finishReason: 'stop' })
  const streamed = streamText({ model, system: 'Be brief.', prompt: 'What is the capital of France?' })
  expect(await joined(streamed.textStream)).toBe(text)
  expect(await streamed.finishReason).toBe('stop')
})

test.each(everywhere)('%s with %s: an object by its schema, and an image', async (spoken, name) => {
  const model = languages[spoken]!(name)
  const { output } = await generateText({
    model,
    prompt: 'Tell of a person.',
    output: Output.object({ schema: z.object({ name: z.string(), age: z.number() }) }),
  })
  expect(output).toEqual({ name: 'Ada', age: 36 })
  const image = new Uint8Array([137, 80, 78, 71])
  const { text } = await generateText({
    model,
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'look at this' },
          { type: 'file', data: image, mediaType: 'image/png' },
        ],
      },
    ],
  })
  expect(text).toBe('A small red square.')
})

test.each(everywhere)('%s with %s: thinking, a tool and the answer behind it', async (spoken, name) => {
  const model = languages[spoken]!(name)
  const tools = {
    getWeather: tool({
      inputSchema: z.object({ city: z.string() }),
      execute: ({ city }) => `rain in ${city}`,
    }),
  }
  const asked = { model, tools, stopWhen: isStepCount(3), prompt: 'How is the weather?', providerOptions }
  const whole = await generateText(asked)
  expect(whole.text).toBe('Take an umbrella.')
  expect(whole.steps).toHaveLength(2)
  const streamed = streamText(asked)
  expect(await joined(streamed.textStream)).toBe('Take an umbrella.')
  expect((await streamed.steps)[0]!.toolResults).toMatchObject([{ output: 'rain in Oslo' }])
})

test.each(everywhere)('%s with %s: a refusal is told with its status', async (spoken, name) => {
  const model = languages[spoken]!(name)
  const failed = generateText({ model, prompt: 'overload', maxRetries: 0 })
  await expect(failed).rejects.toBeInstanceOf(APICallError)
  await expect(failed).rejects.toMatchObject({
    statusCode: 429,
    message: expect.stringContaining('Too many.') as unknown,
  })
})

test.each(['responses', 'chat'])('%s: a call that is aborted is booked as cancelled', async (spoken) => {
  gateway.reset()
  const abort = new AbortController()
  const streamed = streamText({
    model: languages[spoken]!('sim/slow'),
    prompt: 'word '.repeat(100),
    abortSignal: abort.signal,
    onError: () => {},
  })
  for await (const _ of streamed.textStream) abort.abort()
  const row = await eventually(() => gateway.records.find((record) => record.kind === 'close'))
  expect(row).toMatchObject({ request: { status: 'cancelled', estimated: true } })
})
