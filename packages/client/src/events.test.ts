import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { LiveEvent } from '@assay/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createClient } from './client.ts'

let onStream: (request: IncomingMessage, response: ServerResponse) => void
const server = createServer((request, response) => onStream(request, response))
let url = ''

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => new Promise((resolve) => server.close(resolve)))

const frame = (number: number): string => {
  const event: LiveEvent = {
    topic: 'requests',
    type: 'request.closed',
    id: `request-${number}`,
    at: '2026-11-21T12:00:00.000Z',
    counters: {},
  }
  return `id: ${number}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`
}

test('a stream that breaks is taken up again after the last event that was seen', async () => {
  const asked: { url: string; lastId: unknown }[] = []
  onStream = (request, response) => {
    asked.push({ url: request.url ?? '', lastId: request.headers['last-event-id'] })
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    if (asked.length === 1) {
      response.write(`: hello\n\n${frame(1)}${frame(2)}`)
      setTimeout(() => response.destroy(), 20)
    } else response.write(frame(3))
  }
  const ids: string[] = []
  const states: string[] = []
  const stop = new AbortController()
  const events = createClient({ url, key: 'k' }).events({
    topics: ['requests', 'failures'],
    signal: stop.signal,
    backOffMs: () => 1,
    onState: (state) => states.push(state),
  })
  for await (const { id } of events) {
    ids.push(id)
    if (ids.length === 3) stop.abort()
  }
  expect(ids).toEqual(['request-1', 'request-2', 'request-3'])
  expect(asked).toEqual([
    { url: '/api/v1/events?topics=requests,failures', lastId: undefined },
    { url: '/api/v1/events?topics=requests,failures', lastId: '2' },
  ])
  expect(states).toEqual(['connected', 'lost', 'connected'])
})

test('tries come ever later while the server is away, and start over once it answers', async () => {
  const waits: number[] = []
  let calls = 0
  onStream = (_, response) => {
    calls += 1
    if (calls <= 3) return void response.destroy()
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.end(calls === 5 ? frame(9) : frame(8))
  }
  const stop = new AbortController()
  const events = createClient({ url }).events({
    topics: ['runs'],
    signal: stop.signal,
    backOffMs: (attempt) => {
      waits.push(attempt)
      return 1
    },
  })
  for await (const { id } of events) if (id === 'request-9') stop.abort()
  expect(waits).toEqual([1, 2, 3, 1])
})

test('a stream that the server refuses for good ends with its reason', async () => {
  onStream = (_, response) => {
    response.writeHead(401, { 'content-type': 'application/json' })
    response.end('{"error":{"code":"access.unauthenticated","message":"No sign-in.","hint":"Sign in."}}')
  }
  const states: string[] = []
  const follow = async () => {
    for await (const _ of createClient({ url }).events({ topics: ['runs'], onState: (state) => states.push(state) }))
      break
  }
  await expect(follow()).rejects.toMatchObject({ code: 'access.unauthenticated', status: 401 })
  expect(states).toEqual(['refused'])
})

test('leaving the loop closes the connection', async () => {
  const closed = new Promise<string>((resolve) => {
    onStream = (request, response) => {
      request.on('close', () => resolve('closed'))
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(frame(1))
    }
  })
  for await (const _ of createClient({ url }).events({ topics: ['runs'] })) break
  expect(await closed).toBe('closed')
})
