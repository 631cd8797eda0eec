import { priceOf, type PriceRow } from '@assay/core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  chunkEvent,
  completion,
  completionJson,
  doneEvent,
  good,
  refusal,
  startUpstream,
  stream,
  streamEvents,
  type Play,
  type Upstream,
} from './__fixtures__/scripted-upstream.ts'
import { eventually, startGateway, type StartedGateway } from './__fixtures__/started-gateway.ts'

/** What the gateway does on its own when a provider fails: again, elsewhere, or not at all. */

const row = (provider: string, model: string, contextWindow: number): PriceRow => ({
  provider,
  model,
  tier: null,
  input: 1e9,
  output: 4e9,
  contextWindow,
  maxOutputTokens: 10_000,
})
const prices = [row('openai', 'first', 8_000), row('compatible', 'second', 8_000), row('compatible', 'wide', 1_000_000)]

let first: Upstream
let second: Upstream
let gateway: StartedGateway
beforeAll(async () => {
  first = await startUpstream()
  second = await startUpstream()
  gateway = await startGateway({
    upstreams: { openai: first, compatible: second },
    prices: [...prices, priceOf('sim', 'echo')!],
    parts: { patience: { mostRetries: 2, firstContentMs: 2_500, idleMs: 300, holdMs: 2_000 } },
  })
})
beforeEach(() => {
  first.reset()
  second.reset()
  gateway.reset()
})
afterAll(async () => {
  await gateway.close()
  await first.close()
  await second.close()
})

const messages = [{ role: 'user', content: 'hello' }]
const ask = { model: 'openai/first', messages }
const fallback = { 'x-assay-fallback': 'compatible/second' }

test('429 twice and then 200 is one 200, with three attempts in the log', async () => {
  first.play(refusal(429), refusal(429))
  const response = await gateway.ask(ask)
  expect(response.status).toBe(200)
  expect(response.headers.get('x-assay-route')).toContain('attempts=3')
  expect((await gateway.rowOf(response)).attempts.map(({ status }) => status)).toEqual([429, 429, 200])
  expect(gateway.failures()).toEqual([])
})

test('a connection that is cut is tried again', async () => {
  first.play((response) => void response.socket?.resetAndDestroy())
  const response = await gateway.ask(ask)
  expect(response.status).toBe(200)
  expect((await gateway.rowOf(response)).attempts.map(({ status }) => status)).toEqual([null, 200])
})

test('what the provider asks to wait is waited, and no longer than the caller has', async () => {
  first.play(refusal(429, undefined, { 'retry-after': '1' }))
  const startedAt = performance.now()
  expect((await gateway.ask(ask)).status).toBe(200)
  expect(performance.now() - startedAt).toBeGreaterThan(950)
  first.play(refusal(503, undefined, { 'retry-after': '19' }))
  expect((await gateway.ask(ask, { 'x-assay-timeout-ms': '500' })).status).toBe(503)
})

test.each([400, 422, 413])('%i is told at once, and nobody else is asked', async (status) => {
  first.play(refusal(status))
  const response = await gateway.ask(ask, fallback)
  expect(response.status).toBe(status)
  expect(first.seen).toHaveLength(1)
  expect(second.seen).toHaveLength(0)
})

test('a quota is not tried again', async () => {
  first.always(refusal(429, { message: 'You have no credit.', code: 'insufficient_quota' }))
  expect((await gateway.ask(ask)).status).toBe(429)
  expect(first.seen).toHaveLength(1)
})

test.each([
  ['the header', {}, fallback],
  ['fallbacks in the body', { fallbacks: ['compatible/second'] }, {}],
  ['models in the body', { models: ['openai/first', 'compatible/second'] }, {}],
])('a named model fails over to what %s declares, which the provider does not see', async (_, body, headers) => {
  first.always(refusal(503))
  second.play((response) => completion(response, 'from the second'))
  const response = await gateway.ask({ ...ask, ...body }, headers)
  expect(await response.text()).toContain('from the second')
  expect(response.headers.get('x-assay-route')).toBe(
    'compatible/second; complexity=simple; reason=fallback; attempts=4',
  )
  expect(Object.keys(first.seen[0]!.body)).toEqual(['model', 'messages'])
  expect(Object.keys(second.seen[0]!.body)).toEqual(['model', 'messages'])
})

test('a server that may be OpenRouter gets its own list of models', async () => {
  await (await gateway.ask({ model: 'compatible/second', messages, models: ['x/y'] })).text()
  expect(second.seen[0]!.body['models']).toEqual(['x/y'])
})

