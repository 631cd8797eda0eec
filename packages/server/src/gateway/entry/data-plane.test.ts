import { gzipSync } from 'node:zlib'
import { request as rawRequest } from 'node:http'
import { connect } from 'node:net'
import { priceOf, costOf, formatUsdDecimal, noUsage, type PriceRow } from '@assay/core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  asksUsage,
  chunkEvent,
  completion,
  completionJson,
  doneEvent,
  good,
  refusal,
  startUpstream,
  stream,
  streamEvents,
  usageEvent,
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

let priceIsBroken = false
const brokenRow: PriceRow = {
  ...row('openai', 'broken', 9),
  get input() {
    if (priceIsBroken) throw new Error('no such price')
    return 9e9
  },
}

let first: Upstream
let second: Upstream
let gateway: StartedGateway

beforeAll(async () => {
  first = await startUpstream()
  second = await startUpstream()
  gateway = await startGateway({
    upstreams: { openai: first, compatible: second },
    prices: [
      row('openai', 'cheap', 1),
      row('compatible', 'dear', 2),
      priceOf('sim', 'echo')!,
      priceOf('sim', 'fault')!,
      brokenRow,
    ],
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
const errorOf = async (response: Response) => ((await response.json()) as { error: Record<string, unknown> }).error

test('a JSON answer comes through byte for byte, with the four headers, and its row was on the disk before', async () => {
  gateway.spool.delayMs = 30
  const response = await gateway.ask({ model: 'openai/cheap', messages, temperature: 0.5 })
  const row = gateway.closedRow(response.headers.get('x-assay-request-id'))
  expect(await response.text()).toBe(completionJson('Hello there.'))
  const cost = costOf({ ...noUsage, inputTokens: 12, outputTokens: 5, cacheReadInputTokens: 4 }, { ...priceOfCheap })
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'x-assay-route': 'openai/cheap; complexity=simple; reason=pinned; attempts=1',
    'x-assay-cost-usd': formatUsdDecimal(cost),
    'x-assay-cache': 'off',
  })
  expect(row).toMatchObject({
    status: 'completed',
    httpStatus: 200,
    promptPreview: 'hello',
    providerName: 'openai',
    responseModel: 'test-model',
    inputTokens: 12,
    outputTokens: 5,
    cacheReadInputTokens: 4,
    costNanoUsd: cost,
    priced: true,
    estimated: false,
    finishReason: 'stop',
    attempts: [{ providerName: 'openai', model: 'cheap', status: 200, errorCode: null }],
  })
})
const priceOfCheap = row('openai', 'cheap', 1)

test('the provider gets the caller’s bytes, with only the model and the key exchanged', async () => {
  const text = `{ "stop" : ["\\"model\\":"], "model"\t: "openai/cheap" ,"messages":[{"role":"user","content":"\\u00e4 {\\"model\\":1}"}],"x":1.0 }`
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'x-api-key': gateway.key, traceparent: '00-abc', cookie: 'a=b' },
    body: text,
  })
  expect(response.status).toBe(200)
  expect(first.seen[0]?.raw).toBe(text.replace('"openai/cheap"', '"cheap"'))
  expect(first.seen[0]?.headers).toMatchObject({
    authorization: 'Bearer sk-upstream-secret-1234',
    traceparent: '00-abc',
  })
  expect(first.seen[0]?.headers).not.toHaveProperty('x-api-key')
  expect(first.seen[0]?.headers).not.toHaveProperty('cookie')
})

test('a stream comes through; the usage we asked for is booked and taken out again', async () => {
  first.play(stream('Hel', 'lo'))
  const response = await gateway.ask({ model: 'openai/cheap', messages, stream: true })
  expect(await response.text()).toBe(streamEvents(['Hel', 'lo'], { withUsage: false }).join(''))
  expect(first.seen[0]?.body).toMatchObject({ stream_options: { include_usage: true } })
  expect(response.headers.get('content-type')).toBe('text/event-stream')
  expect(response.headers.has('x-assay-cost-usd')).toBe(false)
  expect(await gateway.rowOf(response)).toMatchObject({
    stream: true,
    inputTokens: 12,
    outputTokens: 5,
    estimated: false,
  })
})

