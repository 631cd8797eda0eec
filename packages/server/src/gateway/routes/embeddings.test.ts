import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { good, refusal, startUpstream, type Upstream } from '../__fixtures__/scripted-upstream.ts'
import { startGateway, type StartedGateway } from '../__fixtures__/started-gateway.ts'

/** Embeddings: asked as OpenAI or Gemini is asked, made by OpenAI's API, by Gemini's or by the simulator. */

let upstream: Upstream
let gateway: StartedGateway

beforeAll(async () => {
  upstream = await startUpstream()
  const { host, baseUrl } = upstream
  gateway = await startGateway({
    upstreams: {
      openai: { host, baseUrl },
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
    headers: { authorization: `Bearer ${gateway.key}` },
    body: JSON.stringify(body),
  })
const embed = (body: object) => post('/v1/embeddings', body)

const openai = {
  object: 'list',
  data: [
    { object: 'embedding', index: 0, embedding: [0.5, -0.25] },
    { object: 'embedding', index: 1, embedding: [0.125, 1e-5] },
  ],
  model: 'text-embedding-3-small',
  usage: { prompt_tokens: 9, total_tokens: 9 },
}
const google = { embeddings: [{ values: [0.5, -0.25] }, { values: [0.125, 1] }] }

test("OpenAI's embeddings, booked and priced by their input", async () => {
  upstream.play(good('application/json', JSON.stringify(openai)))
  const body = { input: ['a', 'b'], dimensions: 2, user: 'u', encoding_format: 'float', some_field_of_tomorrow: 1 }
  const response = await embed({ model: 'openai/text-embedding-3-small', ...body })
  expect(await response.json()).toEqual(openai)
  expect(response.headers.get('x-assay-cost-usd')).toBe('0.00000018')
  expect(upstream.seen[0]).toMatchObject({ path: '/v1/embeddings' })
  expect(upstream.seen[0]!.body).toEqual({ model: 'text-embedding-3-small', ...body })
  expect(await gateway.rowOf(response)).toMatchObject({
    operationName: 'embeddings',
    status: 'completed',
    inputTokens: 9,
    outputTokens: 0,
    costNanoUsd: 180,
    savingNanoUsd: null,
    complexity: null,
    estimated: false,
  })
})

test.each([['one text'], [[1, 2, 3]], [[[1, 2], [3]]]])('the input %j goes as it came', async (input) => {
  upstream.play(good('application/json', JSON.stringify(openai)))
  expect((await embed({ model: 'text-embedding-3-small', input })).status).toBe(200)
  expect(upstream.seen[0]!.body['input']).toEqual(input)
})

test("Gemini's embeddings in OpenAI's form, in base64 too", async () => {
  upstream.always(good('application/json', JSON.stringify(google)))
  const response = await embed({
    model: 'google/gemini-embedding-001',
    input: ['a', 'b'],
    dimensions: 2,
    user: 'u',
  })
  expect(await response.json()).toMatchObject({ object: 'list', data: [{ embedding: [0.5, -0.25] }, { index: 1 }] })
  expect(response.headers.get('x-assay-dropped')).toBe('user')
  expect(upstream.seen[0]).toMatchObject({
    path: '/v1beta/models/gemini-embedding-001:batchEmbedContents',
    body: {
      requests: ['a', 'b'].map((text) => ({
        model: 'models/gemini-embedding-001',
        content: { parts: [{ text }] },
        outputDimensionality: 2,
      })),
    },
  })
  expect(await gateway.rowOf(response)).toMatchObject({ status: 'completed', estimated: true, outputTokens: 0 })
  const packed = await embed({ model: 'google/gemini-embedding-001', input: ['a', 'b'], encoding_format: 'base64' })
  const { data } = (await packed.json()) as { data: { embedding: string }[] }
  expect(new Float32Array(new Uint8Array(Buffer.from(data[0]!.embedding, 'base64')).buffer)).toEqual(
    new Float32Array([0.5, -0.25]),
  )
})

const content = (text: string) => ({ parts: [{ text }] })

test("Gemini's callers reach Gemini with all they say, and others with what those understand", async () => {
  upstream.play(
    good('application/json', JSON.stringify({ embeddings: [google.embeddings[0]] })),
    good('application/json', JSON.stringify(openai)),
  )
  const settings = { taskType: 'RETRIEVAL_QUERY', outputDimensionality: 2 }
  const one = await post('/v1beta/models/gemini-embedding-001:embedContent', { content: content('a'), ...settings })
  expect(await one.json()).toEqual({ embedding: { values: [0.5, -0.25] } })
  expect(upstream.seen[0]!.body).toEqual({
    requests: [{ content: content('a'), ...settings, model: 'models/gemini-embedding-001' }],
  })
  const requests = ['a', 'b'].map((text) => ({ model: 'models/x', content: content(text), ...settings }))
  const many = await post('/v1beta/models/openai/text-embedding-3-small:batchEmbedContents', { requests })
  expect(await many.json()).toEqual({
    embeddings: openai.data.map(({ embedding: values }) => ({ values })),
    usageMetadata: { promptTokenCount: 9, totalTokenCount: 9 },
  })
  expect(many.headers.get('x-assay-dropped')).toBe('taskType')
  expect(upstream.seen[1]!.body).toEqual({
    model: 'text-embedding-3-small',
    input: ['a', 'b'],
    dimensions: 2,
    encoding_format: 'float',
  })
})

test('the simulator has embeddings that tell likeness', async () => {
  const vectors = async (input: string[]) => {
    const response = await embed({ model: 'sim/embed', input, dimensions: 64 })
    return ((await response.json()) as typeof openai).data.map(({ embedding }) => embedding)
  }
  const [cat, cats, money] = await vectors(['The cat sat.', 'A cat was sitting.', 'Interest rates rose.'])
  const dot = (a: number[], b: number[]) => a.reduce((sum, value, place) => sum + value * b[place]!, 0)
  expect(cat).toHaveLength(64)
  expect(dot(cat!, cat!)).toBeCloseTo(1, 5)
  expect(dot(cat!, cats!)).toBeGreaterThan(dot(cat!, money!))
  expect(await vectors(['The cat sat.'])).toEqual([cat])
})

test.each([
  ['anthropic/claude-sonnet-4-5', { input: 'a' }, 'gateway.no_embeddings'],
  ['sim/echo', { input: 'a' }, 'gateway.no_embeddings'],
  ['google/gemini-embedding-001', { input: [1, 2] }, 'gateway.untranslatable'],
  ['auto', { input: 'a' }, 'input.invalid'],
  ['sim/embed', { input: [] }, 'input.invalid'],
  ['sim/embed', {}, 'input.invalid'],
])('%s and %j are refused: %s %s', async (model, body, code) => {
  const response = await embed({ model, ...body })
  expect(response.status).toBe(code === 'input.invalid' ? response.status : 400)
  expect(await response.json()).toMatchObject({ error: { code, message: expect.any(String) as string } })
  expect(upstream.seen).toHaveLength(0)
})

test('a model for embeddings does not chat', async () => {
  const response = await gateway.ask({ model: 'sim/embed', messages: [{ role: 'user', content: 'Hello' }] })
  expect(response.status).toBe(400)
  expect(await response.json()).toMatchObject({ error: { code: 'gateway.only_embeddings' } })
})

test("a provider's refusal keeps its status and words, in the dialect of the caller", async () => {
  upstream.always(refusal(400, { message: 'too long', code: 400, status: 'INVALID_ARGUMENT' }))
  const response = await embed({ model: 'google/gemini-embedding-001', input: 'a' })
  expect(response.status).toBe(400)
  expect(await response.json()).toMatchObject({ error: { message: 'too long', type: 'invalid_request_error' } })
  upstream.always(good('application/json', '{"object":"list","data":[]}'))
  const empty = await post('/v1beta/models/openai/text-embedding-3-small:embedContent', { content: content('a') })
  expect(empty.status).toBe(502)
  expect(await empty.json()).toMatchObject({ error: { code: 502, status: 'UNAVAILABLE' } })
})
