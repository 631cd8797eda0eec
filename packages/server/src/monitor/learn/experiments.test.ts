import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Experiment, ExperimentDetails, Page, RequestRecord, StoredSuite } from '@assay/core'
import { until } from '@assay/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeCaller, makeWorkspace } from '../../__fixtures__/callers.ts'
import { startService, type TestService } from '../../__fixtures__/service.ts'
import { watchExperiments } from './traffic-experiments.ts'

type Asked = { model: string; temperature?: number; messages: { role: string; content: string }[] }

/** What the model server says to a request, and what it was asked. */
let says: (asked: Asked) => string | number = () => 'yes'
const seen: Asked[] = []
const upstream: Server = createServer((request, response) => {
  let text = ''
  request
    .on('data', (chunk) => (text += String(chunk)))
    .on('end', () => {
      const asked = JSON.parse(text) as Asked
      seen.push(asked)
      const content = says(asked)
      response.setHeader('content-type', 'application/json')
      if (typeof content === 'number') {
        response.statusCode = content
        return response.end('{"error":{"message":"overloaded","type":"server_error"}}')
      }
      const message = { role: 'assistant', content }
      const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 }
      const choices = [{ index: 0, message, finish_reason: 'stop' }]
      return response.end(JSON.stringify({ id: '1', object: 'chat.completion', model: asked.model, choices, usage }))
    })
})

let service: TestService
beforeAll(async () => {
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
  const host = `127.0.0.1:${(upstream.address() as AddressInfo).port}`
  service = await startService({ environment: { ASSAY_EGRESS_ALLOW: host } })
  const body = { provider: 'compatible', baseUrl: `http://${host}/v1`, secret: 'not-a-real-key' }
  await service.call('POST /api/v1/credentials', { body })
})
afterAll(async () => {
  await service[Symbol.asyncDispose]()
  upstream.closeAllConnections()
  await new Promise((resolve) => upstream.close(resolve))
})

const suite = async (name: string, cases: number): Promise<string> => {
  const tests = Array.from({ length: cases }, (_, index) => ({
    id: `case-${index}`,
    input: `question ${index}`,
    assert: [{ type: 'equals', value: 'yes' }],
  }))
  const source = JSON.stringify({ name, providers: ['compatible/m'], tests })
  return (await service.call<StoredSuite>('POST /api/v1/suites', { body: { source, file: 'suite.json' } })).body.id
}

const create = (body: Record<string, unknown>) => service.call<Experiment>('POST /api/v1/experiments', { body })
const read = async (id: string) => (await service.call<ExperimentDetails>(`GET /api/v1/experiments/${id}`)).body
const ended = (id: string) =>
  until(`experiment ${id} to end`, async () => {
    const found = await read(id)
    return found.state === 'running' ? undefined : found
  })

test('of two arms on a suite the better one is found, before all cases are tried', async () => {
  says = ({ messages }) => (messages[0]?.role === 'system' ? 'yes' : 'no')
  const { status, body } = await create({
    name: 'with a prompt',
    arms: [{ name: 'now' }, { name: 'next', prompt: 'Say yes.', parameters: { temperature: 0.2 } }],
    design: { kind: 'paired' },
    scope: { source: 'suite', suiteId: await suite('forty', 40) },
  })
  expect(status).toBe(201)
  const done = await ended(body.id)
  expect(done).toMatchObject({ state: 'decided', verdict: 'better', passed: { now: { passed: 0 } } })
  expect(done.samples).toBeLessThan(20)
  expect(done.path.points.at(-1)!.ratios[0]).toBeGreaterThan(done.path.accept)
  expect(seen.some(({ temperature }) => temperature === 0.2)).toBe(true)
})

test('a suite that ends before the evidence does leaves the verdict open', async () => {
  says = () => 'yes'
  const suiteId = await suite('three', 3)
  const { body } = await create({
    name: 'too few',
    arms: [{ name: 'now' }],
    design: { kind: 'rate', known: 0.8, better: 0.9 },
    scope: { source: 'suite', suiteId },
  })
  expect(await ended(body.id)).toMatchObject({ verdict: 'undecided', samples: 3, state: 'decided' })
})

