import { expect, test } from 'vitest'
import { localModels, readModelName } from './local-models.ts'

test.each([
  ['sim/echo', 'sim', 'echo'],
  ['sim:echo', 'sim', 'echo'],
  ['gemini/some-model', 'google', 'some-model'],
  ['compatible/llama3:8b', 'compatible', 'llama3:8b'],
  ['claude-sonnet-4', 'anthropic', 'claude-sonnet-4-20250514'],
  ['gpt-4o', 'openai', 'gpt-4o'],
  ['llama-3.1-8b', 'groq', 'llama-3.1-8b-instant'],
])('%s is a model of %s', (name, provider, model) => {
  expect(readModelName(name)).toEqual({ provider, model })
})

test.each(['sim/ech', 'nobody/knows', 'clade-sonnet-4'])('%s is unknown', (name) => {
  expect(() => readModelName(name)).toThrow(expect.objectContaining({ code: 'gateway.model_unknown' }))
})

test('without a key the variable is named', async () => {
  await expect(localModels({}).resolve('claude-sonnet-4')).rejects.toMatchObject({
    code: 'suite.key_missing',
    exitCode: 2,
    message: expect.stringContaining('ANTHROPIC_API_KEY is required'),
    hint: expect.stringContaining('sim/echo'),
  })
})

test("keys, servers of one's own and a proxy lead to the models", async () => {
  const { resolve } = localModels({ ANTHROPIC_API_KEY: 'k', LITELLM_PROXY_URL: 'http://localhost:4000/' })
  expect(await resolve('anthropic/claude-x')).toMatchObject({
    providerName: 'anthropic',
    baseUrl: 'https://api.anthropic.com',
    model: 'claude-x',
  })
  expect(await resolve('gpt-4o')).toMatchObject({
    providerName: 'compatible',
    model: 'gpt-4o',
    baseUrl: 'http://localhost:4000/v1',
  })
  const own = localModels({ OPENAI_BASE_URL: 'http://127.0.0.1:11434/v1' })
  expect(await own.resolve('compatible/llama3')).toMatchObject({ secret: null, baseUrl: 'http://127.0.0.1:11434/v1' })
  expect(own.allow).toContain('127.0.0.1:11434')
  expect(await own.resolve('ollama/llama3')).toMatchObject({ secret: null, baseUrl: 'http://localhost:11434/v1' })
  expect(await own.resolve('litellm/any')).toMatchObject({ model: 'any', baseUrl: 'http://localhost:4000/v1' })
})
