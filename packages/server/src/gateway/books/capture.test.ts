import { priceOf, type PriceRow } from '@assay/core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  chunkEvent,
  completion,
  good,
  refusal,
  startUpstream,
  type Upstream,
} from '../__fixtures__/scripted-upstream.ts'
import { eventually, startGateway, type StartedGateway } from '../__fixtures__/started-gateway.ts'

const row = (provider: string, model: string, dollars: number): PriceRow => ({
  provider,
  model,
  tier: 'economy',
  input: dollars * 1e9,
  output: dollars * 4e9,
  contextWindow: 100_000,
  maxOutputTokens: 10_000,
})

let first: Upstream
let second: Upstream
let gateway: StartedGateway

beforeAll(async () => {
  first = await startUpstream()
  second = await startUpstream()
  gateway = await startGateway({
    upstreams: { openai: first, compatible: second },
    prices: [row('openai', 'cheap', 1), row('compatible', 'dear', 2), priceOf('sim', 'echo')!],
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

/** What was captured once the request's row is there and the work after its last byte is done. */
const capturedAfter = async (response: Response) => {
  await response.text().catch(() => '')
  await gateway.rowOf(response)
  await new Promise((resolve) => setTimeout(resolve, 100))
  return gateway.failures()
}

test('a request whose every candidate fails is one failure, of the answer the caller saw', async () => {
  first.always(refusal(503))
  second.always(refusal(500, { message: 'the second broke', type: 'server_error' }))
  const response = await gateway.ask({ model: 'auto', messages })
  expect(response.status).toBeGreaterThanOrEqual(500)
  const failures = await capturedAfter(response)
  expect(failures).toHaveLength(1)
  expect(failures[0]).not.toHaveProperty('absorbed')
})

test('a fallback that answers in another form than was asked is one failure too, and not the absorbed one', async () => {
  first.play(refusal(503))
  second.play((response) => completion(response, '{"title":3}'))
  const schema = { type: 'object', properties: { title: { type: 'string' } }, required: ['title'] }
  const response = await gateway.ask({
    model: 'auto',
    messages,
    response_format: { type: 'json_schema', json_schema: { name: 'recipe', schema } },
  })
  expect(response.status).toBe(200)
  // The schema is looked at in the sandbox, whose first answer takes its time.
  expect(await gateway.failure()).toMatchObject({ name: 'StructuredOutputError', category: 'validation' })
  expect(await capturedAfter(response)).toHaveLength(1)
})

test('a malformed body that we refuse, and a model that nobody has, are no failures', async () => {
  for (const body of [{ model: 'openai/cheap' }, { model: 'nobody/has-this', messages }]) {
    const response = await gateway.ask(body)
    expect(response.status).toBeGreaterThanOrEqual(400)
    await response.text()
  }
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(gateway.failures()).toEqual([])
})

test('a caller who leaves in the middle of a good stream is no failure', async () => {
  first.play((response) => {
    response.setHeader('content-type', 'text/event-stream')
    response.write(chunkEvent({ content: 'begun' }))
  })
  const leaving = new AbortController()
  const response = await gateway.ask({ model: 'openai/cheap', messages, stream: true }, {}, leaving.signal)
  await response.body!.getReader().read()
  leaving.abort()
  const id = response.headers.get('x-assay-request-id')
  expect(await eventually(() => gateway.closedRow(id))).toMatchObject({ status: 'cancelled' })
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(gateway.failures()).toEqual([])
})

test('in a workspace that keeps no bodies, neither request nor output reaches the disk', async () => {
  const quiet = await startGateway({
    upstreams: { openai: first },
    prices: [row('openai', 'cheap', 1)],
    parts: { wishes: { of: () => ({ bodies: 'off', threshold: 3, countBy: 'occurrences', own: [] }) } },
  })
  try {
    first.play(good('text/html', '<html>Sign in</html>'))
    const response = await quiet.ask({ model: 'openai/cheap', messages })
    expect(response.status).toBe(502)
    const failure = await quiet.failure()
    expect(failure).not.toHaveProperty('request')
    expect(failure).not.toHaveProperty('output')
  } finally {
    await quiet.close()
  }
})
