import { randomBytes } from 'node:crypto'
import { priceOf, readConfig, silentLog, type PriceRow } from '@assay/core'
import { createEgress } from '@assay/providers'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { plain, startCollector, type Collector } from '../__fixtures__/collector.ts'
import { refusal, startUpstream, stream, type Upstream } from '../__fixtures__/scripted-upstream.ts'
import { eventually, startGateway, type StartedGateway } from '../__fixtures__/started-gateway.ts'
import type { GatewayParts } from '../parts.ts'
import { genAi, own } from './names.ts'
import type { OtlpSpan } from './spans.ts'
import { createTracing } from './tracing.ts'

/** What a collector sees of requests through the gateway. */

const row = (provider: string, model: string): PriceRow => ({
  provider,
  model,
  tier: null,
  input: 1e9,
  output: 4e9,
  contextWindow: 8_000,
  maxOutputTokens: 4_000,
})

let first: Upstream
let second: Upstream
let collector: Collector
beforeAll(async () => {
  first = await startUpstream()
  second = await startUpstream()
  collector = await startCollector()
})
const open: { close(): Promise<unknown> }[] = []
afterEach(async () => {
  for (const part of open.splice(0)) await part.close()
  for (const upstream of [first, second]) upstream.reset()
  collector.batches.length = 0
})
afterAll(async () => {
  for (const part of [first, second, collector]) await part.close()
})

/** A gateway that tells the collector; `told` ends it and answers what was told. */
const start = async (environment: Record<string, string> = {}) => {
  const config = readConfig({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, ...environment })
  const egress = createEgress({ allow: [collector.host], log: silentLog })
  const tracing = createTracing({ config, egress, randomBytes, onDropped: () => {}, log: silentLog })!
  const gateway: StartedGateway = await startGateway({
    upstreams: { openai: first, compatible: second },
    prices: [row('openai', 'first'), row('compatible', 'second'), priceOf('sim', 'echo')!],
    parts: { tracing, bodies, patience: { mostRetries: 0 } },
  })
  open.push(gateway, egress)
  const told = async (count: number): Promise<OtlpSpan[]> => {
    await eventually(() => (gateway.records.some(({ kind }) => kind === 'close') ? true : undefined))
    await new Promise((resolve) => setImmediate(resolve)) // words are told after the answer
    await tracing.close()
    const spans = collector.spans()
    expect(spans).toHaveLength(count)
    return spans
  }
  return { gateway, told, tracing }
}

/** As the workspace's own wishes would have it: what the caller asks for. */
const bodies: NonNullable<GatewayParts['bodies']> = {
  retentionOf: (_, asked) => asked ?? 'metadata',
  keep: async () => {},
  forget: () => {},
}

const messages = [{ role: 'user', content: 'write to ada@example.com' }]
const callerTrace = '0af7651916cd43dd8448eb211c80319c'
const callerSpan = 'b7ad6b7169203331'
const traceparent = `00-${callerTrace}-${callerSpan}-01`

test('a request is a span in the caller’s trace, with a span below it for each try', async () => {
  const { gateway, told } = await start({
    OTEL_SERVICE_NAME: 'gateway of ada',
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=staging',
    OTEL_EXPORTER_OTLP_HEADERS: 'x-team=data%20people',
  })
  first.play(refusal(500))
  const response = await gateway.ask(
    { model: 'openai/first', messages, temperature: 1, max_tokens: 100 },
    { 'x-assay-fallback': 'compatible/second', traceparent, tracestate: 'vendor=1', 'x-assay-conversation': 'c-1' },
  )
  expect(response.status).toBe(200)
  const [request, failed, good] = await told(3)
  const requestId = response.headers.get('x-assay-request-id')
  expect(request).toMatchObject({
    traceId: callerTrace,
    parentSpanId: callerSpan,
    traceState: 'vendor=1',
    name: 'chat openai/first',
    kind: 2,
    status: {},
  })
  expect(plain(request!.attributes)).toMatchObject({
    [genAi.operationName]: 'chat',
    [genAi.providerName]: 'compatible',
    [genAi.requestModel]: 'openai/first',
    [genAi.requestTemperature]: 1,
    [genAi.requestMaxTokens]: 100,
    [genAi.responseModel]: 'test-model',
    [genAi.responseFinishReasons]: ['stop'],
    [genAi.inputTokens]: 12,
    [genAi.cacheReadInputTokens]: 4,
    [genAi.outputTokens]: 5,
    [genAi.conversationId]: 'c-1',
    'http.response.status_code': 200,
    [own.requestId]: requestId,
    [own.cacheHit]: false,
    [own.attempts]: 2,
    [own.costUsd]: expect.any(Number),
    [own.routeComplexity]: 'medium',
  })
  for (const child of [failed!, good!]) {
    expect(child).toMatchObject({ traceId: callerTrace, parentSpanId: request!.spanId, kind: 3 })
  }
  expect(failed).toMatchObject({ name: 'chat first', status: { code: 2 } })
  expect(plain(failed!.attributes)).toMatchObject({
    [genAi.providerName]: 'openai',
    'error.type': 'gateway.provider_failed',
    'http.response.status_code': 500,
    'server.address': '127.0.0.1',
    [own.attemptNumber]: 1,
  })
  expect(plain(good!.attributes)).toMatchObject({ [own.attemptNumber]: 2, [own.attemptInputTokens]: 12 })
  // Each provider is told of its own try.
  expect(first.seen[0]!.headers).toMatchObject({ traceparent: `00-${callerTrace}-${failed!.spanId}-01` })
  expect(second.seen[0]!.headers).toMatchObject({
    traceparent: `00-${callerTrace}-${good!.spanId}-01`,
    tracestate: 'vendor=1',
  })
  const { headers, path, resource } = collector.batches[0]!
  expect(path).toBe('/v1/traces')
  expect(headers).toMatchObject({ 'x-team': 'data people', 'content-type': 'application/json' })
  expect(resource).toMatchObject({ 'service.name': 'gateway of ada', 'deployment.environment.name': 'staging' })
})