test('a caller who asked for the usage gets it', async () => {
  first.play(stream('Hi'))
  const response = await gateway.ask({
    model: 'openai/cheap',
    messages,
    stream: true,
    stream_options: { include_usage: true, x: 1 },
  })
  expect(await response.text()).toBe(streamEvents(['Hi'], { withUsage: true }).join(''))
  expect(first.seen[0]?.body['stream_options']).toEqual({ include_usage: true, x: 1 })
})

test('other stream options of the caller stay', async () => {
  first.play(stream('Hi'))
  await (await gateway.ask({ model: 'openai/cheap', stream: true, stream_options: { x: 1 }, messages })).text()
  expect(first.seen[0]?.body['stream_options']).toEqual({ x: 1, include_usage: true })
})

test('[DONE] waits for the disk, the chunks before it do not', async () => {
  gateway.spool.delayMs = 150
  first.play(stream('one', 'two'))
  const response = await gateway.ask({ model: 'openai/cheap', messages, stream: true })
  const reader = response.body!.getReader()
  const decoder = new TextDecoder()
  let text = ''
  let contentAt = 0
  for (;;) {
    const { value, done } = await reader.read()
    if (done) break
    text += decoder.decode(value)
    if (contentAt === 0 && text.includes('two')) contentAt = performance.now()
    if (text.includes('[DONE]')) {
      expect(gateway.closedRow(response.headers.get('x-assay-request-id'))?.status).toBe('completed')
    } else expect(gateway.closedRow(response.headers.get('x-assay-request-id'))).toBeUndefined()
  }
  expect(performance.now() - contentAt).toBeGreaterThan(100)
})

test.each([401, 403, 404, 408, 409, 429, 500, 503, 529])(
  'after %i the next candidate answers, unseen',
  async (status) => {
    first.play(refusal(status))
    second.play((response) => completion(response, 'from the second'))
    const response = await gateway.ask({ model: 'auto', messages })
    expect(await response.text()).toContain('from the second')
    expect(response.headers.get('x-assay-route')).toBe(
      'compatible/dear; complexity=simple; reason=fallback; attempts=2',
    )
    expect((await gateway.rowOf(response)).attempts).toMatchObject([
      { providerName: 'openai', status, errorCode: 'gateway.provider_failed' },
      { providerName: 'compatible', status: 200, errorCode: null },
    ])
    expect(await gateway.failure()).toMatchObject({
      provider: 'openai',
      model: 'cheap',
      httpStatus: status,
      absorbed: true,
    })
    expect(gateway.failures()).toHaveLength(1)
  },
)

test('a stream that fails before its content is answered by the second provider, with nothing of the first', async () => {
  first.play((response) => {
    response.setHeader('content-type', 'text/event-stream')
    response.write(chunkEvent({ role: 'assistant', content: '' }))
    setTimeout(() => response.destroy(), 20)
  })
  second.play(stream('clean'))
  const response = await gateway.ask({ model: 'auto', messages, stream: true })
  expect(await response.text()).toBe(streamEvents(['clean'], { withUsage: false }).join(''))
})

test('a stream that breaks after its content ends in an error event, without [DONE]', async () => {
  first.play((response) => {
    response.setHeader('content-type', 'text/event-stream')
    response.write(chunkEvent({ content: 'begun' }))
    setTimeout(() => response.destroy(), 20)
  })
  const response = await gateway.ask({ model: 'openai/cheap', messages, stream: true })
  const text = await response.text()
  expect(text.startsWith(chunkEvent({ content: 'begun' }))).toBe(true)
  expect(text).not.toContain('[DONE]')
  expect(JSON.parse(text.split('\n\n')[1]!.slice(6))).toMatchObject({ error: { code: 'gateway.provider_failed' } })
  expect(await gateway.rowOf(response)).toMatchObject({
    status: 'failed',
    httpStatus: 200,
    estimated: true,
    outputTokens: 2,
  })
  expect(await gateway.failure()).toMatchObject({ provider: 'openai', output: 'begun', request: { messages } })
})

