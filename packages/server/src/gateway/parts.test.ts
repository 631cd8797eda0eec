import { AssayError, type ChatRequest } from '@assay/core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { completionJson, startUpstream, stream, type Upstream } from './__fixtures__/scripted-upstream.ts'
import { eventually, startGateway, type StartedGateway } from './__fixtures__/started-gateway.ts'
import type { CacheTurn, GuardSet, LandedAnswer, Limits } from './parts.ts'

let upstream: Upstream
let gateway: StartedGateway
/** What was asked of the optional parts, in order. */
let told: string[]
let guards: GuardSet | null
let turn: () => CacheTurn
let refusal: AssayError | null

const limits: Limits = {
  enter: () => {
    told.push('enter')
    return () => void told.push('leave')
  },
  reserve: ({ inputTokens, outputTokens }) => {
    told.push(`reserve ${inputTokens}+${outputTokens}`)
    if (refusal) throw refusal
    return { remainingNanoUsd: null, holds: [], settle: (used) => void told.push(`settle ${used.outputTokens}`) }
  },
}

beforeAll(async () => {
  upstream = await startUpstream()
  gateway = await startGateway({
    upstreams: { compatible: upstream },
    parts: {
      limits,
      guards: { of: () => guards },
      cache: {
        begin: () => {
          told.push('cache')
          return turn()
        },
      },
    },
  })
})
beforeEach(() => {
  upstream.reset()
  gateway.reset()
  told = []
  guards = null
  refusal = null
  turn = () => ({ kind: 'off' })
})
afterAll(async () => {
  await gateway.close()
  await upstream.close()
})

const ask = {
  model: 'compatible/any',
  messages: [{ role: 'user', content: 'Tell me a secret.' }],
  max_tokens: 10,
  temperature: 0,
}

const upper: GuardSet = {
  before: async (request) => ({
    request: { ...request, messages: [{ role: 'user', content: 'masked' }] } satisfies ChatRequest,
    isChanged: true,
    flags: ['in'],
  }),
  after: {
    whole: async (text) => ({ text: text.toUpperCase(), isChanged: true, flags: ['out'] }),
    stream: () => ({ push: (text) => text.toUpperCase(), end: () => '!', flags: ['out'] }),
  },
}

const blocking: GuardSet = {
  before: async (request) => ({ request, isChanged: false, flags: [] }),
  after: {
    whole: () => Promise.reject(new AssayError('gateway.shed', { reason: 'a guard says no' })),
    stream: () => ({
      push: (text) => {
        if (text.includes('secret')) throw new AssayError('gateway.shed', { reason: 'a guard says no' })
        return text
      },
      end: () => '',
      flags: [],
    }),
  },
}

const textOf = (events: string): string =>
  [...events.matchAll(/"content":"([^"]*)"/g)].map(([, content]) => content).join('')

test('limits, cache and the reserve come in this order, and what was kept is settled with what was used', async () => {
  const response = await gateway.ask(ask)
  await response.text()
  await eventually(() => told.includes('leave') || undefined)
  expect(told).toEqual(['enter', 'cache', 'reserve 9+10', 'settle 5', 'leave'])
})

test('a request that may not be made is refused before anybody is asked, and leaves', async () => {
  refusal = new AssayError('gateway.shed', { reason: 'nothing left' })
  let failed = 0
  turn = () => ({
    kind: 'lead',
    state: 'miss',
    flight: { push: () => {}, isFollowed: () => false, land: () => {}, fail: () => void failed++ },
  })
  const response = await gateway.ask(ask)
  expect(response.status).toBe(refusal.status)
  await response.text()
  await eventually(() => told.includes('leave') || undefined)
  expect(upstream.seen).toEqual([])
  expect(failed).toBe(1)
})

test('a guard changes the request before it leaves, and the whole answer before the caller sees it', async () => {
  guards = upper
  const body = (await (await gateway.ask(ask)).json()) as { choices: { message: { content: string } }[] }
  expect(upstream.seen[0]!.body['messages']).toEqual([{ role: 'user', content: 'masked' }])
  expect(body.choices[0]!.message.content).toBe('HELLO THERE.')
})

test('a guard changes a stream piece by piece, and what it held back comes before the end', async () => {
  guards = upper
  upstream.play(stream('one ', 'two'))
  const text = await (await gateway.ask({ ...ask, stream: true })).text()
  expect(textOf(text)).toBe('ONE TWO!')
  expect(text.endsWith('data: [DONE]\n\n')).toBe(true)
})

test('a guard that blocks an answer ends it with its error, whole or streamed', async () => {
  guards = blocking
  const whole = await gateway.ask(ask)
  expect(whole.status).toBe(503)
  expect(await whole.json()).toMatchObject({ error: { code: 'gateway.shed' } })
  upstream.play(stream('a ', 'secret', ' more'))
  const streamed = await gateway.ask({ ...ask, stream: true })
  const text = await streamed.text()
  expect(text).toContain('gateway.shed')
  expect(text).not.toContain('secret"')
  expect(text).not.toContain('[DONE]')
  expect((await gateway.rowOf(streamed)).status).toBe('failed')
})

test('whoever leads a flight hands its pieces and its end to those who wait', async () => {
  const pushed: string[] = []
  const landed: LandedAnswer[] = []
  turn = () => ({
    kind: 'lead',
    state: 'miss',
    flight: {
      push: (events) => void pushed.push(Buffer.from(events).toString()),
      isFollowed: () => false,
      land: (answer) => void landed.push(answer),
      fail: () => expect.unreachable(),
    },
  })
  upstream.play(stream('one ', 'two'))
  await (await gateway.ask({ ...ask, stream: true })).text()
  await eventually(() => landed[0])
  expect(textOf(pushed.join(''))).toBe('one two')
  expect(landed[0]!.events).toHaveLength(5)
  expect(landed[0]!.isGuarded).toBe(false)
  await (await gateway.ask(ask)).text()
  const second = await eventually(() => landed[1])
  expect(Buffer.from(second.whole!).toString()).toBe(completionJson('Hello there.'))
})

test('whoever leads may leave while others wait: the call goes on, and its tokens are exact', async () => {
  const landed: LandedAnswer[] = []
  turn = () => ({
    kind: 'lead',
    state: 'miss',
    flight: {
      push: () => {},
      isFollowed: () => true,
      land: (answer) => void landed.push(answer),
      fail: () => expect.unreachable(),
    },
  })
  const leaving = new AbortController()
  upstream.play((response) => {
    leaving.abort()
    setTimeout(() => response.setHeader('content-type', 'application/json').end(completionJson('Late.')), 50)
  })
  await gateway.ask(ask, {}, leaving.signal).catch(() => {})
  const { record, whole } = await eventually(() => landed[0])
  expect(Buffer.from(whole!).toString()).toContain('Late.')
  expect(record).toMatchObject({ status: 'cancelled', outputTokens: 5, estimated: false })
})

test('who follows and waits in vain makes the call alone', async () => {
  turn = () => ({ kind: 'follow', serve: (_, goAlone) => goAlone() })
  const response = await gateway.ask(ask)
  expect(await response.json()).toMatchObject({ choices: [{ message: { content: 'Hello there.' } }] })
})