test('words stay out of spans, unless the operator asks for them; personal data stays out always', async () => {
  const quiet = await start()
  await quiet.gateway.ask({ model: 'openai/first', messages, stop: ['ada@example.com'] })
  const silent = await quiet.told(2)
  expect(JSON.stringify(silent)).not.toContain('write to')
  expect(JSON.stringify(silent)).not.toContain('Hello there')
  expect(JSON.stringify(silent)).not.toContain('ada@example.com')
  collector.batches.length = 0

  const open = await start({ OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: 'true' })
  await open.gateway.ask({ model: 'openai/first', messages: [{ role: 'system', content: 'Be brief.' }, ...messages] })
  const [request] = await open.told(2)
  const told = plain(request!.attributes)
  expect(JSON.parse(String(told[genAi.systemInstructions]))).toEqual([{ type: 'text', content: 'Be brief.' }])
  expect(JSON.parse(String(told[genAi.inputMessages]))).toEqual([
    { role: 'user', parts: [{ type: 'text', content: 'write to <email:1>' }] },
  ])
  expect(JSON.parse(String(told[genAi.outputMessages]))).toEqual([
    { role: 'assistant', parts: [{ type: 'text', content: 'Hello there.' }] },
  ])
})

test('a request of which nothing is to be kept has no words in its span either', async () => {
  const { gateway, told } = await start({ OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: 'true' })
  await gateway.ask({ model: 'openai/first', messages }, { 'x-assay-retention': 'none' })
  expect(JSON.stringify(await told(2))).not.toContain('write to')
})

test('a stream tells how long its first piece took; a failed request its error; a refused one why', async () => {
  const { gateway, told } = await start()
  first.play(stream('Hello', ' there.'), refusal(503))
  await (await gateway.ask({ model: 'openai/first', messages, stream: true })).text()
  expect((await gateway.ask({ model: 'openai/first', messages })).status).toBeGreaterThanOrEqual(500)
  expect((await gateway.ask({ model: 'openai/first' })).status).toBe(400)
  const [streamed, , failed, , refused] = await told(5)
  expect(plain(streamed!.attributes)).toMatchObject({
    [genAi.requestStream]: true,
    [genAi.responseTimeToFirstChunk]: expect.any(Number),
  })
  expect(failed!.status.code).toBe(2)
  expect(plain(failed!.attributes)).toMatchObject({
    'error.type': 'gateway.provider_failed',
    [own.status]: 'failed',
  })
  expect(refused).toMatchObject({ name: 'POST /v1/chat/completions', kind: 2, status: {} })
  expect(plain(refused!.attributes)).toMatchObject({ 'error.type': 'input.invalid', 'http.response.status_code': 400 })
  expect(new Set([streamed!, failed!, refused!].map(({ traceId }) => traceId)).size).toBe(3)
})

test('a caller that keeps nothing of its trace has none kept here, and its headers go on as they are', async () => {
  const { gateway, tracing } = await start()
  const unsampled = `00-${callerTrace}-${callerSpan}-00`
  await gateway.ask({ model: 'openai/first', messages }, { traceparent: unsampled })
  await tracing.close()
  expect(collector.spans()).toEqual([])
  expect(first.seen[0]!.headers['traceparent']).toBe(unsampled)
})

test('without a collector nothing is made, and the caller’s trace goes on as it is', async () => {
  const egress = createEgress({ allow: [], log: silentLog })
  open.push(egress)
  expect(createTracing({ config: readConfig({}), egress, randomBytes, onDropped: () => {}, log: silentLog })).toBeNull()
  const gateway = await startGateway({ upstreams: { openai: first }, prices: [row('openai', 'first')] })
  open.push(gateway)
  await gateway.ask({ model: 'openai/first', messages }, { traceparent })
  await gateway.ask({ model: 'openai/first', messages })
  expect(first.seen.map(({ headers }) => headers['traceparent'])).toEqual([traceparent, undefined])
})

test('a collector at an address that is not allowed stops the start and is named', () => {
  const egress = createEgress({ allow: [], log: silentLog })
  open.push(egress)
  const config = readConfig({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' })
  const begin = () => createTracing({ config, egress, randomBytes, onDropped: () => {}, log: silentLog })
  expect(begin).toThrow('127.0.0.1')
})
