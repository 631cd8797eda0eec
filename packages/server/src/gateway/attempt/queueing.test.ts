import { AssayError } from '@assay/core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { completion, refusal, startUpstream, stream, type Upstream } from '../__fixtures__/scripted-upstream.ts'
import { eventually, startGateway, type StartedGateway } from '../__fixtures__/started-gateway.ts'
import { createLines } from './lines.ts'

/** What becomes of requests that meet a provider, or a key, that takes no more just now. */

let upstream: Upstream
let gateway: StartedGateway
const lines = createLines({ now: Date.now })
const active = { count: 0, most: 2 }
beforeAll(async () => {
  upstream = await startUpstream()
  gateway = await startGateway({
    upstreams: { openai: upstream },
    holder: { maxConcurrency: 2 },
    parts: {
      patience: { mostRetries: 2 },
      lines,
      limits: {
        enter: () => {
          if (active.count >= active.most) {
            const details = { limit: 'maxConcurrency', allowed: active.most, needed: 1, retryAfterMs: 1_000 } as const
            throw new AssayError('gateway.rate_limited', details)
          }
          active.count++
          return () => void active.count--
        },
        reserve: () => ({ remainingNanoUsd: null, holds: [], settle: () => {} }),
      },
    },
  })
})
beforeEach(() => {
  upstream.reset()
  gateway.reset()
  active.most = 1_000
})
afterAll(async () => {
  await gateway.close()
  await upstream.close()
})

const ask = (name: string, headers: Record<string, string> = {}, more: object = {}, signal?: AbortSignal) =>
  gateway.ask({ model: 'openai/test', messages: [{ role: 'user', content: name }], ...more }, headers, signal)
const patient = { 'x-assay-timeout-ms': '10000' }
const isWaiting = (count: number) => eventually(() => (lines.waiting() === count ? true : undefined))
const namesSeen = (): string[] =>
  upstream.seen.map(({ body }) => (body['messages'] as { content: string }[])[0]!.content)

/** Refuses all until the time has come. */
const limitUntil = (at: number) =>
  upstream.always((response, seen) =>
    Date.now() < at
      ? refusal(429, undefined, { 'retry-after': '1' })(response, seen)
      : completion(response, 'after the wait'),
  )

test('those who say how long they wait are answered in their order when the provider takes more', async () => {
  limitUntil(Date.now() + 900)
  const asked: Promise<Response>[] = []
  for (const [index, name] of ['a', 'b', 'c', 'd', 'e'].entries()) {
    asked.push(ask(name, patient))
    await isWaiting(index + 1)
  }
  const answers = await Promise.all(asked)
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
  // Only the first asked in vain; the others came after it.
  expect(namesSeen()).toEqual(['a', 'a', 'b', 'c', 'd', 'e'])
  expect(lines.waiting()).toBe(0)
  const row = await gateway.rowOf(answers[0]!)
  expect(row.attempts.map(({ status }) => status)).toEqual([429, 200])
  expect(row.latencyMs).toBeGreaterThan(900)
})

test('a stream waits in the same line, and the caller sees one clean stream', async () => {
  upstream.play(refusal(429, undefined, { 'retry-after': '1' }), stream('Hello', ' there.'))
  const response = await ask('stream', patient, { stream: true })
  const text = await response.text()
  expect(text).toContain('Hello')
  expect(text).toContain('[DONE]')
})

test('whoever does not say how long it waits gets the refusal, with when to come again', async () => {
  upstream.always(refusal(429, undefined, { 'retry-after': '25' }))
  const response = await ask('hurried')
  expect(response.status).toBe(429)
  expect(response.headers.get('retry-after')).toBe('25')
  upstream.always(refusal(429))
  const silent = await ask('hurried')
  expect([silent.status, silent.headers.get('retry-after')]).toEqual([429, '1'])
})