const broken: [string, boolean, Parameters<Upstream['play']>[0], RegExp][] = [
  ['an empty body', false, good('application/json', ''), /empty/],
  ['null', false, good('application/json', 'null'), /not a chat completion/],
  ['HTML with status 200', false, good('text/html', '<html><body>Sign in</body></html>'), /page instead of JSON/],
  ['JSON that was cut', false, good('application/json', completionJson('x').slice(0, 60)), /not whole JSON/],
  ['an answer without text', false, good('application/json', completionJson('')), /empty/],
  ['an error with status 200', false, good('application/json', '{"error":{"message":"overloaded"}}'), /overloaded/],
  ['a redirect', false, (response) => void response.writeHead(302, { location: 'http://127.0.0.1/' }).end(), /302/],
  ['a stream without end mark', true, good('text/event-stream', chunkEvent({ role: 'assistant' })), /not a stream|cut/],
  ['a stream of garbage', true, good('text/event-stream', 'data: {"x\n\ndata: [DONE]\n\n'), /not a chat completion/],
  ['an empty stream', true, good('text/event-stream', ''), /not a stream/],
  ['a stream with an end mark alone', true, good('text/event-stream', doneEvent), /not a chat completion/],
  ['a stream without a word', true, good('text/event-stream', chunkEvent({}, 'stop') + doneEvent), /empty/],
  [
    'an error inside a stream',
    true,
    good('text/event-stream', 'data: {"error":{"message":"overloaded"}}\n\n'),
    /overloaded/,
  ],
  ['JSON where a stream was asked', true, good('application/json', completionJson('x')), /without a stream/],
]

test.each(broken)('%s is a failure, told in our words and captured once', async (_, isStream, play, message) => {
  first.play(play)
  const response = await gateway.ask({ model: 'openai/cheap', messages, stream: isStream })
  expect(response.status).toBe(502)
  const error = await errorOf(response)
  expect(error).toMatchObject({ requestId: response.headers.get('x-assay-request-id') })
  expect(error['message']).toMatch(message)
  expect(error['hint']).toEqual(expect.any(String))
  expect(await gateway.rowOf(response)).toMatchObject({ status: 'failed' })
  const report = await gateway.failure()
  expect(report).toMatchObject({
    provider: 'openai',
    requestId: error['requestId'],
    request: { model: 'openai/cheap', messages },
  })
  expect(gateway.failures()).toHaveLength(1)
})

test('a compressed answer is read and handed on plain', async () => {
  first.play((response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
    response.end(gzipSync(completionJson('squeezed')))
  })
  const response = await gateway.ask({ model: 'openai/cheap', messages })
  expect(response.headers.has('content-encoding')).toBe(false)
  expect(await response.text()).toBe(completionJson('squeezed'))
})

test('the last provider’s refusal is the answer: its status, words and waiting time, without its secret', async () => {
  first.play(
    refusal(
      429,
      { message: 'Too many; key sk-upstream-secret-1234 is over', type: 'tokens', code: 'rate_limit_exceeded' },
      { 'retry-after': '7', 'x-ratelimit-remaining-requests': '0' },
    ),
  )
  const response = await gateway.ask({ model: 'openai/cheap', messages })
  expect(response.status).toBe(429)
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'retry-after': '7',
    'x-provider-ratelimit-remaining-requests': '0',
  })
  expect(await errorOf(response)).toMatchObject({
    message: 'Too many; key [redacted] is over',
    type: 'tokens',
    code: 'rate_limit_exceeded',
  })
  expect(await gateway.failure()).toMatchObject({
    httpStatus: 429,
    providerCode: 'rate_limit_exceeded',
    providerType: 'tokens',
  })
  expect(JSON.stringify(gateway.records)).not.toContain('sk-upstream')
})

test('529 stays 529', async () => {
  first.play(refusal(529))
  expect((await gateway.ask({ model: 'openai/cheap', messages })).status).toBe(529)
})

test('a refusal of the request itself is not tried elsewhere', async () => {
  first.play(refusal(400))
  expect((await gateway.ask({ model: 'auto', messages })).status).toBe(400)
  expect(second.seen).toHaveLength(0)
})

test('a server that cannot be reached is 502, one that is too slow 504', async () => {
  first.play((response) => void response.socket?.resetAndDestroy())
  expect((await gateway.ask({ model: 'openai/cheap', messages })).status).toBe(502)
  first.play(() => {})
  const response = await gateway.ask({ model: 'openai/cheap', messages }, { 'x-assay-timeout-ms': '120' })
  expect(response.status).toBe(504)
  expect(await errorOf(response)).toMatchObject({ code: 'gateway.timeout', message: expect.stringContaining('120 ms') })
  await eventually(() => first.seen[1]?.closedEarlyAt ?? undefined)
  expect(await gateway.rowOf(response)).toMatchObject({ status: 'failed', errorCode: 'gateway.timeout' })
})

