import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { adminKey, startService, type TestService } from '../__fixtures__/service.ts'
import { contentSecurityPolicy } from './security-headers.ts'

let service: TestService
beforeAll(async () => {
  service = await startService()
})
afterAll(() => service[Symbol.asyncDispose]())

type Problem = {
  error: { code: string; message: string; hint: string; details?: { issues?: { path: string }[] }; requestId: string }
}

test('every refusal has a code, a message, a way out and the id of its request', async () => {
  for (const [route, call, status, code] of [
    ['GET /api/v1/nothing', {}, 404, 'http.not_found'],
    ['PUT /api/v1/me', {}, 405, 'http.method_not_allowed'],
    ['GET /api/v1/sign-in', {}, 405, 'http.method_not_allowed'],
    ['POST /healthz', {}, 405, 'http.method_not_allowed'],
    ['GET /api/v1/runs?limit=100000', {}, 400, 'input.invalid'],
    ['GET /api/v1/runs?colour=red', {}, 400, 'input.invalid'],
    ['GET /api/v1/runs?cursor=nonsense', {}, 400, 'input.invalid'],
    ['GET /api/v1/runs/not-an-id', {}, 400, 'input.invalid'],
    ['POST /api/v1/failures', { body: '{"message":' }, 400, 'input.bad_json'],
    ['POST /api/v1/failures', { body: '{"message":"a","message":"b"}' }, 400, 'input.bad_json'],
    ['POST /api/v1/failures', { body: `{"message":"${'x'.repeat(1_100_000)}"}` }, 413, 'input.too_large'],
    [
      'POST /api/v1/failures',
      { body: 'a=b', headers: { 'content-type': 'text/plain' } },
      415,
      'input.unsupported_media_type',
    ],
    [
      'POST /api/v1/failures',
      { body: '{}', headers: { 'content-encoding': 'gzip' } },
      415,
      'input.unsupported_encoding',
    ],
  ] as const) {
    const answer = await service.call<Problem>(route, call)
    expect({ route, status: answer.status, code: answer.body.error?.code }).toEqual({ route, status, code })
    expect(answer.body.error.hint).not.toBe('')
    expect(answer.body.error.requestId).toBe(answer.headers.get('x-assay-request-id'))
  }
})

test('who sends everything before reading is told of a body that is too large, and sees no broken pipe', async () => {
  const { hostname, port } = new URL(service.url)
  const socket = connect(Number(port), hostname)
  const ended = new Promise<string>((resolve, reject) => {
    let text = ''
    socket
      .on('data', (chunk) => (text += String(chunk)))
      .on('error', reject)
      .on('close', () => resolve(text))
  })
  const head = [
    'POST /api/v1/failures HTTP/1.1',
    'host: localhost',
    'content-type: application/json',
    `authorization: Bearer ${adminKey}`,
    'connection: close',
  ]
  socket.write(`${head.join('\r\n')}\r\ncontent-length: 20000000\r\n\r\n`)
  for (let sent = 0; sent < 20_000_000; sent += 500_000) {
    if (!socket.write('x'.repeat(500_000))) await once(socket, 'drain')
  }
  expect(await ended).toMatch(/^HTTP\/1\.1 413 [\s\S]*input\.too_large/)
})

test('a wrong field is named by its dotted path', async () => {
  const { body } = await service.call<Problem>('POST /api/v1/gateway-keys', {
    body: { name: '', scopes: ['inference', 'fly'], colour: 'red' },
  })
  expect(body.error.details?.issues?.map(({ path }) => path)).toEqual(['name', 'scopes[1]', ''])
  expect(body.error.message).toContain('colour')
})

test('a method that a path does not take is answered with those it does', async () => {
  const { headers } = await service.call('PUT /api/v1/gateway-keys')
  expect(headers.get('allow')).toBe('GET, POST')
})

test('an id of nobody and an id of another workspace are answered alike', async () => {
  const id = '0199c3f2-77aa-7c41-9d55-0a3f0e6d1b2c'
  const { status, body } = await service.call<Problem>(`GET /api/v1/failures/${id}`)
  expect(status).toBe(404)
  expect(body.error.message).toBe(`There is no failure ${id}.`)
})

