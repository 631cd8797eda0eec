import type { RequestListener } from 'node:http'
import { expect, test } from 'vitest'
import { appFetch } from './app-fetch.ts'
import { createHttpServer } from './http-server.ts'

/** The real server, not listening, with one plane that tells what reached it. */
const start = (control: RequestListener) => {
  const http = createHttpServer({ createId: () => 'request-1' })
  http.open({ control, data: (_, response) => void response.end('data plane') })
  return { http, fetch: appFetch({ connections: http }) }
}

test('a call within the process passes through the same server, and is known as local', async () => {
  const { http, fetch } = start((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      const { method, url, headers } = request
      response.setHeader('set-cookie', ['a=1', 'b=2'])
      response.end(JSON.stringify({ method, url, type: headers['content-type'], body, isLocal: http.isLocal(request) }))
    })
  })
  const response = await fetch('http://localhost/api/v1/x?y=1', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"a":"ü"}',
  })
  expect(await response.json()).toEqual({
    method: 'POST',
    url: '/api/v1/x?y=1',
    type: 'application/json',
    body: '{"a":"ü"}',
    isLocal: true,
  })
  expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
  expect(await (await fetch('http://localhost/v1/models')).text()).toBe('data plane')
})

test('a stream arrives piece by piece, and leaving it closes it on the other side', async () => {
  const left = Promise.withResolvers<void>()
  const { fetch } = start((_, response) => {
    response.write('first')
    response.once('close', () => left.resolve())
  })
  const controller = new AbortController()
  const response = await fetch('http://localhost/', { signal: controller.signal })
  const { value } = await response.body!.getReader().read()
  expect(Buffer.from(value).toString()).toBe('first')
  controller.abort()
  await left.promise
})

test('an answer without a body has none', async () => {
  const { fetch } = start((_, response) => void response.writeHead(204).end())
  const response = await fetch('http://localhost/', { method: 'DELETE' })
  expect({ status: response.status, body: await response.text() }).toEqual({ status: 204, body: '' })
})

test('until both planes stand, a caller is told to come back', async () => {
  const http = createHttpServer({ createId: () => 'request-1' })
  const response = await appFetch({ connections: http })('http://localhost/')
  expect(response.status).toBe(503)
  expect(response.headers.get('retry-after')).toBe('1')
})
