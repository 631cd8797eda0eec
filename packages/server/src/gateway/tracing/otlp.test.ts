import { type AssayError, AssayError as Refusal, Secret, silentLog } from '@assay/core'
import { createEgress, type Egress } from '@assay/providers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startCollector, type Collector } from '../__fixtures__/collector.ts'
import { eventually } from '../__fixtures__/started-gateway.ts'
import { createOtlpExporter, type OtlpOptions } from './otlp.ts'
import type { FinishedTrace } from './trace.ts'

/** How spans come to a collector that is slow, away, or takes only some. */

let collector: Collector
let egress: Egress
let dropped = 0
beforeEach(async () => {
  collector = await startCollector()
  egress = createEgress({ allow: [collector.host], log: silentLog })
  dropped = 0
})
afterEach(async () => {
  await egress.close()
  await collector.close()
})

const exporterWith = (options: Partial<OtlpOptions> = {}) =>
  createOtlpExporter({
    egress,
    url: `${collector.url}/v1/traces`,
    headers: {},
    resource: { 'service.name': 'test' },
    scope: { name: 'assay', version: '0' },
    onDropped: (spans) => (dropped += spans),
    log: silentLog,
    everyMs: 5,
    pausesMs: [1, 1],
    ...options,
  })

const refusal: AssayError = new Refusal('access.unauthenticated', {})
const trace = (number: number): FinishedTrace => ({
  context: { traceId: String(number).padStart(32, '0'), spanId: 'b7ad6b7169203331', parentSpanId: null, state: null },
  calls: [],
  end: {
    refusal,
    requestId: 'r',
    workspaceId: 'w',
    method: 'POST',
    path: '/v1/chat/completions',
    at: 1_800_000_000_123,
    endedAt: 1_800_000_000_125,
  },
})

test('spans go out by themselves, in batches, in order, with exact times', async () => {
  const exporter = exporterWith({ mostInBatch: 4 })
  for (let number = 1; number <= 10; number++) exporter.push(trace(number))
  await eventually(() => (collector.spans().length === 10 ? true : undefined))
  expect(collector.batches.map(({ spans }) => spans.length)).toEqual([4, 4, 2])
  expect(collector.spans().map(({ traceId }) => Number(traceId))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  expect(collector.spans()[0]).toMatchObject({
    startTimeUnixNano: '1800000000123000000',
    endTimeUnixNano: '1800000000125000000',
  })
  await exporter.close()
  expect(dropped).toBe(0)
})

test('a collector that is busy is tried again; one that refuses is not', async () => {
  const exporter = exporterWith()
  collector.play(503, 429, 200)
  exporter.push(trace(1))
  await eventually(() => (collector.spans().length === 1 ? true : undefined))
  collector.play(400)
  exporter.push(trace(2))
  await eventually(() => (dropped === 1 ? true : undefined))
  await exporter.close()
  expect(collector.spans()).toHaveLength(1)
})

test('what a collector does not take of a batch is counted', async () => {
  const exporter = exporterWith()
  collector.say('{"partialSuccess":{"rejectedSpans":"1","errorMessage":"too old"}}')
  exporter.push(trace(1))
  exporter.push(trace(2))
  await exporter.close()
  expect(dropped).toBe(1)
})

test('a full queue drops the newest, counts them, and whoever pushes never waits', async () => {
  const exporter = exporterWith({ mostQueued: 3, everyMs: 60_000 })
  for (let number = 1; number <= 5; number++) exporter.push(trace(number))
  expect(dropped).toBe(2)
  await exporter.close()
  expect(collector.spans().map(({ traceId }) => Number(traceId))).toEqual([1, 2, 3])
})

test('a stop sends what is left, and does not wait for a collector that hangs', async () => {
  collector.play('hang')
  const exporter = exporterWith({ everyMs: 60_000, closeWithinMs: 50 })
  exporter.push(trace(1))
  await exporter.close()
  expect(dropped).toBe(1)
  exporter.push(trace(2))
  expect(dropped).toBe(2)
})

test('headers are secrets until they are in the socket', async () => {
  const exporter = exporterWith({ headers: { authorization: new Secret('Bearer canary') } })
  exporter.push(trace(1))
  await exporter.close()
  expect(collector.batches[0]!.headers['authorization']).toBe('Bearer canary')
})