/** Sends bytes as they are; answers the status line and the body. */
const sendRaw = (lines: string[]): Promise<{ status: number; text: string }> => {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>()
  const { hostname, port } = new URL(service.url)
  const socket = connect(Number(port), hostname)
  let text = ''
  socket.on('data', (chunk) => (text += chunk.toString()))
  socket.on('error', reject)
  socket.on('close', () => resolve({ status: Number(text.split(' ')[1]), text }))
  socket.write(`${lines.join('\r\n')}\r\nConnection: close\r\n\r\n`)
  return promise
}

test.each(['/api/v1/me', '/v1/models'])('requests to %s that can be read in two ways are refused', async (path) => {
  const host = `Host: ${new URL(service.url).host}`
  expect(await sendRaw([`GET ${path} HTTP/1.1`, 'Host: a', 'Host: b'])).toMatchObject({ status: 400 })
  expect(await sendRaw([`GET http://a${path} HTTP/1.1`, host])).toMatchObject({ status: 400 })
  expect(await sendRaw([`GET ${path} HTTP/1.1`, 'Host: evil.example'])).toMatchObject({ status: 400 })
  expect(await sendRaw([`GET ${path} HTTP/1.1`, host, 'Content-Encoding: gzip'])).toMatchObject({ status: 415 })
  expect(await sendRaw([`GET ${path} HTTP/1.1`, host, `X-Long: ${'x'.repeat(20_480)}`])).toMatchObject({ status: 431 })
  const { status, text } = await sendRaw(['NONSENSE'])
  expect(status).toBe(400)
  expect(text).toContain('"code":"input.bad_request"')
})

test('the description of the interface is there for programs and for people, and loads nothing from elsewhere', async () => {
  const document = await service.call<{ openapi: string }>('GET /api/openapi.json', { key: null })
  expect(document.body.openapi).toBe('3.1.0')
  const page = await service.call<string>('GET /api/docs', { key: null })
  expect(page.body).toContain('/api/v1/failure-groups/{id}')
  expect(page.body).not.toMatch(/<script|src=|https?:\/\/(?!json-schema)/)
})

test('a page path answers with the shell, an unknown one with the shell and 404, both under the policy', async () => {
  for (const [path, status] of [
    ['/', 200],
    ['/w/local/overview', 200],
    ['/w/local/nowhere', 404],
    ['/nowhere', 404],
  ] as const) {
    const answer = await service.call<string>(`GET ${path}`, { key: null })
    expect({ path, status: answer.status }).toEqual({ path, status })
    expect(answer.headers.get('cache-control')).toBe('no-store')
    const nonce = /'nonce-([^']+)'/.exec(answer.headers.get('content-security-policy') ?? '')?.[1] ?? ''
    expect(answer.headers.get('content-security-policy')).toBe(contentSecurityPolicy(nonce))
    expect(answer.body).toContain(nonce)
    expect(answer.body).not.toMatch(/<script(?![^>]*\ssrc=)/)
  }
})

test('the service says that it lives, that it is ready and what it has counted', async () => {
  expect((await service.call('GET /healthz', { key: null })).body).toEqual({ status: 'ok' })
  const ready = await service.call<{ checks: { name: string; ok: boolean }[] }>('GET /readyz', { key: null })
  expect(ready.status).toBe(200)
  expect(ready.body.checks.filter(({ ok }) => !ok)).toEqual([])
  const metrics = await service.call<string>('GET /metrics', { key: null })
  for (const name of ['assay_requests_total', 'assay_spool_bytes', 'assay_events_streams', 'assay_dropped_total']) {
    expect(metrics.body).toContain(`# TYPE ${name}`)
  }
})

test('figures are for this machine and the operator; behind a proxy everybody looks local', async () => {
  const headers = { 'x-forwarded-for': '203.0.113.7' }
  expect((await service.call('GET /metrics', { key: null, headers })).status).toBe(401)
  expect((await service.call('GET /metrics', { headers })).status).toBe(200)
})
