import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { freshQuestion, slowly, startCachedService, type CachedService } from './__fixtures__/cached-service.ts'

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

test('one down on a fresh answer invalidates it with the reason, and the next request calls again', async () => {
  const question = freshQuestion()
  const first = await service.ask(question)
  const said = await service.vote(first, { vote: 'down', comment: 'wrong' })
  expect(said.body).toMatchObject({
    feedback: { vote: 'down', comment: 'wrong', rating: null },
    cache: { downvotes: 1, invalidated: true },
    testCase: { method: 'post' },
  })
  const [entry] = await service.entries('?state=invalidated')
  expect(entry).toMatchObject({ invalidated: true, invalidationReason: 'downvotes' })
  expect(cacheOf(await service.ask(question))).toBe('miss')
})

test('with two ups one down stays, and whoever voted down never gets it again', async () => {
  const question = freshQuestion()
  const first = await service.ask(question)
  const [ada, bob, eve] = [await service.key(), await service.key(), await service.key()]
  const hits = [
    await service.ask(question, {}, ada),
    await service.ask(question, {}, bob),
    await service.ask(question, {}, eve),
  ]
  expect(hits.map(cacheOf)).toEqual(['hit', 'hit', 'hit'])
  await service.vote(hits[0]!, { vote: 'up' }, { key: ada })
  await service.vote(hits[1]!, { rating: 5 }, { key: bob })
  const down = await service.vote(hits[2]!, { rating: 1 }, { key: eve })
  expect(down.body.cache).toMatchObject({ upvotes: 2, downvotes: 1, qualityScore: 0.6, invalidated: false })
  expect(cacheOf(await service.ask(question, {}, eve))).toBe('bypass')
  expect(cacheOf(await service.ask(question, {}, ada))).toBe('hit')
  // The same voter changes its mind.
  await service.vote(hits[2]!, { rating: 3 }, { key: eve })
  expect(cacheOf(await service.ask(question, {}, eve))).toBe('hit')
  expect(first.status).toBe(200)
})

test('the users of one key are voters of their own', async () => {
  const question = freshQuestion()
  const user = (name: string) => ({ 'x-assay-user': name })
  await service.ask(question)
  const [ada, bob] = [await service.ask(question, user('ada')), await service.ask(question, user('bob'))]
  await service.vote(ada, { vote: 'up' })
  await service.vote(ada, { vote: 'up' }, { headers: user('carl') })
  const down = await service.vote(bob, { vote: 'down' })
  expect(down.body.cache).toMatchObject({ upvotes: 2, downvotes: 1 })
  expect(cacheOf(await service.ask(question, user('bob')))).toBe('bypass')
  expect(cacheOf(await service.ask(question, user('ada')))).toBe('hit')
})

test('a pinned answer is only flagged', async () => {
  const question = freshQuestion()
  const first = await service.ask(question)
  const [entry] = await service.entries(`?text=${encodeURIComponent(question.messages[0]!.content)}`)
  await service.call(`PATCH /api/v1/cache/${entry!.key}`, { body: { pinned: true } })
  await service.vote(first, { vote: 'down' })
  expect(await service.entries('?state=flagged')).toMatchObject([{ key: entry!.key, flagged: true }])
  expect(cacheOf(await service.ask(question, {}, await service.key()))).toBe('hit')
})

test('any request takes a voice, and a voice is a vote or a rating', async () => {
  const response = await service.ask({ ...freshQuestion(), temperature: 1 })
  const said = await service.vote(response, { rating: 2, comment: 'meh' })
  expect(said).toMatchObject({
    status: 200,
    body: { cache: null, feedback: { vote: 'down', rating: 2, cacheKey: null } },
  })
  const id = response.headers.get('x-assay-request-id')
  const listed = await service.call<{ items: object[] }>(`GET /api/v1/feedback?requestId=${id}`)
  expect(listed.body.items).toHaveLength(1)
  for (const body of [
    {},
    { vote: 'up', rating: 4 },
    { rating: 6 },
    { vote: 'sideways' },
    { vote: 'up', comment: 'x'.repeat(2_001) },
  ]) {
    expect((await service.vote(response, body)).status).toBe(400)
  }
  const unknown = { requestId: '01920000-0000-7000-8000-00000000dead', vote: 'up' }
  const missing = await service.call('POST /api/v1/feedback', { body: unknown })
  expect(missing.status).toBe(404)
}, 20_000)