test('a fallback that is none is refused before anybody is asked', async () => {
  expect((await gateway.ask(ask, { 'x-assay-fallback': 'openai/first,,' })).status).toBe(400)
  expect((await gateway.ask(ask, { 'x-assay-fallback': 'nobody-has-this' })).status).toBe(404)
  expect((await gateway.ask({ ...ask, fallbacks: [{ a: 1 }] })).status).toBe(400)
  expect(first.seen).toHaveLength(0)
})

test('a context that is too long goes to the candidate that holds more, past the one that does not', async () => {
  first.play(refusal(400, { message: 'too long', code: 'context_length_exceeded' }))
  second.play((response) => completion(response, 'it fits'))
  const response = await gateway.ask(ask, { 'x-assay-fallback': 'compatible/second, compatible/wide' })
  expect(await response.text()).toContain('it fits')
  expect(second.seen.map(({ body }) => body['model'])).toEqual(['wide'])
  first.play(refusal(400, { message: 'too long', code: 'context_length_exceeded' }))
  expect((await gateway.ask(ask, fallback)).status).toBe(400)
})

test('tokens of a failed attempt that the provider counts are paid, and told with the attempt', async () => {
  first.play(good('application/json', completionJson('')))
  second.play((response) => completion(response, 'paid twice'))
  const response = await gateway.ask(ask, fallback)
  await response.text()
  const record = await gateway.rowOf(response)
  const [failed, good_] = record.attempts
  expect(failed).toMatchObject({ status: 200, errorCode: 'gateway.provider_failed', usage: { outputTokens: 5 } })
  expect(record.outputTokens).toBe(10)
  expect(record.costNanoUsd).toBe(failed!.costNanoUsd! + good_!.costNanoUsd!)
  expect(await gateway.failure()).toMatchObject({ provider: 'openai', absorbed: true })
})

test('at most eight attempts are made for one request', async () => {
  first.always(refusal(503))
  second.always(refusal(503))
  const response = await gateway.ask(ask, {
    'x-assay-fallback': 'compatible/second, compatible/wide, openai/other',
  })
  expect(response.status).toBe(503)
  expect((await gateway.rowOf(response)).attempts).toHaveLength(8)
})