test('a deadline in the middle of a stream ends it with an error event', async () => {
  first.play((response) => {
    response.setHeader('content-type', 'text/event-stream')
    response.write(chunkEvent({ content: 'slow' }))
  })
  const response = await gateway.ask({ model: 'openai/cheap', messages, stream: true }, { 'x-assay-timeout-ms': '150' })
  const text = await response.text()
  expect(text).toContain('gateway.timeout')
  expect(text).not.toContain('[DONE]')
  expect(await gateway.failure()).toMatchObject({ name: 'TimeoutError', model: 'cheap', output: 'slow' })
})

test.each([
  ['at its fourth chunk', true],
  ['before the first byte', false],
])('a caller who leaves %s closes the upstream within 100 ms and is booked as cancelled', async (_, hasBegun) => {
  first.play((response) => {
    if (!hasBegun) return
    response.setHeader('content-type', 'text/event-stream')
    for (const content of ['a', 'b', 'c', 'd']) response.write(chunkEvent({ content: `${content} word ` }))
  })
  const leaving = new AbortController()
  const asked = gateway.ask({ model: 'openai/cheap', messages, stream: true }, {}, leaving.signal)
  if (hasBegun) await (await asked).body!.getReader().read()
  else asked.catch(() => {})
  await eventually(() => first.seen[0])
  leaving.abort() // the first one loads code of the client, which takes its time
  const leftAt = performance.now()
  const closedAt = await eventually(() => first.seen[0]?.closedEarlyAt ?? undefined)
  expect(closedAt - leftAt).toBeLessThan(100)
  const row = await eventually(() => gateway.records.find(({ kind }) => kind === 'close'))
  expect(row).toMatchObject({
    request: { status: 'cancelled', estimated: true, inputTokens: 6, outputTokens: hasBegun ? 7 : 0 },
  })
  expect(gateway.failures()).toEqual([])
})

test('an answer that breaks the requested schema is served, and captured with the request', async () => {
  const schema = { type: 'object', properties: { total: { type: 'number' } }, required: ['total'] }
  first.always((response) => completion(response, '{"total":"twelve"}'))
  const ask = (body: object) => gateway.ask({ model: 'openai/cheap', messages, ...body })
  const response = await ask({ response_format: { type: 'json_schema', json_schema: { name: 'a', schema } } })
  expect(response.status).toBe(200)
  expect(await gateway.failure()).toMatchObject({
    category: 'validation',
    message: expect.stringContaining('total'),
    output: '{"total":"twelve"}',
    request: { response_format: { type: 'json_schema' } },
  })
  expect(await gateway.rowOf(response)).toMatchObject({ status: 'completed' })
})

test('our own refusals are no failures', async () => {
  await gateway.ask({ model: 'nobody/knows', messages })
  await gateway.ask({ model: 'openai/cheap' })
  await gateway.ask({ model: 'openai/cheap', messages }, { authorization: 'Bearer wrong' })
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(gateway.records).toEqual([])
})

test('a full disk does not stop the answers; what could not be kept is counted', async () => {
  gateway.spool.failure = new Error('ENOSPC')
  const response = await gateway.ask({ model: 'openai/cheap', messages })
  expect(response.status).toBe(200)
  expect(gateway.dropped).toEqual(['open', 'close'])
})

test('tags, conversation and a complexity of the caller’s own are kept', async () => {
  const response = await gateway.ask(
    { model: 'auto', messages },
    { 'x-assay-tags': 'team=search, run=7', 'x-assay-conversation': 'c-1', 'x-assay-route': 'complex' },
  )
  expect(await gateway.rowOf(response)).toMatchObject({
    tags: { team: 'search', run: '7' },
    conversationId: 'c-1',
    complexity: 'complex',
    requestModel: 'auto',
    route: 'price',
  })
})

test.each([
  ['x-assay-route', 'hard'],
  ['x-assay-timeout-ms', '0'],
  ['x-assay-timeout-ms', 'soon'],
  ['x-assay-tags', 'nothing'],
  ['x-assay-tags', `a=${'b'.repeat(80)}`],
])('%s: %s is refused by name', async (name, value) => {
  const response = await gateway.ask({ model: 'openai/cheap', messages }, { [name]: value })
  expect(response.status).toBe(400)
  expect(await errorOf(response)).toMatchObject({ code: 'input.invalid', message: expect.stringContaining(name) })
})

