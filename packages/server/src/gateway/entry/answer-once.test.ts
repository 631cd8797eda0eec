import { openTestStore, type TestStore } from '@assay/testkit'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  completion,
  completionJson,
  refusal,
  startUpstream,
  stream,
  type Upstream,
} from '../__fixtures__/scripted-upstream.ts'
import { eventually, startGateway, type StartedGateway } from '../__fixtures__/started-gateway.ts'
import { createIdempotentCalls } from './answer-once.ts'

let upstream: Upstream
let gateway: StartedGateway
let store: TestStore
let now = Date.now()
beforeAll(async () => {
  upstream = await startUpstream()
  store = await openTestStore({ engine: 'embedded' })
  const { workspaceId } = await store.createWorkspace()
  gateway = await startGateway({
    upstreams: { compatible: upstream },
    holder: { workspaceId },
    parts: { idempotentCalls: createIdempotentCalls(store.store, () => now) },
  })
})
beforeEach(() => {
  upstream.reset()
  gateway.reset()
})
afterAll(async () => {
  await gateway.close()
  await upstream.close()
  await store[Symbol.asyncDispose]()
})

const ask = { model: 'compatible/any', messages: [{ role: 'user', content: 'Once.' }] }
const named = (name: string) => ({ 'idempotency-key': name })

test('the same call sent again gets the first answer, and the provider is asked once', async () => {
  const first = await gateway.ask(ask, named('a'))
  expect(await first.text()).toBe(completionJson('Hello there.'))
  const again = await gateway.ask(ask, named('a'))
  expect(await again.text()).toBe(completionJson('Hello there.'))
  expect(again.headers.get('idempotent-replayed')).toBe('true')
  expect(again.headers.get('x-assay-request-id')).toBe(first.headers.get('x-assay-request-id'))
  expect(upstream.seen).toHaveLength(1)
  await (await gateway.ask(ask, named('b'))).text()
  expect(upstream.seen).toHaveLength(2)
})

test('a stream is given again as it came', async () => {
  upstream.play(stream('one ', 'two'))
  const first = await (await gateway.ask({ ...ask, stream: true }, named('stream'))).text()
  const again = await gateway.ask({ ...ask, stream: true }, named('stream'))
  expect(await again.text()).toBe(first)
  expect(again.headers.get('content-type')).toContain('text/event-stream')
  expect(upstream.seen).toHaveLength(1)
})

test('the name of one call is not the name of another', async () => {
  await (await gateway.ask(ask, named('c'))).text()
  const other = await gateway.ask({ ...ask, seed: 1 }, named('c'))
  expect(other.status).toBe(422)
  expect(await other.json()).toMatchObject({ error: { code: 'gateway.idempotency_mismatch' } })
})

test('a call that is under way is not made twice', async () => {
  let finish = (): void => {}
  upstream.play(async (response) => {
    await new Promise<void>((resolve) => {
      finish = resolve
    })
    completion(response)
  })
  const first = gateway.ask(ask, named('d'))
  await eventually(() => upstream.seen[0])
  const again = await gateway.ask(ask, named('d'))
  expect(again.status).toBe(409)
  expect(again.headers.get('retry-after')).toBe('1')
  finish()
  expect((await first).status).toBe(200)
})

test('a refusal of the request is kept, a failure of the provider may be tried again', async () => {
  upstream.play(refusal(400), refusal(503))
  expect((await gateway.ask(ask, named('e'))).status).toBe(400)
  expect((await gateway.ask(ask, named('e'))).status).toBe(400)
  expect(upstream.seen).toHaveLength(1)
  expect((await gateway.ask(ask, named('f'))).status).toBe(503)
  expect((await gateway.ask(ask, named('f'))).status).toBe(200)
})

test('a caller who left may send it again', async () => {
  upstream.play(() => {})
  const leaving = new AbortController()
  const asking = gateway.ask(ask, named('g'), leaving.signal).catch(() => null)
  await eventually(() => upstream.seen[0])
  leaving.abort()
  await asking
  await eventually(() => upstream.seen[0]!.closedEarlyAt ?? undefined)
  let status = 409
  while (status === 409) ({ status } = await gateway.ask(ask, named('g')))
  expect(status).toBe(200)
})

test('after a day it is another call', async () => {
  await (await gateway.ask(ask, named('h'))).text()
  now += 25 * 3_600_000
  await (await gateway.ask(ask, named('h'))).text()
  expect(upstream.seen).toHaveLength(2)
})
