import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { good, refusal, startUpstream, type Upstream } from '../__fixtures__/scripted-upstream.ts'
import { startGateway, type StartedGateway } from '../__fixtures__/started-gateway.ts'

/** Counting the tokens of a request, in both dialects that can ask for it. */

let upstream: Upstream
let gateway: StartedGateway

beforeAll(async () => {
  upstream = await startUpstream()
  const { host, baseUrl } = upstream
  gateway = await startGateway({
    upstreams: {
      compatible: { host, baseUrl },
      google: { host, baseUrl: `http://${host}` },
      anthropic: { host, baseUrl: `http://${host}` },
    },
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

const post = (path: string, body: object) =>
  fetch(`${gateway.url}${path}`, {
    method: 'POST',
    headers: { 'x-api-key': gateway.key, 'anthropic-beta': 'some-beta' },
    body: JSON.stringify(body),
  })
const messages = [{ role: 'user', content: 'Hello there' }]
const asClaude = (model: string, body: object = {}) => post('/v1/messages/count_tokens', { model, messages, ...body })
const contents = [{ role: 'user', parts: [{ text: 'Hello there' }] }]
const asGemini = (model: string, body: object = { contents }) => post(`/v1beta/models/${model}:countTokens`, body)

const claudeCounts = good('application/json', '{"input_tokens":11}')
const geminiCounts = good('application/json', '{"totalTokens":12,"promptTokensDetails":[]}')

test('each provider counts what its own callers ask', async () => {
  upstream.play(claudeCounts, geminiCounts, geminiCounts)
  const claude = await asClaude('anthropic/claude-sonnet-4-5', { tools: [{ type: 'bash_20250124', name: 'bash' }] })
  expect(await claude.json()).toEqual({ input_tokens: 11 })
  expect(claude.headers.get('x-assay-estimated')).toBeNull()
  const gemini = await asGemini('gemini-2.5-flash')
  expect(await gemini.json()).toEqual({ totalTokens: 12 })
  const generateContentRequest = { model: 'models/google/gemini-2.5-flash', contents, tools: [{ googleSearch: {} }] }
  await asGemini('google/gemini-2.5-flash', { generateContentRequest })
  expect(upstream.seen).toMatchObject([
    {
      path: '/v1/messages/count_tokens',
      headers: { 'x-api-key': 'sk-upstream-secret-1234', 'anthropic-beta': 'some-beta' },
      body: { model: 'claude-sonnet-4-5', messages, tools: [{ type: 'bash_20250124' }] },
    },
    { path: '/v1beta/models/gemini-2.5-flash:countTokens', raw: JSON.stringify({ contents }) },
    { body: { generateContentRequest: { model: 'models/gemini-2.5-flash', tools: [{ googleSearch: {} }] } } },
  ])
  expect(gateway.records).toHaveLength(0)
})

test('each also counts what callers of the other ask', async () => {
  upstream.play(geminiCounts, claudeCounts)
  expect(await (await asClaude('google/gemini-2.5-flash', { system: 'Be brief.' })).json()).toEqual({
    input_tokens: 12,
  })
  expect(await (await asGemini('anthropic/claude-sonnet-4-5')).json()).toEqual({ totalTokens: 11 })
  expect(upstream.seen[0]!.body).toEqual({
    generateContentRequest: {
      model: 'models/gemini-2.5-flash',
      systemInstruction: { parts: [{ text: 'Be brief.' }] },
      contents,
      generationConfig: { maxOutputTokens: 1 },
    },
  })
  expect(upstream.seen[1]!.body).toEqual({
    model: 'claude-sonnet-4-5',
    messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello there' }] }],
  })
})

test.each(['compatible/test', 'sim/echo'])('%s does not count: the number is estimated, and says so', async (model) => {
  for (const response of [await asClaude(model), await asGemini(model)]) {
    expect(response.headers.get('x-assay-estimated')).toBe('true')
    expect(Object.values((await response.json()) as object)).toEqual([7])
  }
  expect(upstream.seen).toHaveLength(0)
})

test('what goes wrong is told in the dialect of the caller', async () => {
  upstream.play(refusal(404, { type: 'not_found_error', message: 'no such model' }), good('text/html', '<html>'))
  const missing = await asClaude('anthropic/claude-none')
  expect(missing.status).toBe(404)
  expect(await missing.json()).toMatchObject({
    type: 'error',
    error: { type: 'not_found_error', message: 'no such model' },
  })
  const page = await asGemini('google/gemini-2.5-flash')
  expect(page.status).toBe(502)
  expect(await page.json()).toMatchObject({ error: { code: 502, status: 'UNAVAILABLE' } })
  expect((await asGemini('google/gemini-2.5-flash', {})).status).toBe(400)
})