const deep = `{"model":"openai/cheap","messages":[{"role":"user","content":"x"}],"x":${'['.repeat(80)}${']'.repeat(80)}}`
test.each([
  ['', 'input.bad_json'],
  ['{', 'input.bad_json'],
  ['[]', 'input.invalid'],
  ['{"model":"openai/cheap"}', 'input.invalid'],
  ['{"model":"openai/cheap","messages":[]}', 'input.invalid'],
  ['{"model":"openai/cheap","model":"sim/echo","messages":[{"role":"user","content":"x"}]}', 'input.invalid'],
  ['{"model":"openai/cheap","mod\\u0065l":"sim/echo","messages":[{"role":"user","content":"x"}]}', 'input.invalid'],
  [deep, 'input.invalid'],
])('the body %.40s is refused', async (body, code) => {
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.key}` },
    body,
  })
  expect(response.status).toBe(400)
  expect(await errorOf(response)).toMatchObject({ code })
})

/** Bytes as no well-behaved client sends them. */
const sendRaw = (text: string): Promise<string> =>
  new Promise((resolve) => {
    let answer = ''
    const socket = connect(gateway.port, '127.0.0.1', () => socket.write(text))
    socket.on('data', (chunk) => {
      answer += String(chunk)
      socket.end()
    })
    socket.on('close', () => resolve(answer))
  })

test.each([
  ['two Host headers', 'GET /v1/models HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', 400],
  ['an absolute target', 'GET http://a/v1/models HTTP/1.1\r\nHost: a\r\n\r\n', 400],
  ['headers of 20 KiB', `GET /v1/models HTTP/1.1\r\nHost: a\r\nx: ${'y'.repeat(20_480)}\r\n\r\n`, 431],
])('%s: %#', async (_, text, status) => {
  expect(await sendRaw(text)).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
})

test.each([
  ['GET', '/v1/chat/completions', {}, 405],
  ['POST', '/v1/models', {}, 405],
  ['GET', '/v1/nothing', {}, 404],
  ['GET', '/v1/toString', {}, 404],
  ['GET', '/v1/models', { authorization: '' }, 401],
  ['POST', '/v1/chat/completions', { 'content-encoding': 'gzip' }, 415],
])('%s %s %j is refused with %i', async (method, path, headers, status) => {
  const response = await fetch(gateway.url + path, {
    method,
    headers: { authorization: `Bearer ${gateway.key}`, ...headers },
  })
  expect(response.status).toBe(status)
  expect(await errorOf(response)).toMatchObject({ code: expect.any(String), hint: expect.any(String) })
  if (status === 405) expect(response.headers.get('allow')).toBe(method === 'GET' ? 'POST' : 'GET')
})

test('a body over 32 MiB is refused with 413 before it is read', async () => {
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const request = rawRequest(
      `${gateway.url}/v1/chat/completions`,
      { method: 'POST', headers: { authorization: `Bearer ${gateway.key}`, 'content-length': 33 * 1024 * 1024 } },
      (response) => resolve(response.resume().statusCode),
    )
    request.on('error', reject)
    request.write('{')
  })
  expect(status).toBe(413)
})

test('who sends a body that is too large whole, before reading, sees the 413 and no broken pipe', async () => {
  const { hostname, port } = new URL(gateway.url)
  const body = Buffer.alloc(33 * 1024 * 1024, 'x')
  const head = `POST /v1/messages HTTP/1.1\r\nhost: ${hostname}\r\nx-api-key: ${gateway.key}\r\n`
  const answer = await new Promise<string>((resolve, reject) => {
    const socket = connect(Number(port), hostname).pause()
    socket.on('error', reject)
    socket.write(`${head}content-length: ${body.length}\r\n\r\n`)
    socket.write(body, (error) => {
      if (error) return reject(error)
      let text = ''
      socket.on('data', (chunk) => (text += chunk.toString()))
      socket.on('close', () => resolve(text))
      socket.resume()
    })
  })
  expect(answer).toContain('413')
  expect(answer).toContain('"limitBytes":33554432')
})

test('a target with a host before its path is refused in the dialect of that path', async () => {
  const { hostname, port } = new URL(gateway.url)
  const answer = await new Promise<string>((resolve, reject) => {
    let text = ''
    const socket = connect(Number(port), hostname).on('error', reject)
    socket.on('data', (chunk) => (text += chunk.toString())).on('close', () => resolve(text))
    socket.write('POST http://other.example/v1/messages HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n')
  })
  expect(answer).toContain('{"type":"error","error":{"type":"invalid_request_error"')
})

test('the list of models holds those the key may call', async () => {
  const response = await fetch(`${gateway.url}/v1/models`, { headers: { authorization: `Bearer ${gateway.key}` } })
  const { data } = (await response.json()) as { data: { id: string }[] }
  expect(data.map(({ id }) => id)).toEqual([
    'auto',
    'openai/cheap',
    'compatible/dear',
    'sim/echo',
    'sim/fault',
    'openai/broken',
  ])
})

test('an upstream that never counts is counted by us', async () => {
  first.play(
    good('text/event-stream', [chunkEvent({ content: 'twelve chars' }), chunkEvent({}, 'stop'), doneEvent].join('')),
  )
  const response = await gateway.ask({ model: 'openai/cheap', messages, stream: true })
  await response.text()
  expect(await gateway.rowOf(response)).toMatchObject({
    estimated: true,
    outputTokens: 3,
    inputTokens: 6,
    priced: true,
  })
})

test('usage in the last content chunk is booked and stays in it', async () => {
  const last = usageEvent.replace(
    '"choices":[]',
    '"choices":[{"index":0,"delta":{"content":"x"},"finish_reason":"stop"}]',
  )
  first.play(good('text/event-stream', last + doneEvent))
  const response = await gateway.ask({ model: 'openai/cheap', messages, stream: true })
  expect(await response.text()).toBe(last + doneEvent)
  expect(await gateway.rowOf(response)).toMatchObject({ inputTokens: 12, estimated: false })
  expect(asksUsage(first.seen[0]!)).toBe(true)
})

test('sim/fault refuses a header that cannot be sent instead of ending the service', async () => {
  for (const headers of [{ 'x-request-id': '\u20ac' }, { 'bad name': 'x' }]) {
    const script = JSON.stringify({ status: 429, headers })
    const response = await gateway.ask({
      model: 'sim/fault',
      messages: [{ role: 'system', content: script }, ...messages],
    })
    expect(response.status).toBe(400)
    expect((await errorOf(response))['message']).toMatch(/does not understand its script/)
  }
  await eventually(() => gateway.failures()[1])
})

test('a status that HTTP does not know is told as 502', async () => {
  first.play(refusal(799))
  const response = await gateway.ask({ model: 'openai/cheap', messages })
  expect(response.status).toBe(502)
  expect(await gateway.failure()).toMatchObject({ httpStatus: 502 })
})

test('a request that breaks inside the gateway is answered with 500 and closed in the log', async () => {
  first.play((response) => {
    priceIsBroken = true
    completion(response)
  })
  const response = await gateway.ask({ model: 'openai/broken', messages })
  priceIsBroken = false
  expect(response.status).toBe(500)
  expect(await gateway.rowOf(response)).toMatchObject({ status: 'failed', errorCode: 'internal.unexpected' })
})

test('the request log does not quote personal data or keys out of a provider’s message', async () => {
  first.play(refusal(400, { message: 'invalid prompt: "mail jane.doe@example.org, key sk-abcdefghijklmnop1234"' }))
  const row = await gateway.rowOf(await gateway.ask({ model: 'openai/cheap', messages }))
  expect(row.errorMessage).toContain('invalid prompt')
  expect(row.errorMessage).not.toMatch(/jane|abcdefgh/)
})

test('a provider that fails with very many words is captured all the same', async () => {
  first.play(refusal(500, { message: 'x'.repeat(40_000), type: 't'.repeat(300), code: 'c'.repeat(300) }))
  await gateway.ask({ model: 'openai/cheap', messages })
  const report = await gateway.failure()
  expect(report.message).toHaveLength(32_768)
  expect(report.providerCode).toHaveLength(200)
  expect(report.providerType).toHaveLength(200)
})

test('an upstream that stays open after [DONE] is let go', async () => {
  first.play((response) => {
    response.setHeader('content-type', 'text/event-stream')
    response.write(chunkEvent({ content: 'hi' }) + chunkEvent({}, 'stop') + doneEvent)
  })
  await (await gateway.ask({ model: 'openai/cheap', messages, stream: true })).text()
  expect(await eventually(() => first.seen[0]?.closedEarlyAt ?? undefined, 2_000)).toEqual(expect.any(Number))
})
