import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  completion,
  good,
  refusal,
  startUpstream,
  stream,
  type Play,
  type Upstream,
} from '../__fixtures__/scripted-upstream.ts'
import { startGateway, type StartedGateway } from '../__fixtures__/started-gateway.ts'

/** Callers that speak Gemini's dialect, with the same provider behind and with others. */

let upstream: Upstream
let gateway: StartedGateway

beforeAll(async () => {
  upstream = await startUpstream()
  const { host, baseUrl } = upstream
  gateway = await startGateway({
    upstreams: {
      google: { host, baseUrl: `http://${host}` },
      anthropic: { host, baseUrl: `http://${host}` },
      openai: { host, baseUrl },
      compatible: { host, baseUrl },
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

const contents = [{ role: 'user', parts: [{ text: 'Hello' }] }]
const ask = (model: string, body: object = {}, path = 'generateContent', headers: Record<string, string> = {}) =>
  fetch(`${gateway.url}/v1beta/models/${model}:${path}`, {
    method: 'POST',
    headers: { 'x-goog-api-key': gateway.key, ...headers },
    body: JSON.stringify({ contents, ...body }),
  })
const STREAM = 'streamGenerateContent?alt=sse'

const native = {
  candidates: [
    {
      content: { parts: [{ text: 'Hi.', thoughtSignature: 'R29v' }], role: 'model' },
      finishReason: 'STOP',
      index: 0,
      tomorrow: true,
    },
  ],
  usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 7, thoughtsTokenCount: 2, cachedContentTokenCount: 3 },
  modelVersion: 'gemini-2.5-flash',
}
const [candidate] = native.candidates
const nativeEvents = [
  { candidates: [{ content: { parts: [{ text: 'Hi' }], role: 'model' }, index: 0 }] },
  { ...native, candidates: [{ ...candidate, content: { parts: [{ text: '.' }], role: 'model' } }] },
]
const wire = (events: object[]): string => events.map((event) => `data: ${JSON.stringify(event)}\r\n\r\n`).join('')
type Answer = typeof native
const eventsIn = (text: string): Answer[] =>
  text
    .split(/\r?\n/)
    .filter((line) => line.startsWith('data: '))
    .map((line) => JSON.parse(line.slice(6)) as Answer)

test('to Google the bytes pass untouched, and are booked all the same', async () => {
  upstream.play(good('application/json', JSON.stringify(native)))
  const body = { safetySettings: [{ category: 'a', threshold: 'b' }], tools: [{ googleSearch: {} }] }
  const response = await ask('google%2Fgemini-2.5-flash', body)
  expect(response.status).toBe(200)
  expect(await response.text()).toBe(JSON.stringify(native))
  expect(upstream.seen[0]).toMatchObject({
    path: '/v1beta/models/gemini-2.5-flash:generateContent',
    headers: { 'x-goog-api-key': 'sk-upstream-secret-1234' },
    raw: JSON.stringify({ contents, ...body }),
  })
  expect(await gateway.rowOf(response)).toMatchObject({
    operationName: 'generate_content',
    requestModel: 'google/gemini-2.5-flash',
    status: 'completed',
    inputTokens: 5,
    cacheReadInputTokens: 3,
    outputTokens: 9,
    reasoningOutputTokens: 2,
    finishReason: 'stop',
    priced: true,
  })
})

test("Google's own stream passes untouched, its last event behind the record", async () => {
  upstream.play(good('text/event-stream', wire(nativeEvents)))
  const response = await ask('gemini-2.5-flash', {}, STREAM)
  expect(response.headers.get('content-type')).toBe('text/event-stream')
  expect(await response.text()).toBe(wire(nativeEvents))
  expect(upstream.seen[0]!.path).toBe('/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse')
  expect(await gateway.rowOf(response)).toMatchObject({ status: 'completed', stream: true, outputTokens: 9 })
})

test.each(['google/gemini-2.5-flash', 'compatible/test'])(
  '%s: without alt=sse a stream is one JSON array',
  async (model) => {
    upstream.play(model.startsWith('google') ? good('text/event-stream', wire(nativeEvents)) : stream('Hi', '.'))
    const response = await ask(model, {}, 'streamGenerateContent')
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8')
    const answers = (await response.json()) as Answer[]
    expect(answers.map((answer) => answer.candidates[0]?.content.parts[0]?.text ?? '').join('')).toBe('Hi.')
    expect(answers.at(-1)).toMatchObject({ candidates: [{ finishReason: 'STOP' }], usageMetadata: {} })
  },
)

test('the key may stand in the query, and a name without its slash in the path', async () => {
  const url = `${gateway.url}/v1beta/sim/echo:generateContent?key=${gateway.key}`
  const response = await fetch(url, { method: 'POST', body: JSON.stringify({ contents }) })
  expect(await response.json()).toMatchObject({ candidates: [{ content: { parts: [{ text: 'Hello' }] } }] })
  expect(JSON.stringify(gateway.records)).not.toContain(gateway.key)
  const elsewhere = await fetch(`${gateway.url}/v1/embeddings?key=${gateway.key}`, { method: 'POST', body: '{}' })
  expect(elsewhere.status).toBe(401)
})

test("an error of Google's keeps its status, before and after the first content", async () => {
  const error = { code: 429, message: 'Slow down', status: 'RESOURCE_EXHAUSTED' }
  const refuse: Play = (response) => {
    response.writeHead(429, { 'content-type': 'application/json', 'retry-after': '3' })
    response.end(JSON.stringify({ error }))
  }
  upstream.always(refuse)
  const refused = await ask('google/gemini-2.5-flash')
  expect(refused.status).toBe(429)
  expect(refused.headers.get('retry-after')).toBe('3')
  expect(await refused.json()).toMatchObject({ error })
  upstream.reset()
  upstream.play(good('text/event-stream', wire([nativeEvents[0]!, { error }])))
  const events = eventsIn(await (await ask('google/gemini-2.5-flash', {}, STREAM)).text())
  expect(events).toHaveLength(2)
  expect(events[1]).toMatchObject({ error: { message: 'Slow down', status: 'RESOURCE_EXHAUSTED' } })
})

test('another provider is asked in chat completions and answers in candidates', async () => {
  upstream.play((response) => completion(response, 'Hi.'))
  const response = await ask('compatible/test', {
    systemInstruction: { parts: [{ text: 'Be brief.' }] },
    generationConfig: { stopSequences: ['END'], maxOutputTokens: 100, topK: 7 },
    safetySettings: [{ category: 'a', threshold: 'b' }],
    tools: [{ functionDeclarations: [{ name: 'weather', parameters: { type: 'OBJECT' } }] }],
    toolConfig: { functionCallingConfig: { mode: 'ANY' } },
  })
  expect(await response.json()).toEqual({
    candidates: [{ index: 0, content: { role: 'model', parts: [{ text: 'Hi.' }] }, finishReason: 'STOP' }],
    usageMetadata: { promptTokenCount: 12, candidatesTokenCount: 5, totalTokenCount: 17, cachedContentTokenCount: 4 },
    modelVersion: 'test-model',
    responseId: '1',
  })
  expect(response.headers.get('x-assay-dropped')).toBe('safetySettings')
  expect(upstream.seen[0]).toMatchObject({ path: '/v1/chat/completions' })
  expect(upstream.seen[0]!.body).toEqual({
    model: 'test',
    max_tokens: 100,
    stop: ['END'],
    top_k: 7,
    tool_choice: 'required',
    tools: [{ type: 'function', function: { name: 'weather', parameters: { type: 'object' } } }],
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Hello' },
    ],
  })
})

test('what OpenAI has no word for is dropped and named as Gemini names it', async () => {
  upstream.play((response) => completion(response, 'Hi.'))
  const response = await ask('openai/gpt-4o', {
    generationConfig: { topK: 7, maxOutputTokens: 9, responseLogprobs: true },
    labels: { a: 'b' },
  })
  expect(response.headers.get('x-assay-dropped')).toBe(
    'generationConfig.topK, generationConfig.responseLogprobs, labels',
  )
  expect(upstream.seen[0]!.body).toEqual({
    model: 'gpt-4o',
    messages: [{ role: 'user', content: 'Hello' }],
    max_completion_tokens: 9,
  })
  expect(await gateway.rowOf(response)).toMatchObject({ dropped: expect.arrayContaining(['labels']) })
})

test.each([
  ['a tool of Google', { tools: [{ googleSearch: {} }] }, 'tools[0]'],
  [
    'a file at Google',
    { contents: [{ parts: [{ fileData: { fileUri: 'gs://x', mimeType: 'image/png' } }] }] },
    'messages[0].content[0]',
  ],
  ['content that only Google has', { cachedContent: 'cachedContents/1' }, 'cachedContent'],
  [
    'a kind of schema',
    { generationConfig: { responseMimeType: 'text/x.enum', responseSchema: { type: 'STRING' } } },
    'response_format',
  ],
])('%s is refused, not dropped', async (_, body, path) => {
  for (const model of ['compatible/test', 'openai/gpt-4o', 'anthropic/claude-sonnet-4-5', 'sim/echo']) {
    const response = await ask(model, body)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({
      error: {
        status: 'INVALID_ARGUMENT',
        message: expect.stringContaining(path) as string,
        details: [{ reason: 'gateway.untranslatable' }],
      },
    })
  }
  expect(upstream.seen).toHaveLength(0)
})

test('thinking of Claude returns to it on the second turn with a tool', async () => {
  const blocks = [
    { type: 'thinking', thinking: 'Hm.', signature: 'c2ln' },
    { type: 'text', text: 'Let me look.' },
    { type: 'tool_use', id: 'toolu_1', name: 'weather', input: { city: 'Oslo' } },
  ]
  const message = {
    type: 'message',
    model: 'claude-sonnet-4-5',
    content: blocks,
    stop_reason: 'tool_use',
    usage: { input_tokens: 1, output_tokens: 2 },
  }
  upstream.always(good('application/json', JSON.stringify(message)))
  const tools = [{ functionDeclarations: [{ name: 'weather', parameters: { type: 'OBJECT' } }] }]
  const answer = (await (await ask('anthropic/claude-sonnet-4-5', { tools })).json()) as Answer
  const said = answer.candidates[0]!.content
  expect(said.parts).toMatchObject([
    { text: 'Hm.', thought: true },
    { text: 'Let me look.' },
    { functionCall: { id: 'toolu_1', name: 'weather', args: { city: 'Oslo' } }, thoughtSignature: expect.any(String) },
  ])
  const result = { role: 'user', parts: [{ functionResponse: { name: 'weather', response: { output: 'rain' } } }] }
  await ask('anthropic/claude-sonnet-4-5', { tools, contents: [...contents, said, result] })
  expect(upstream.seen[1]!.body['messages']).toMatchObject([
    { role: 'user' },
    { role: 'assistant', content: blocks },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'rain' }] },
  ])
  // The same conversation goes on at Google itself, which would refuse Claude's signature.
  upstream.always(good('application/json', JSON.stringify(native)))
  await ask('google/gemini-3-pro-preview', { tools, contents: [...contents, said, result] })
  expect(upstream.seen[2]!.body['contents']).toMatchObject([
    {},
    { parts: [{ thought: true }, {}, { thoughtSignature: 'skip_thought_signature_validator' }] },
    {},
  ])
})

