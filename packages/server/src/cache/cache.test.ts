import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  freshQuestion,
  slowly,
  startCachedService,
  wholeAnswer,
  type CachedService,
} from './__fixtures__/cached-service.ts'
import { makeCaller, makeWorkspace } from '../__fixtures__/callers.ts'
import { good, refusal } from '../gateway/__fixtures__/scripted-upstream.ts'

let service: CachedService
beforeAll(async () => {
  service = await startCachedService()
})
afterAll(() => service[Symbol.asyncDispose]())
beforeEach(() => {
  service.upstream.reset()
  service.upstream.always(slowly(0))
})

const cacheOf = (response: Response): string | null => response.headers.get('x-assay-cache')
const calls = (): number => service.upstream.seen.length
const textOf = async (response: Response): Promise<string> =>
  ((await response.json()) as { choices: { message: { content: string } }[] }).choices[0]!.message.content

test('an equal request at temperature 0 is answered from the cache: no call, no cost, the tokens of the original', async () => {
  const question = freshQuestion()
  const first = await service.ask(question)
  const second = await service.ask(question)
  expect([cacheOf(first), cacheOf(second)]).toEqual(['miss', 'hit'])
  expect(await first.text()).toBe(await second.text())
  expect(calls()).toBe(1)
  expect(second.headers.get('x-assay-cost-usd')).toBe('0')
  expect(second.headers.get('x-assay-route')).toContain('compatible/test-model')
  const [original, hit] = [await service.rowOf(first), await service.rowOf(second)]
  expect(hit).toMatchObject({
    cache: 'hit',
    cachedFrom: original.id,
    costNanoUsd: 0,
    attempts: [],
    status: 'completed',
    inputTokens: original.inputTokens,
    outputTokens: original.outputTokens,
    cacheSavedNanoUsd: original.costNanoUsd,
  })
  expect(hit.cacheSavedMs).toBeGreaterThan(0)
  const [entry] = await service.entries(`?text=${encodeURIComponent(question.messages[0]!.content)}`)
  expect(entry).toMatchObject({ hitCount: 1, requestId: original.id, model: 'test-model', qualityScore: 0.5 })
})

test('each field that decides the answer, and each other place, misses', async () => {
  const question = freshQuestion()
  const other = await service.key({ cachePolicy: { mode: 'on', perUser: true } })
  expect(cacheOf(await service.ask(question))).toBe('miss')
  const changes: object[] = [
    { messages: [{ role: 'system', content: 'Be brief.' }, ...question.messages] },
    { temperature: 0.5 },
    { top_p: 0.9 },
    { seed: 1 },
    { max_tokens: 9 },
    { stop: ['x'] },
    { n: 2 },
    { logit_bias: { 1: 2 } },
    { reasoning_effort: 'low' },
    { tools: [{ type: 'function', function: { name: 'look' } }] },
    { tool_choice: 'none' },
    { response_format: { type: 'json_object' } },
    { model: 'compatible/other-model' },
    { field_of_the_future: 1 },
  ]
  for (const change of changes) {
    const response = await service.ask({ ...question, ...change }, { 'x-assay-cache': 'on' })
    expect([change, cacheOf(response)]).toEqual([change, 'miss'])
  }
  for (const user of ['ada', 'bob']) {
    const response = await service.ask(question, { 'x-assay-user': user }, other)
    expect(cacheOf(response)).toBe('miss')
    expect(cacheOf(await service.ask(question, { 'x-assay-user': user }, other))).toBe('hit')
  }
  expect(cacheOf(await service.ask({ ...question, stream: true, user: 'x', metadata: {} }))).toBe('hit')
})

test('another workspace that asks the same of the same place misses', async () => {
  const question = freshQuestion()
  const otherId = await makeWorkspace(service.app, 'other')
  const { headers } = await makeCaller(service.app, { workspaceId: otherId, scope: 'admin' })
  const elsewhere = (route: string, body: object) => service.call<{ key: string }>(route, { key: null, headers, body })
  await elsewhere('POST /api/v1/credentials', {
    provider: 'compatible',
    name: 'compatible',
    baseUrl: service.upstream.baseUrl,
    secret: 'sk-test-secret-123',
  })
  const { key } = (await elsewhere('POST /api/v1/gateway-keys', { name: 'app', scopes: ['inference'] })).body
  expect(cacheOf(await service.ask(question))).toBe('miss')
  expect(cacheOf(await service.ask(question))).toBe('hit')
  expect(cacheOf(await service.ask(question, {}, key))).toBe('miss')
  expect(cacheOf(await service.ask(question, {}, key))).toBe('hit')
})

test('a request that shall leave no words behind leaves no answer in the cache either', async () => {
  const question = freshQuestion()
  const silent = { 'x-assay-retention': 'none', 'x-assay-cache': 'on' }
  expect(cacheOf(await service.ask(question, silent))).toBe('off')
  expect(cacheOf(await service.ask(question, silent))).toBe('off')
  expect(cacheOf(await service.ask(question))).toBe('miss')
})

