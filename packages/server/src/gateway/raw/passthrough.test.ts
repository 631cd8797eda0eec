import { request as send } from 'node:http'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  completionJson,
  good,
  refusal,
  startUpstream,
  stream,
  type Upstream,
} from '../__fixtures__/scripted-upstream.ts'
import { eventually, startGateway, type StartedGateway } from '../__fixtures__/started-gateway.ts'
import { rawPath, rawUrl } from './raw-path.ts'

/** Calls that go to a provider as they are. */

let upstream: Upstream
let gateway: StartedGateway

beforeAll(async () => {
  upstream = await startUpstream()
  const { host, baseUrl } = upstream
  gateway = await startGateway({
    upstreams: { openai: { host, baseUrl }, anthropic: { host, baseUrl: `http://${host}` } },
  })
})
afterAll(async () => {
  await gateway.close()
  await upstream.close()
})
beforeEach(() => {
  upstream.reset()
  gateway.reset()
})

const call = (path: string, init: RequestInit = {}) =>
  fetch(`${gateway.url}/passthrough/${path}`, {
    ...init,
    headers: { authorization: `Bearer ${gateway.key}`, ...(init.headers as Record<string, string>) },
  })

test('a call with its method, query and body reaches the provider, its key taken for the gateway’s', async () => {
  upstream.play(good('application/json', '{"deleted": true}'))
  const response = await call('openai/files/file-1?after=a%20b&key=as_live_secret', {
    method: 'DELETE',
    headers: { cookie: 'a=b', 'openai-beta': 'x', 'x-other': 'y' },
  })
  expect(await response.text()).toBe('{"deleted": true}')
  expect(upstream.seen[0]).toMatchObject({
    path: '/v1/files/file-1?after=a%20b',
    headers: { authorization: 'Bearer sk-upstream-secret-1234', 'openai-beta': 'x' },
  })
  for (const name of ['cookie', 'x-other']) expect(upstream.seen[0]!.headers).not.toHaveProperty(name)
  expect(await gateway.rowOf(response)).toMatchObject({
    operationName: 'passthrough',
    status: 'completed',
    httpStatus: 200,
    providerName: 'openai',
    priced: false,
    costNanoUsd: null,
  })
})

test('usage is read where the dialect is known, whole and as a stream', async () => {
  upstream.play(good('application/json', completionJson('Hi.')), stream('Hi.'))
  const body = { model: 'gpt-4o-mini', messages: [] }
  const post = (json: object) =>
    call('openai/v1/chat/completions', {
      method: 'POST',
      body: JSON.stringify(json),
      headers: { 'content-type': 'application/json' },
    })
  const whole = await post(body)
  expect(await whole.text()).toBe(completionJson('Hi.'))
  const usage = { inputTokens: 12, outputTokens: 5, cacheReadInputTokens: 4, priced: true, requestModel: 'gpt-4o-mini' }
  expect(await gateway.rowOf(whole)).toMatchObject(usage)
  const streamed = await post({ ...body, stream: true, stream_options: { include_usage: true } })
  expect(await streamed.text()).toContain('data: [DONE]')
  expect(await gateway.rowOf(streamed)).toMatchObject({ ...usage, stream: true })
})

test('an upload goes on while it comes, whatever it holds', async () => {
  upstream.play(good('application/json', '{"id":"file-2"}'))
  const bytes = 'x'.repeat(300_000)
  const posted = await new Promise<string>((resolve, reject) => {
    const request = send(`${gateway.url}/passthrough/openai/v1/files`, {
      method: 'POST',
      headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'text/plain' },
    })
    request.on('response', (response) => {
      let text = ''
      response.on('data', (chunk: Buffer) => (text += chunk.toString()))
      response.on('end', () => resolve(text))
    })
    request.on('error', reject)
    request.write(JSON.stringify(bytes.slice(0, 100_000)).slice(0, -1))
    request.end(`${bytes.slice(100_000)}"`)
  })
  expect(posted).toBe('{"id":"file-2"}')
  expect(upstream.seen[0]!.raw).toBe(JSON.stringify(bytes))
})

test('what the provider refuses comes back as it is, and is a failure in the log', async () => {
  upstream.play(refusal(404, { message: 'No such file', type: 'invalid_request_error' }))
  const response = await call('openai/v1/files/none')
  expect(response.status).toBe(404)
  expect(await response.json()).toEqual({ error: { message: 'No such file', type: 'invalid_request_error' } })
  expect(await gateway.rowOf(response)).toMatchObject({ status: 'failed', httpStatus: 404 })
})

test('a caller who leaves takes the call along', async () => {
  upstream.play((response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write('data: 1\n\n')
    response.write('data: 2\n\n')
  })
  const abort = new AbortController()
  const response = await call('openai/v1/anything', { signal: abort.signal })
  expect(response.status).toBe(200)
  abort.abort()
  const seen = await eventually(() => (upstream.seen[0]?.closedEarlyAt === null ? undefined : upstream.seen[0]))
  expect(seen.closedEarlyAt).not.toBeNull()
  expect(await eventually(() => gateway.records.find(({ kind }) => kind === 'close'))).toMatchObject({
    request: { status: 'cancelled' },
  })
})

test('a key that is bound to providers or models makes no other call', async () => {
  const { host, baseUrl } = upstream
  const bound = await startGateway({
    upstreams: { openai: { host, baseUrl }, anthropic: { host, baseUrl } },
    holder: { allowedProviders: ['openai'], allowedModels: ['openai/gpt-4o-*'] },
  })
  const ask = (path: string, model?: string) =>
    fetch(`${bound.url}/passthrough/${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${bound.key}`, 'content-type': 'application/json' },
      body: JSON.stringify(model === undefined ? {} : { model }),
    })
  expect((await ask('openai/v1/chat/completions', 'gpt-4o-mini')).status).toBe(200)
  for (const [path, model] of [
    ['openai/v1/chat/completions', 'o3'],
    ['openai/v1/files', undefined],
    ['anthropic/v1/messages', 'gpt-4o-mini'],
  ] as const) {
    const response = await ask(path, model)
    expect(response.status).toBe(403)
    expect(await response.json()).toMatchObject({ error: { code: 'access.model_not_allowed' } })
  }
  expect(upstream.seen).toHaveLength(1)
  await bound.close()
})

test('providers that have no place are not found', async () => {
  expect((await call('sim/echo')).status).toBe(404)
  expect((await call('nobody/v1/models')).status).toBe(404)
  expect((await call('google/v1beta/models')).status).toBe(401)
})

test.each(['../x', 'a/../b', 'a/%2e%2e/b', 'a/.%2E', 'a/%252e%252e/b', 'a%2f..%2fb', 'a\\b', 'a%5c..', 'a%00b', '%'])(
  'the path %s leads nowhere',
  (path) => {
    expect(() => rawPath(path)).toThrow(expect.objectContaining({ code: 'input.bad_request' }))
  },
)

test.each([
  ['https://api.openai.com/v1', '/v1/files', '', 'https://api.openai.com/v1/files'],
  ['https://api.openai.com/v1', '/files', 'a=1', 'https://api.openai.com/v1/files?a=1'],
  ['https://api.anthropic.com', '/v1/messages', '', 'https://api.anthropic.com/v1/messages'],
  ['https://h/base/', '/base', '', 'https://h/base'],
])('%s and %s meet', (baseUrl, path, query, url) => {
  expect(rawUrl(baseUrl, path, query)).toBe(url)
})
