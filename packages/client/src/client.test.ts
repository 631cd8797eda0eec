import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { api, routes, type FailureGroup, type Page } from '@assay/core'
import { afterAll, beforeAll, beforeEach, expect, expectTypeOf, test } from 'vitest'
import { createClient } from './client.ts'
import { ClientError } from './client-error.ts'

/** A server that answers whatever the test says and keeps what it was asked. */
type Seen = { method: string; url: string; headers: IncomingMessage['headers']; body: string }
let seen: Seen[] = []
let answer: (request: Seen, response: ServerResponse) => void
const server = createServer((request, response) => {
  let body = ''
  request.on('data', (chunk: Buffer) => (body += chunk.toString()))
  request.on('end', () => {
    const one = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body }
    seen.push(one)
    answer(one, response)
  })
})
let url = ''

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => new Promise((resolve) => server.close(resolve)))
beforeEach(() => {
  seen = []
  answer = (_, response) => response.end('{"items":[],"nextCursor":null}')
})

const id = '0193aaaa-0000-7000-8000-000000000001'

test('the table of routes names every contract with its method and path', () => {
  const stated = Object.fromEntries(Object.entries(api).map(([name, { method, path }]) => [name, `${method} ${path}`]))
  expect(routes).toEqual(stated)
})

test('a call puts parameters in the path, the query in the address and the body in JSON, under the key', async () => {
  const client = createClient({ url: `${url}/behind/a/prefix/`, key: 'as_live_x' })
  await client.updateFailureGroup({ params: { id }, body: { state: 'resolved' } })
  await client.listRequests({ query: { text: 'a & b', status: 'failed', limit: 5 } })
  await client.listRequests()
  expect(seen.map(({ method, url: path, body }) => [method, path, body])).toEqual([
    ['PATCH', `/behind/a/prefix/api/v1/failure-groups/${id}`, '{"state":"resolved"}'],
    ['GET', '/behind/a/prefix/api/v1/requests?text=a+%26+b&status=failed&limit=5', ''],
    ['GET', '/behind/a/prefix/api/v1/requests', ''],
  ])
  expect(seen[0]?.headers).toMatchObject({ authorization: 'Bearer as_live_x', 'content-type': 'application/json' })
  expect(seen[1]?.headers['content-type']).toBeUndefined()
})

test('a parameter cannot step out of its place in the path', async () => {
  await createClient({ url }).getRequest({ params: { id: '../me?x=1#y' } })
  expect(seen[0]?.url).toBe('/api/v1/requests/..%2Fme%3Fx%3D1%23y')
})

test('the types of calls and replies are those of the contracts', () => {
  const client = createClient({ url })
  expectTypeOf(client.listFailureGroups).returns.resolves.toEqualTypeOf<Page<FailureGroup>>()
  expectTypeOf(client.getFailureGroup).parameter(0).toEqualTypeOf<{ params: { id: string } }>()
  // @ts-expect-error: a route with parameters cannot be called without them
  void (() => client.getFailureGroup())
})

test('the problem of a server arrives with its code, hint, details and request id', async () => {
  answer = (_, response) => {
    response.writeHead(404, { 'content-type': 'application/json' })
    const error = {
      code: 'resource.not_found',
      message: 'There is no x.',
      hint: 'Look.',
      details: { id },
      requestId: 'r1',
    }
    response.end(JSON.stringify({ error }))
  }
  const error = await createClient({ url })
    .getRequest({ params: { id } })
    .catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(ClientError)
  expect(error).toMatchObject({
    code: 'resource.not_found',
    message: 'There is no x.',
    hint: 'Look.',
    status: 404,
    details: { id },
    requestId: 'r1',
  })
})

test('an answer that is not from Assay says so instead of showing markup', async () => {
  answer = (_, response) => response.writeHead(502, { 'x-assay-request-id': 'r2' }).end('<html>Bad gateway</html>')
  const error = await createClient({ url })
    .getMe()
    .catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'client.bad_answer', status: 502, requestId: 'r2' })
  expect((error as Error).message).not.toContain('<html>')
})

test('a server that is not there is named with the address and what the system said', async () => {
  const error = await createClient({ url: 'http://127.0.0.1:1' })
    .getMe()
    .catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'client.unreachable', status: 502, details: { url: 'http://127.0.0.1:1' } })
  expect((error as ClientError).hint).toContain('assay serve')
})

test('a server that does not answer in time is said to be late, and a call that its caller stopped is not an error of the server', async () => {
  answer = () => {}
  const client = createClient({ url, timeoutMs: 30 })
  await expect(client.getMe()).rejects.toMatchObject({ code: 'client.timeout', status: 504 })
  await expect(client.getMe({}, { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' })
})

test('an answer without a body is null', async () => {
  answer = (_, response) => response.writeHead(204).end()
  expect(await createClient({ url }).signOut()).toBeNull()
})
