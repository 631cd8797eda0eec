import { setTimeout as delay } from 'node:timers/promises'
import type { LiveEvent } from '@assay/core'
import { until } from '@assay/testkit'
import { afterAll, beforeAll, expect, test, onTestFinished, vi } from 'vitest'
import { adminKey, startService, type TestService } from '../__fixtures__/service.ts'

let service: TestService
beforeAll(async () => {
  service = await startService()
})
afterAll(() => service[Symbol.asyncDispose]())

type Frame = { id: string; event: LiveEvent }

/** Reads a stream into a list until it is closed. */
const listen = async (query = '', headers: Record<string, string> = {}) => {
  const controller = new AbortController()
  const response = await fetch(`${service.url}/api/v1/events${query}`, {
    headers: { authorization: `Bearer ${adminKey}`, ...headers },
    signal: controller.signal,
  })
  const frames: Frame[] = []
  let isOpen = true
  const reading = (async () => {
    let text = ''
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk
      const parts = text.split('\n\n')
      text = parts.pop()!
      for (const part of parts) {
        const frame = /^id: (\d+)\nevent: \S+\ndata: (.*)$/.exec(part)
        if (frame) frames.push({ id: frame[1]!, event: JSON.parse(frame[2]!) as LiveEvent })
      }
    }
  })()
    .catch(() => {})
    .finally(() => (isOpen = false))
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    frames,
    isOpen: () => isOpen,
    close: async () => {
      controller.abort()
      await reading
    },
  }
}

const report = (message: string) => service.call('POST /api/v1/failures', { body: { name: 'LiveError', message } })

test('what happens is told as it happens, by topic, with ids and counters and nothing else', async () => {
  const [all, runs] = await Promise.all([listen(), listen('?topics=runs,jobs')])
  expect(all.type).toBe('text/event-stream; charset=utf-8')
  await report('The secret recipe is out')
  const topicOf = ({ event }: Frame) => event.topic
  await until('both frames', () => (all.frames.length >= 2 ? true : undefined))
  expect(all.frames.toSorted((one, other) => topicOf(one).localeCompare(topicOf(other)))).toMatchObject([
    { event: { topic: 'alerts', type: 'alert.raised', counters: {} } },
    { event: { topic: 'failures', type: 'failure.recorded', counters: { occurrences: 1 } } },
  ])
  expect(JSON.stringify(all.frames)).not.toContain('recipe')
  await delay(100)
  expect(runs.frames).toEqual([])
  await Promise.all([all.close(), runs.close()])
})

test('who comes back is told what was missed, each thing once', async () => {
  const first = await listen('?topics=failures')
  await report('The first of three causes')
  const [seen] = await until('the frame', () => (first.frames.length > 0 ? first.frames : undefined))
  await first.close()
  await report('The second cause, another one')
  await report('The third of them, unlike both')
  const second = await listen('?topics=failures', { 'last-event-id': seen!.id })
  await until('both frames', () => (second.frames.length >= 2 ? true : undefined))
  expect(second.frames.map(({ event }) => event.type)).toEqual(['failure.recorded', 'failure.recorded'])
  expect(Number(second.frames[0]!.id)).toBeGreaterThan(Number(seen!.id))
  await second.close()
})

test('who was away for too long is told to read afresh', async () => {
  const stream = await listen('', { 'last-event-id': '12' })
  const [frame] = await until('the frame', () => (stream.frames.length > 0 ? stream.frames : undefined))
  expect(frame?.event.type).toBe('reset')
  await stream.close()
})

test('a topic that does not exist is refused by name', async () => {
  expect(await service.call('GET /api/v1/events?topics=weather')).toMatchObject({
    status: 400,
    body: { error: { code: 'input.invalid' } },
  })
})

test('one holder has at most twenty streams, and a closed one makes room', async () => {
  const streams = await Promise.all(Array.from({ length: 20 }, () => listen()))
  expect(streams.every(({ status }) => status === 200)).toBe(true)
  const { status, headers } = await service.call('GET /api/v1/events')
  expect({ status, retryAfter: headers.get('retry-after') }).toEqual({ status: 429, retryAfter: '10' })
  await streams.pop()!.close()
  const stream = await until('room', async () => {
    const opened = await listen()
    if (opened.status === 200) return opened
    await opened.close()
    return undefined
  })
  await Promise.all([stream, ...streams].map(({ close }) => close()))
})

test('a stream ends within half a minute after its key', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  onTestFinished(() => void vi.useRealTimers())
  const { body } = await service.call<{ key: string; id: string }>('POST /api/v1/gateway-keys', {
    body: { name: 'reader', scopes: ['read'] },
  })
  const stream = await listen('', { authorization: `Bearer ${body.key}` })
  await service.call(`DELETE /api/v1/gateway-keys/${body.id}`)
  expect(stream.isOpen()).toBe(true)
  vi.advanceTimersByTime(30_000)
  const ended = await until('the end', () => (stream.isOpen() ? undefined : true))
  expect(ended).toBe(true)
})