test('errors are told as Google tells them, whoever made them', async () => {
  upstream.play(refusal(429), refusal(429), refusal(429))
  const refused = await ask('compatible/test')
  expect(refused.status).toBe(429)
  expect(await refused.json()).toMatchObject({
    error: { code: 429, status: 'RESOURCE_EXHAUSTED', message: 'refused with 429' },
  })
  const told = async (response: Response) => [response.status, ((await response.json()) as { error: object }).error]
  expect(await told(await ask('sim/ecko'))).toMatchObject([404, { status: 'NOT_FOUND' }])
  expect(await told(await ask('sim/echo', { contents: [] }))).toMatchObject([400, { status: 'INVALID_ARGUMENT' }])
  expect(await told(await ask('sim/%zz'))).toMatchObject([400, { status: 'INVALID_ARGUMENT' }])
  expect(await told(await ask('sim/echo', {}, 'generateContent', { 'x-goog-api-key': 'as_live_wrong' }))).toMatchObject(
    [401, { status: 'UNAUTHENTICATED' }],
  )
  expect(await told(await ask('sim/echo', {}, 'dreamContent'))).toMatchObject([405, { code: 405 }])
  expect(await told(await fetch(`${gateway.url}/v1beta/nothing`, { method: 'POST' }))).toMatchObject([
    404,
    { status: 'NOT_FOUND' },
  ])
})
