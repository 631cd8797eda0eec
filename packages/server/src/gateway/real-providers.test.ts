import OpenAI from 'openai'
import { Secret } from '@assay/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startGateway, type StartedGateway } from './__fixtures__/started-gateway.ts'

/** The real APIs, asked for a few tokens each; without their keys in the environment they are left out. */

const places = [
  {
    provider: 'openai',
    model: 'gpt-4o-mini',
    baseUrl: 'https://api.openai.com/v1',
    key: process.env['OPENAI_API_KEY'],
  },
  {
    provider: 'anthropic',
    model: 'claude-haiku-4-5',
    baseUrl: 'https://api.anthropic.com',
    key: process.env['ANTHROPIC_API_KEY'],
  },
  {
    provider: 'google',
    model: 'gemini-2.5-flash-lite',
    baseUrl: 'https://generativelanguage.googleapis.com',
    key: process.env['GEMINI_API_KEY'],
  },
].map((place) => ({ ...place, isThere: (place.key ?? '') !== '' }))

for (const { provider, isThere } of places) {
  if (!isThere) console.warn(`The real API of ${provider} is not asked: its key is not in the environment.`)
}

const gateways = new Map<string, StartedGateway>()
const clientOf = (provider: string): OpenAI => {
  const { url, key } = gateways.get(provider)!
  return new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 })
}

beforeAll(async () => {
  for (const { provider, baseUrl, key, isThere } of places) {
    if (!isThere) continue
    const { host } = new URL(baseUrl)
    gateways.set(
      provider,
      await startGateway({ upstreams: { [provider]: { baseUrl, host } }, secret: new Secret(key!) }),
    )
  }
})
afterAll(async () => {
  for (const gateway of gateways.values()) await gateway.close()
})

for (const { provider, model, isThere } of places) {
  const named = `${provider}/${model}`
  const input = 'Answer with the word yes and nothing else.'

  test.skipIf(!isThere)(`${named}: a response, whole and streamed, and a chat completion`, async () => {
    const client = clientOf(provider)
    const whole = await client.responses.create({ model: named, input, max_output_tokens: 64 })
    expect(whole.output_text).toMatch(/yes/i)
    expect(whole.usage!.input_tokens).toBeGreaterThan(0)
    const streamed = await client.responses.stream({ model: named, input, max_output_tokens: 64 }).finalResponse()
    expect(streamed.output_text).toMatch(/yes/i)
    const chat = await client.chat.completions.create({
      model: named,
      max_tokens: 64,
      messages: [{ role: 'user', content: input }],
    })
    expect(chat.choices[0]!.message.content).toMatch(/yes/i)
  })

  test.skipIf(!isThere)(`${named}: a tool is called, and its answer taken`, async () => {
    const client = clientOf(provider)
    const tools = [
      {
        type: 'function' as const,
        name: 'get_weather',
        description: 'Tells the weather in a city.',
        parameters: {
          type: 'object',
          properties: { city: { type: 'string' } },
          required: ['city'],
          additionalProperties: false,
        },
        strict: true,
      },
    ]
    const question = { role: 'user' as const, content: 'How is the weather in Oslo? Use the tool.' }
    const asked = { model: named, tools, max_output_tokens: 256, store: false }
    const first = await client.responses.create({ ...asked, input: [question] })
    const call = first.output.find((item) => item.type === 'function_call')!
    expect(call.name).toBe('get_weather')
    const result = { type: 'function_call_output' as const, call_id: call.call_id, output: 'rain' }
    const items = first.output as OpenAI.Responses.ResponseInputItem[]
    const second = await client.responses.create({ ...asked, input: [question, ...items, result] })
    expect(second.output_text).toMatch(/rain/i)
  })
}