test('at another temperature the cache plays no part until the caller or the key asks for it', async () => {
  const question = { ...freshQuestion(), temperature: 0.7 }
  expect(cacheOf(await service.ask(question))).toBe('off')
  expect(cacheOf(await service.ask(question))).toBe('off')
  expect(cacheOf(await service.ask(question, { 'x-assay-cache': 'on' }))).toBe('miss')
  expect(cacheOf(await service.ask(question, { 'x-assay-cache': 'on' }))).toBe('hit')
  const keen = await service.key({ cachePolicy: { mode: 'on' } })
  expect(cacheOf(await service.ask(question, {}, keen))).toBe('hit')
  const shy = await service.key({ cachePolicy: { mode: 'off' } })
  expect(cacheOf(await service.ask({ ...question, temperature: 0 }, {}, shy))).toBe('off')
  expect(cacheOf(await service.ask({ ...question, temperature: 0 }, { 'x-assay-cache': 'off' }))).toBe('off')
})

test('`refresh` brings a fresh answer in place of the kept one, `only` brings none that is not kept', async () => {
  const question = freshQuestion()
  const only = await service.ask(question, { 'x-assay-cache': 'only' })
  expect(only.status).toBe(404)
  expect(await only.json()).toMatchObject({ error: { code: 'gateway.cache_miss' } })
  service.upstream.play(good('application/json', wholeAnswer('old')), good('application/json', wholeAnswer('new')))
  expect(await textOf(await service.ask(question))).toBe('old')
  const refreshed = await service.ask(question, { 'x-assay-cache': 'refresh' })
  expect([cacheOf(refreshed), await textOf(refreshed)]).toEqual(['bypass', 'new'])
  const kept = await service.ask(question, { 'x-assay-cache': 'only' })
  expect([cacheOf(kept), await textOf(kept)]).toEqual(['hit', 'new'])
  expect(calls()).toBe(2)
})

test('a time to live is kept to, and one that is too long is refused', async () => {
  const question = freshQuestion()
  await service.ask(question, { 'x-assay-cache-ttl': '1' })
  const [entry] = await service.entries(`?text=${encodeURIComponent(question.messages[0]!.content)}`)
  expect(Date.parse(entry!.expiresAt) - Date.parse(entry!.createdAt)).toBe(1_000)
  await new Promise((resolve) => setTimeout(resolve, 1_050))
  expect(cacheOf(await service.ask(question))).toBe('miss')
  const refused = await service.ask(question, { 'x-assay-cache-ttl': '2592001' })
  expect(refused.status).toBe(400)
})

test('an answer that was cut, refused, failed or too large is not kept', async () => {
  const whole = (content: string, finish?: string) => good('application/json', wholeAnswer(content, finish))
  for (const play of [
    whole('cut', 'length'),
    whole('', 'content_filter'),
    whole('x'.repeat(1_100_000)),
    refusal(400),
  ]) {
    const question = freshQuestion()
    service.upstream.play(play)
    await (await service.ask(question)).text()
    expect(cacheOf(await service.ask(question))).toBe('miss')
  }
  const search = { ...freshQuestion(), web_search_options: {} }
  await service.ask(search)
  expect(cacheOf(await service.ask(search))).toBe('bypass')
})

test('what is kept outlives the process’s memory and is found again by one look', async () => {
  const question = freshQuestion()
  await (await service.ask(question)).text()
  const [entry] = await service.entries(`?text=${encodeURIComponent(question.messages[0]!.content)}`)
  service.app.cache.forget([entry!.key])
  expect(cacheOf(await service.ask(question))).toBe('hit')
  expect(calls()).toBe(1)
})

test('a kept answer is found by its key, and a key that nothing has is not found', async () => {
  const question = freshQuestion()
  await service.ask(question)
  const [entry] = await service.entries(`?text=${encodeURIComponent(question.messages[0]!.content)}`)
  const unknown = 'f'.repeat(64)
  const [there, nowhere] = [
    await service.call(`GET /api/v1/cache/${entry!.key}`),
    await service.call(`GET /api/v1/cache/${unknown}`),
  ]
  expect([there.status, nowhere.status]).toEqual([200, 404])
})

test('answers are read, pinned, invalidated and removed, and each change is seen by the next request', async () => {
  const question = freshQuestion()
  await service.ask(question, { 'x-assay-tags': 'team=blue' })
  const text = encodeURIComponent(question.messages[0]!.content)
  const { key } = (await service.entries(`?text=${text}`))[0]!
  const shown = await service.call<{ answer: { choices: { message: { content: string } }[] } }>(
    `GET /api/v1/cache/${key}`,
  )
  expect(shown.body.answer.choices[0]!.message.content).toContain('You said')
  const body = { pinned: true, ttlSeconds: 60 }
  expect(await service.call(`PATCH /api/v1/cache/${key}`, { body })).toMatchObject({ body: { pinned: true } })
  expect(await service.call('POST /api/v1/cache/invalidate', { body: {} })).toMatchObject({ status: 400 })
  const invalidated = await service.call('POST /api/v1/cache/invalidate', { body: { tag: 'team=blue' } })
  expect(invalidated.body).toEqual({ count: 1 })
  expect(cacheOf(await service.ask(question))).toBe('miss')
  expect(await service.call(`DELETE /api/v1/cache/${key}`)).toMatchObject({ status: 200 })
  expect(await service.call(`DELETE /api/v1/cache/${key}`)).toMatchObject({ status: 404 })
  expect(cacheOf(await service.ask(question))).toBe('miss')
  const { body: summary } = await service.call<{ hits: number; misses: number; entries: number }>(
    'GET /api/v1/cache/summary?hours=1',
  )
  expect(summary.entries).toBeGreaterThan(0)
})