test('on traffic a conversation stays in its arm, and failed requests decide', async () => {
  says = ({ model }) => (model === 'bad' ? 503 : 'yes')
  const { body: experiment } = await create({
    name: 'on traffic',
    arms: [{ name: 'now' }, { name: 'bad', model: 'compatible/bad' }],
    design: { kind: 'paired', maxSamples: 400 },
    scope: { source: 'traffic', model: 'compatible/m' },
  })
  const ask = async (conversation: string, model = 'compatible/m') => {
    const { headers } = await service.call('POST /v1/chat/completions', {
      body: { model, messages: [{ role: 'user', content: 'hello' }] },
      headers: { 'x-assay-conversation': conversation },
    })
    return headers.get('x-assay-request-id')!
  }
  const ids: string[] = []
  for (let index = 0; index < 48; index++) ids.push(await ask(`c-${index}`))
  ids.push(await ask('c-0'))
  const other = await ask('c-1', 'sim/echo')
  const record = (id: string) =>
    until(`request ${id} in the log`, async () => {
      const { status, body } = await service.call<RequestRecord>(`GET /api/v1/requests/${id}`)
      return status === 200 ? body : undefined
    })
  const records: RequestRecord[] = []
  for (const id of ids) records.push(await record(id))
  const armOf = (index: number) => records[index]!.tags['arm']
  expect(armOf(0)).toBe(armOf(48))
  expect(new Set(records.map(({ tags }) => tags['arm']))).toEqual(new Set(['now', 'bad']))
  expect((await record(other)).tags).toEqual({})
  await watchExperiments(service.app)
  const done = await read(experiment.id)
  expect(done.passed['bad']).toMatchObject({ passed: 0 })
  expect(done).toMatchObject({ state: 'decided', verdict: 'worse' })
  // A conversation counts once.
  expect(done.passed['now']!.total + done.passed['bad']!.total).toBe(48)
  // Once it is decided nothing takes part any more.
  expect((await record(await ask('c-3'))).tags).toEqual({})
})

test('an experiment is stopped, named once, removed, and seen by its own workspace only', async () => {
  const wanted = {
    name: 'stopped',
    arms: [{ name: 'now' }, { name: 'next', model: 'sim/echo' }],
    design: { kind: 'paired' },
    scope: { source: 'traffic', model: 'auto', share: 0.5, outcome: 'feedback' },
  }
  const { body } = await create(wanted)
  expect(await create(wanted)).toMatchObject({ status: 409, body: { error: { code: 'experiment.model_taken' } } })
  const path = `/api/v1/experiments/${body.id}`
  expect(await service.call(`POST ${path}/stop`)).toMatchObject({ status: 200, body: { state: 'stopped' } })
  expect(await service.call(`POST ${path}/stop`)).toMatchObject({
    status: 409,
    body: { error: { code: 'experiment.ended' } },
  })
  expect(await create(wanted)).toMatchObject({ status: 409, body: { error: { code: 'experiment.name_taken' } } })
  const workspaceId = await makeWorkspace(service.app, 'other')
  const { headers } = await makeCaller(service.app, { workspaceId, role: 'owner' })
  const foreign = await service.call(`GET ${path}`, { key: null, headers })
  expect(foreign.status).toBe(404)
  expect(await service.call(`DELETE ${path}`)).toMatchObject({ status: 200 })
  const { items } = (await service.call<Page<Experiment>>('GET /api/v1/experiments')).body
  expect(items.map(({ name }) => name)).not.toContain('stopped')
})

test('mistakes are named with their place', async () => {
  const wanted = {
    name: 'wrong',
    arms: [{ name: 'now' }, { name: 'next' }],
    design: { kind: 'paired' },
    scope: { source: 'traffic', model: 'auto' },
  }
  for (const [change, place] of [
    [{ arms: [{ name: 'now' }] }, 'arms'],
    [{ arms: [{ name: 'now' }, { name: 'now' }] }, 'arms'],
    [{ design: { kind: 'rate', known: 0.8, better: 0.8 }, arms: [{ name: 'now' }] }, 'better'],
    [{ scope: { source: 'traffic', model: 'auto', share: 2 } }, 'share'],
    [{ arms: [{ name: 'now' }, { name: 'next', temprature: 1 }] }, 'temprature'],
  ] as const) {
    const { status, body } = await create({ ...wanted, ...change })
    expect(status).toBe(400)
    expect(JSON.stringify(body)).toContain(place)
  }
  const unknown = { source: 'suite', suiteId: '00000000-0000-4000-8000-000000000000' }
  expect(await create({ ...wanted, scope: unknown })).toMatchObject({ status: 404 })
})
