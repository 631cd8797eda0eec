import type { Execution, FailureGroup, FailureReceipt, Page, RegressionTest, Run } from '@assay/core'
import {
  type AssayProcess,
  type FakeProvider,
  startAssay,
  startFakeProvider,
  temporaryDirectory,
  until,
} from '@assay/testkit'
import OpenAI from 'openai'
import { afterAll, beforeAll, expect, test } from 'vitest'

/** Walk 3: what breaks in production becomes a test by itself, goes red, and green after the fix. */

let healed = false
/** A model server that, until it is healed, forgets a field of the schema it was asked for. */
let upstream: FakeProvider

let assay: AssayProcess
let client: OpenAI
const opened: AsyncDisposable[] = []

beforeAll(async () => {
  upstream = await startFakeProvider({
    always: () => JSON.stringify(healed ? { total: 12, currency: 'EUR' } : { total: 'twelve' }),
  })
  const { host } = upstream
  const directory = await temporaryDirectory()
  assay = await startAssay({ dataDir: directory.path, environment: { ASSAY_EGRESS_ALLOW: host } })
  opened.push(assay, directory)
  await assay.call('POST', '/api/v1/credentials', {
    provider: 'compatible',
    baseUrl: `http://${host}/v1`,
    secret: 'none',
  })
  const { key } = await assay.call<{ key: string }>('POST', '/api/v1/gateway-keys', { name: 'walk 3' })
  client = new OpenAI({ baseURL: `${assay.url}/v1`, apiKey: key, maxRetries: 0 })
})

afterAll(async () => {
  for (const thing of opened) await thing[Symbol.asyncDispose]()
  await upstream.close()
})

const readInvoice = (number: number) =>
  client.chat.completions.create({
    model: 'compatible/invoices-1',
    messages: [{ role: 'user', content: `Read /srv/inbox/${number}/invoice-${number}.pdf, order 00${number}-A.` }],
    response_format: {
      type: 'json_schema',
      json_schema: {
        name: 'invoice',
        schema: {
          type: 'object',
          properties: { total: { type: 'number' }, currency: { type: 'string' } },
          required: ['total', 'currency'],
        },
      },
    },
  })

const groups = async () => (await assay.call<Page<FailureGroup>>('GET', '/api/v1/failure-groups')).items
const tests = async () => (await assay.call<Page<RegressionTest>>('GET', '/api/v1/regression-tests')).items

const runAndWait = async (testId: string): Promise<RegressionTest> => {
  const { runId } = await assay.call<{ runId: string }>('POST', '/api/v1/regression-tests/run', { testId })
  await until(`run ${runId} to end`, async () => {
    const run = await assay.call<Run>('GET', `/api/v1/runs/${runId}`)
    return run.status === 'completed' || run.status === 'failed' ? run : undefined
  })
  return assay.call<RegressionTest>('GET', `/api/v1/regression-tests/${testId}`)
}

test('three failures of one cause, each with other ids, numbers and paths, become one test', async () => {
  for (const number of [8123, 977]) await readInvoice(number)
  const waiting = await until('two occurrences', async () =>
    (await groups()).find(({ occurrences }) => occurrences === 2),
  )
  expect(waiting).toMatchObject({ category: 'validation', testStatus: 'waiting', testId: null, threshold: 3 })
  expect(await tests()).toEqual([])

  await readInvoice(45_001)
  const [made] = await until('the test', async () => ((await tests()).length > 0 ? tests() : undefined))
  expect(await groups()).toMatchObject([{ occurrences: 3, testStatus: 'created', testId: made?.id }])
  expect(made).toMatchObject({ kind: 'regression', method: 'replay', confidence: 75, state: 'draft' })

  await readInvoice(7)
  await until('the fourth occurrence', async () => (await groups()).find(({ occurrences }) => occurrences === 4))
  expect(await tests()).toHaveLength(1)
})

test('the test goes red on the broken version, green twice on the fixed one, and then earns confidence', async () => {
  const [{ id } = { id: '' }] = await tests()
  expect(await runAndWait(id)).toMatchObject({ state: 'red', confidence: 75 })

  healed = true
  await runAndWait(id)
  expect(await runAndWait(id)).toMatchObject({ state: 'active', confidence: 75 })
  expect(await runAndWait(id)).toMatchObject({ state: 'active', confidence: 80 })

  healed = false
  expect(await runAndWait(id)).toMatchObject({ confidence: 70 })
  healed = true

  const { items } = await assay.call<Page<Execution>>('GET', `/api/v1/regression-tests/${id}/history`)
  expect(items.map(({ outcome }) => outcome)).toEqual(['fail', 'pass', 'pass', 'pass', 'fail'])
})

test('an application reports its own failures, each counted once', async () => {
  const { key } = await assay.call<{ key: string }>('POST', '/api/v1/gateway-keys', {
    name: 'app',
    scopes: ['failures'],
  })
  const report = async (order: number, eventId?: string) => {
    const response = await fetch(`${assay.url}/api/v1/failures`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        name: 'TypeError',
        message: `Cannot read properties of undefined (reading 'total')`,
        stack: `TypeError: Cannot read properties of undefined (reading 'total')\n    at renderInvoice (/srv/app/${order}/src/invoice.ts:${order}:17)`,
        ...(eventId ? { eventId } : {}),
      }),
    })
    return { status: response.status, receipt: (await response.json()) as FailureReceipt }
  }
  const first = await report(12, 'event-1')
  expect(first).toMatchObject({ status: 201, receipt: { duplicate: false, group: { occurrences: 1 } } })
  expect(await report(12, 'event-1')).toMatchObject({
    status: 200,
    receipt: { duplicate: true, group: { occurrences: 1 } },
  })
  expect(await report(3_456)).toMatchObject({ receipt: { group: { id: first.receipt.group.id, occurrences: 2 } } })
})
