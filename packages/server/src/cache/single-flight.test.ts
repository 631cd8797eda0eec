import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { freshQuestion, pause, slowly, startCachedService, type CachedService } from './__fixtures__/cached-service.ts'
import { refusal } from '../gateway/__fixtures__/scripted-upstream.ts'

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
const twenty = <Result>(work: (index: number) => Promise<Result>): Promise<Result[]> =>
  Promise.all(Array.from({ length: 20 }, (_, index) => work(index)))

test('twenty equal requests at once call once, and nineteen of them cost nothing', async () => {
  service.upstream.always(slowly(150))
  const question = freshQuestion()
  const responses = await twenty(() => service.ask(question))
  const texts = new Set(await Promise.all(responses.map((response) => response.text())))
  expect(service.upstream.seen).toHaveLength(1)
  expect(texts.size).toBe(1)
  expect(responses.filter((response) => cacheOf(response) === 'miss')).toHaveLength(1)
  const rows = await Promise.all(responses.map(service.rowOf))
  expect(rows.filter(({ costNanoUsd, cachedFrom }) => costNanoUsd === 0 && cachedFrom !== null)).toHaveLength(19)
})

test('those who follow a stream receive it live from its first chunk, each with the usage it asked for', async () => {
  service.upstream.always(slowly(60))
  const question = freshQuestion()
  const leading = await service.ask({ ...question, stream: true })
  await pause(120)
  const follow = async (body: object): Promise<{ text: string; firstMs: number; totalMs: number }> => {
    const begun = performance.now()
    const response = await service.ask({ ...question, ...body, stream: true })
    let text = ''
    let firstMs = 0
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      firstMs ||= performance.now() - begun
      text += chunk
    }
    return { text, firstMs, totalMs: performance.now() - begun }
  }
  const [plain, counted, lead] = await Promise.all([
    follow({}),
    follow({ stream_options: { include_usage: true } }),
    leading.text(),
  ])
  expect(service.upstream.seen).toHaveLength(1)
  expect(plain.text).toBe(lead)
  expect(plain.text.endsWith('data: [DONE]\n\n')).toBe(true)
  expect(plain.text).not.toContain('"usage":{')
  expect(counted.text).toContain('"total_tokens":17')
  expect(counted.text.match(/"role":"assistant"/g)).toHaveLength(1)
  expect(plain.firstMs).toBeLessThan(plain.totalMs / 2)
})

test('a whole answer is waited for by those who stream, and a stream by those who do not', async () => {
  service.upstream.always(slowly(80))
  for (const stream of [true, false]) {
    const question = freshQuestion()
    const leading = service.ask({ ...question, stream })
    await pause(40)
    const following = await service.ask({ ...question, stream: !stream })
    const [lead, follow] = [await (await leading).text(), await following.text()]
    expect([lead, follow].every((text) => text.includes('said'))).toBe(true)
    expect(cacheOf(following)).toBe('hit')
  }
  expect(service.upstream.seen).toHaveLength(2)
})

test('when the call fails, each goes alone', async () => {
  service.upstream.play(async (response, seen) => {
    await pause(150)
    await refusal(400)(response, seen)
  })
  const question = freshQuestion()
  const responses = await twenty(() => service.ask(question))
  const statuses = responses.map(({ status }) => status).toSorted((a, b) => a - b)
  expect(statuses).toEqual([...Array.from({ length: 19 }, () => 200), 400])
  expect(service.upstream.seen).toHaveLength(20)
})

test('whoever leads may leave: the call goes on for those who wait, and ends when they have left too', async () => {
  service.upstream.always(slowly(150))
  const question = freshQuestion()
  const leaving = new AbortController()
  const ask = (signal?: AbortSignal) =>
    fetch(`${service.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${service.appKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'compatible/test-model', temperature: 0, ...question }),
      ...(signal ? { signal } : {}),
    })
  const leading = ask(leaving.signal).catch(() => null)
  await pause(50)
  const following = ask()
  await pause(30)
  leaving.abort()
  expect(await leading).toBeNull()
  expect(cacheOf(await following)).toBe('hit')
  expect(service.upstream.seen).toHaveLength(1)
  expect(service.upstream.seen[0]!.closedEarlyAt).toBeNull()
})

test('answers with nonces are never mixed up, half of them left, in every form', async () => {
  service.upstream.always(slowly(2))
  let mixed = 0
  let whole = 0
  const one = async (index: number): Promise<void> => {
    const nonce = `nonce-${index % 97}-${Math.floor(index / 400)}`
    const leaving = new AbortController()
    const isLeaving = index % 2 === 1
    if (isLeaving) setTimeout(() => leaving.abort(), index % 13)
    try {
      const response = await fetch(`${service.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${service.appKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          model: 'compatible/test-model',
          temperature: 0,
          stream: index % 3 === 0,
          messages: [{ role: 'user', content: nonce }],
        }),
        signal: leaving.signal,
      })
      const found = new Set((await response.text()).match(/nonce-\d+-\d+/g))
      if (found.size !== 1 || !found.has(nonce)) mixed++
      whole++
    } catch (error) {
      if (!isLeaving) throw error
    }
  }
  for (let start = 0; start < 1_200; start += 100) {
    await Promise.all(Array.from({ length: 100 }, (_, index) => one(start + index)))
  }
  expect(mixed).toBe(0)
  expect(whole).toBeGreaterThanOrEqual(600)
}, 60_000)
