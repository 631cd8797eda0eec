import { EventEmitter } from 'node:events'
import type { ServerResponse } from 'node:http'
import { AssayError } from '@assay/core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createAdmission } from './admission.ts'
import { completion, startUpstream, type Upstream } from '../__fixtures__/scripted-upstream.ts'
import { startGateway, type StartedGateway } from '../__fixtures__/started-gateway.ts'

let upstream: Upstream
let gateway: StartedGateway
const shed: string[] = []
beforeAll(async () => {
  upstream = await startUpstream()
  gateway = await startGateway({
    upstreams: { compatible: upstream },
    holder: { onFullDisk: 'shed' },
    parts: { admission: createAdmission({ mostInflight: 2, shed: (reason) => void shed.push(reason) }) },
  })
})
beforeEach(() => {
  upstream.reset()
  gateway.reset()
})
afterAll(async () => {
  await gateway.close()
  await upstream.close()
})

const ask = { model: 'compatible/any', messages: [{ role: 'user', content: 'Hello' }] }

test('one request too many is told to come again, long before the others are answered', async () => {
  upstream.always((response) => void setTimeout(() => completion(response), 1_500))
  const others = [gateway.ask(ask), gateway.ask(ask)]
  await new Promise((resolve) => setTimeout(resolve, 100))
  let answered = 0
  for (const other of others) void other.then(() => answered++)
  const refused = await gateway.ask(ask)
  expect(answered).toBe(0)
  expect(refused.status).toBe(503)
  expect(refused.headers.get('retry-after')).toBe('1')
  expect(await refused.json()).toMatchObject({ error: { code: 'internal.overloaded' } })
  for (const other of await Promise.all(others)) expect(other.status).toBe(200)
  expect(shed).toEqual(['concurrency'])
  expect((await gateway.ask(ask)).status).toBe(200)
})

test('whoever leaves makes room', () => {
  const admission = createAdmission({ mostInflight: 1 })
  const responseOf = () => new EventEmitter() as unknown as ServerResponse
  const first = responseOf()
  admission.enter(first)
  expect(() => admission.enter(responseOf())).toThrow(AssayError)
  first.emit('close')
  admission.enter(responseOf())
  admission.close()
})

test('a key may want no answer that is in no log', async () => {
  gateway.spool.failure = new AssayError('store.disk_full', { path: '/data' })
  const response = await gateway.ask(ask)
  expect(response.status).toBe(503)
  expect(await response.json()).toMatchObject({ error: { code: 'gateway.shed' } })
})