test('what fails too often is left alone, and the next candidate is asked at once', async () => {
  first.always(refusal(500))
  await gateway.ask(ask)
  await gateway.ask(ask)
  const seen = first.seen.length
  expect(seen).toBeLessThanOrEqual(6)
  const alone = await gateway.ask(ask)
  expect(alone.status).toBe(503)
  expect(Number(alone.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(await alone.json()).toMatchObject({ error: { code: 'gateway.circuit_open' } })
  expect((await gateway.ask(ask, fallback)).status).toBe(200)
  expect(first.seen).toHaveLength(seen)
  expect(gateway.breakers.of()).toContainEqual(expect.objectContaining({ provider: 'openai', state: 'open' }))
})

test('a caller who leaves while a retry waits is let go, and nothing more is asked', async () => {
  first.always(refusal(503, undefined, { 'retry-after': '5' }))
  const leaving = new AbortController()
  const asking = gateway.ask(ask, {}, leaving.signal).catch(() => null)
  await eventually(() => first.seen[0])
  await new Promise((resolve) => setTimeout(resolve, 30))
  leaving.abort()
  await asking
  const record = await eventually(() =>
    gateway.records.flatMap((entry) => (entry.kind === 'close' ? [entry.request] : [])).at(0),
  )
  expect(record).toMatchObject({ status: 'cancelled', estimated: true })
  expect(record.attempts).toHaveLength(1)
  expect(first.seen).toHaveLength(1)
})

test.each([
  ['before the first byte', (() => {}) satisfies Play, false],
  [
    'after the first byte',
    ((response) => {
      response.setHeader('content-type', 'text/event-stream')
      for (const word of ['a', 'b', 'c', 'd']) response.write(chunkEvent({ content: word }))
    }) satisfies Play,
    true,
  ],
])('a caller who leaves %s lets the provider know within 100 ms; what came is booked', async (_, play, hasBegun) => {
  first.always(play)
  const leaving = new AbortController()
  const asking = gateway.ask({ ...ask, stream: true }, {}, leaving.signal).catch(() => null)
  await eventually(() => first.seen[0])
  const response = hasBegun ? await asking : null
  if (response) await response.body!.getReader().read()
  leaving.abort()
  const leftAt = performance.now()
  const closedAt = await eventually(() => first.seen[0]!.closedEarlyAt ?? undefined)
  expect(closedAt - leftAt).toBeLessThan(100)
  const record = await eventually(() =>
    gateway.records.flatMap((entry) => (entry.kind === 'close' ? [entry.request] : [])).at(0),
  )
  expect(record).toMatchObject({ status: 'cancelled', estimated: true, outputTokens: hasBegun ? 1 : 0 })
  expect(record.inputTokens).toBeGreaterThan(0)
})

test('the cost of a stream is told near its end, to whoever asks', async () => {
  first.play(stream('Hi'))
  const text = await (await gateway.ask({ ...ask, stream: true }, { 'x-assay-usage': '1' })).text()
  const events = streamEvents(['Hi'], { withUsage: false })
  expect(text.replace(/: x-assay-usage .*\n\n/, '')).toBe(events.join(''))
  expect(text).toMatch(/: x-assay-usage \{"inputTokens":12,"outputTokens":5,"costUsd":"0\.0000\d+"\}\n\ndata: \[DONE\]/)
})

/** Ways of a provider to answer badly, and what becomes of each when a second one answers well. */
const wrong: [name: string, isStream: boolean, play: Play][] = [
  ['an empty body', false, good('application/json', '')],
  ['null', false, good('application/json', 'null')],
  ['a page', false, good('text/html', '<html>Sign in</html>')],
  ['JSON that was cut', false, good('application/json', completionJson('x').slice(0, 60))],
  ['an error with a good status', false, good('application/json', '{"error":{"message":"overloaded"}}')],
  ['an answer without a word', false, good('application/json', completionJson(''))],
  [
    'a body that is shorter than it says',
    false,
    (response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '5000' })
      response.write(completionJson('short'), () => response.destroy())
    },
  ],
  ['a body that breaks off', false, (response) => void response.write('{"choices":', () => response.destroy())],
  [
    'a bomb of zeros',
    false,
    async (response) => {
      const { gzipSync } = await import('node:zlib')
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
      response.end(gzipSync(Buffer.alloc(70 * 1_048_576)))
    },
  ],
  [
    'bytes that are not gzip',
    false,
    (response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end('x'),
  ],
  ['an encoding nobody knows', false, (response) => void response.writeHead(200, { 'content-encoding': 'x' }).end('x')],
  ['529', false, refusal(529)],
  ['a page with status 502', false, (response) => void response.writeHead(502).end('<html>Bad gateway</html>')],
  ['an empty stream', true, good('text/event-stream', '')],
  ['a stream of garbage', true, good('text/event-stream', 'data: {"x\n\ndata: [DONE]\n\n')],
  ['an end mark alone', true, good('text/event-stream', doneEvent)],
  ['an error before content', true, good('text/event-stream', 'data: {"error":{"message":"overloaded"}}\n\n')],
  ['JSON where a stream was asked', true, good('application/json', completionJson('x'))],
  [
    'a stream cut before its content',
    true,
    (response) => {
      response.setHeader('content-type', 'text/event-stream')
      response.write(chunkEvent({ role: 'assistant', content: '' }), () => response.destroy())
    },
  ],
  [
    'one event without end',
    true,
    (response) => {
      response.setHeader('content-type', 'text/event-stream')
      response.end(`data: ${'x'.repeat(9 * 1_048_576)}`)
    },
  ],
  ['a stream that never begins', true, () => {}],
]

test.each(wrong)('%s is made good by the next candidate', { timeout: 15_000 }, async (_, isStream, play) => {
  first.always(play)
  second.play(isStream ? stream('good') : (response) => completion(response, 'good'))
  const response = await gateway.ask({ ...ask, stream: isStream }, fallback)
  expect(response.status).toBe(200)
  expect(await response.text()).toBe(
    isStream ? streamEvents(['good'], { withUsage: false }).join('') : completionJson('good'),
  )
  const { attempts, status } = await gateway.rowOf(response)
  expect(status).toBe('completed')
  expect(attempts.at(-1)).toMatchObject({ providerName: 'compatible', errorCode: null })
  expect(attempts.length).toBeGreaterThan(1)
})

test('a stream that stands still after its content ends in an error event', async () => {
  first.play((response) => {
    response.setHeader('content-type', 'text/event-stream')
    response.write(chunkEvent({ content: 'begun' }))
  })
  const text = await (await gateway.ask({ ...ask, stream: true }, fallback)).text()
  expect(text).toContain('gateway.timeout')
  expect(text).not.toContain('[DONE]')
  expect(second.seen).toHaveLength(0)
})