test('nobody waits longer than it said, nor for what would come too late', async () => {
  upstream.always(refusal(429, undefined, { 'retry-after': '1' }))
  const startedAt = performance.now()
  const late = await ask('late', { 'x-assay-timeout-ms': '1600' })
  expect(late.status).toBe(429)
  expect(performance.now() - startedAt).toBeLessThan(1_700)
  expect(upstream.seen).toHaveLength(2)
  upstream.always(refusal(429, undefined, { 'retry-after': '5' }))
  const hopeless = await ask('hopeless', { 'x-assay-timeout-ms': '3000' })
  expect([hopeless.status, hopeless.headers.get('retry-after')]).toEqual([429, '5'])
  expect(performance.now() - startedAt).toBeLessThan(2_500)
})

test('one who leaves the line is not called for, and those behind move up', async () => {
  limitUntil(Date.now() + 900)
  const first = ask('first', patient)
  await isWaiting(1)
  const leaving = new AbortController()
  const left = ask('left', patient, {}, leaving.signal).catch(() => 'gone')
  await isWaiting(2)
  const last = ask('last', patient)
  await isWaiting(3)
  leaving.abort()
  expect(await left).toBe('gone')
  await isWaiting(2)
  expect((await first).status).toBe(200)
  expect((await last).status).toBe(200)
  expect(namesSeen()).toEqual(['first', 'first', 'last'])
  const cancelled = await eventually(() =>
    gateway.records
      .flatMap((record) => (record.kind === 'close' && record.request.status === 'cancelled' ? [record.request] : []))
      .at(0),
  )
  expect(cancelled).toMatchObject({ inputTokens: 0, attempts: [] })
})

test('a used-up quota and a refusal of another kind are not waited for', async () => {
  upstream.always(refusal(429, { message: 'You have no credit.', code: 'insufficient_quota' }))
  expect((await ask('poor', patient)).status).toBe(429)
  expect(upstream.seen).toHaveLength(1)
  upstream.always(refusal(400))
  expect((await ask('wrong', patient)).status).toBe(400)
})

test('a full line refuses with 503 and when to come again', async () => {
  upstream.always(refusal(429, undefined, { 'retry-after': '2' }))
  const leaving = new AbortController()
  const waiting = Array.from({ length: 100 }, (_, index) =>
    ask(`w${index}`, patient, {}, leaving.signal).catch(() => null),
  )
  await isWaiting(100)
  const refused = await ask('too many', patient)
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1'])
  expect(await refused.json()).toMatchObject({ error: { code: 'gateway.provider_busy' } })
  leaving.abort()
  await Promise.all(waiting)
  await isWaiting(0)
})

test('a key that is full lets the patient in as places become free, in their order', async () => {
  active.most = 1
  upstream.always((response) => void setTimeout(() => completion(response), 250))
  const startedAt = performance.now()
  const asked: Promise<Response>[] = []
  for (const [index, name] of ['a', 'b', 'c', 'd', 'e'].entries()) {
    asked.push(ask(name, patient))
    await (index === 0 ? eventually(() => (active.count === 1 ? true : undefined)) : isWaiting(index))
  }
  const hurried = await ask('hurried')
  expect([hurried.status, hurried.headers.get('retry-after')]).toEqual([429, '1'])
  const statuses = (await Promise.all(asked)).map(({ status }) => status)
  expect(statuses).toEqual([200, 200, 200, 200, 200])
  expect(namesSeen()).toEqual(['a', 'b', 'c', 'd', 'e'])
  expect(performance.now() - startedAt).toBeGreaterThan(1_200)
  await eventually(() => (active.count === 0 ? true : undefined))
})

test('one who leaves the line of a key takes no place, and the time in the line counts', async () => {
  active.most = 1
  upstream.always((response) => void setTimeout(() => completion(response), 600))
  const first = ask('first', patient)
  await eventually(() => (active.count === 1 ? true : undefined))
  const leaving = new AbortController()
  const left = ask('left', patient, {}, leaving.signal).catch(() => null)
  await isWaiting(1)
  const short = ask('short', { 'x-assay-timeout-ms': '300' })
  await isWaiting(2)
  leaving.abort()
  await left
  await isWaiting(1)
  expect((await short).status).toBe(429)
  expect((await first).status).toBe(200)
  expect(namesSeen()).toEqual(['first'])
  await eventually(() => (active.count === 0 ? true : undefined))
})
