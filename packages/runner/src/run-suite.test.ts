import {
  AssayError,
  noUsage,
  silentLog,
  Suite,
  textOf,
  type CaseResult,
  type Complete,
  type Completion,
} from '@assay/core'
import { afterAll, expect, test } from 'vitest'
import type { RunEvent } from './event.ts'
import type { RunOptions } from './run-options.ts'
import { runSuite } from './run-suite.ts'
import { createSandboxPool } from './sandbox/pool.ts'

const sandbox = createSandboxPool({ log: silentLog })
afterAll(() => sandbox.close())

const completion = (text: string): Completion => ({
  providerName: 'fake',
  responseModel: 'fake',
  text,
  reasoningText: '',
  toolCalls: [],
  finishReason: 'stop',
  usage: { ...noUsage, inputTokens: 10, outputTokens: 5 },
  usageEstimated: false,
  costNanoUsd: 1_000_000,
  latencyMs: 3,
  ttftMs: null,
})

const echo: Complete = async ({ messages }) => completion(textOf(messages.at(-1)!))
const overloaded = (retryAfterMs?: number) =>
  new AssayError('gateway.provider_failed', {
    provider: 'fake',
    model: 'm',
    reason: 'HTTP 429',
    providerStatus: 429,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  })
const cases = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ id: `c${index}`, input: `say ${index}` }))

const run = async (suite: object, given: Partial<RunOptions> = {}) => {
  const events: RunEvent[] = []
  const summary = await runSuite(Suite.parse(suite), {
    models: ['fake/m'],
    complete: echo,
    sandbox,
    signal: new AbortController().signal,
    now: () => performance.now(),
    sleep: async () => {},
    random: () => 0.5,
    onEvent: (event) => events.push(event),
    ...given,
  })
  const results = events.filter((event): event is { event: 'result' } & CaseResult => event.event === 'result')
  return { summary, events, results }
}

test('every case runs once on every model, and the sums say so', async () => {
  const { summary, results, events } = await run({ tests: cases(30), repeat: 2 }, { models: ['fake/a', 'fake/b'] })
  expect(new Set(results.map(({ caseKey, model, repeat }) => `${caseKey} ${model} ${repeat}`)).size).toBe(120)
  expect(summary.totals).toMatchObject({
    total: 120,
    passed: 120,
    inputTokens: 1_200,
    costNanoUsd: 120_000_000,
    score: 1,
  })
  expect(summary.models.map(({ model, total }) => [model, total])).toEqual([
    ['fake/a', 60],
    ['fake/b', 60],
  ])
  expect(events[0]).toMatchObject({ event: 'run.started', total: 120 })
  expect(events.at(-1)).toMatchObject({ event: 'run.finished', status: 'completed' })
})

test('an answer is checked with its latency, cost and finish reason', async () => {
  const assert = [
    { type: 'equals', value: 'say 0' },
    { type: 'latency', threshold: 3 },
    { type: 'cost', threshold: 0.001 },
    { type: 'finish-reason', value: 'stop' },
    { type: 'regex', value: '\\d$', metric: 'digits' },
    { type: 'javascript', value: 'context.vars.n === 1', weight: 0 },
  ]
  const { results, summary } = await run({ tests: [{ ...cases(1)[0], vars: { n: 2 }, assert }] })
  expect(results[0]?.verdicts.map(({ pass }) => pass)).toEqual([true, true, true, true, true, false])
  expect(results[0]).toMatchObject({ status: 'passed', score: 1 })
  expect(summary.totals.metrics).toEqual({ digits: 1 })
})

test('a check that cannot be made is an error of its case and of no other', async () => {
  const hostile = { type: 'regex', value: '(a+)+$' }
  const tests = [
    { input: `${'a'.repeat(40)}!`, assert: [hostile] },
    { input: 'aa', assert: [hostile] },
  ]
  const { results } = await run({ tests })
  const statuses = Object.fromEntries(results.map(({ input, status, error }) => [input.length, error?.code ?? status]))
  expect(statuses).toEqual({ 41: 'assertion.timeout', 2: 'passed' })
})

test('never more calls at once than allowed, and not many at first', async () => {
  let active = 0
  const most: number[] = []
  const complete: Complete = async (request, options) => {
    most.push(++active)
    await new Promise((resolve) => setImmediate(resolve))
    active--
    return echo(request, options)
  }
  await run({ tests: cases(400) }, { complete, concurrency: 10 })
  expect(Math.max(...most)).toBe(10)
  expect(Math.max(...most.slice(0, 4))).toBe(4)
})

test('an overload is asked again after what the provider said, and the run ends green', async () => {
  const waits: number[] = []
  let clock = 0
  let calls = 0
  const complete: Complete = async (request, options) => {
    if (++calls <= 4) throw overloaded(1_000)
    return echo(request, options)
  }
  const { summary } = await run(
    { tests: cases(4) },
    {
      complete,
      now: () => clock,
      sleep: async (milliseconds) => {
        waits.push(milliseconds)
        clock += milliseconds
      },
    },
  )
  expect(summary.totals).toMatchObject({ passed: 4 })
  expect(waits).toHaveLength(4)
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(1_000)
})

test.each([
  ['retries 0 makes one call', overloaded(), 0, 1],
  ['three retries make four', overloaded(), 3, 4],
  [
    'what the caller did wrong is not asked again',
    new AssayError('gateway.provider_failed', { provider: 'f', model: 'm', reason: 'HTTP 400', providerStatus: 400 }),
    3,
    1,
  ],
  [
    'a server that cannot be reached is',
    new AssayError('gateway.provider_unreachable', { provider: 'f', origin: 'o', reason: 'r' }),
    2,
    3,
  ],
])('%s', async (_, error, retries, expected) => {
  let calls = 0
  const complete: Complete = async () => {
    calls++
    throw error
  }
  const { summary, results } = await run({ tests: cases(1) }, { complete, retries })
  expect(calls).toBe(expected)
  expect(results[0]).toMatchObject({ status: 'error', score: 0, error: { code: error.code } })
  expect(summary).toMatchObject({ answered: 0, errors: { [error.code]: 1 } })
})

/** Waits for its signal, as a model that never answers. */
const never: Complete = (_, { signal }) =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))))

test('a case that takes longer than its limit ends as limit.time', async () => {
  const { results } = await run({ tests: cases(1), limits: { timeoutMs: 20 } }, { complete: never })
  expect(results[0]).toMatchObject({ status: 'error', error: { code: 'limit.time' } })
})

test('a case that does not get on is named while it waits', async () => {
  const { events } = await run(
    { tests: cases(1), limits: { timeoutMs: 100 } },
    { complete: never, progressMs: 10, stuckMs: 30 },
  )
  const named = events.find((event) => event.event === 'progress' && event.waiting.length > 0)
  expect(named).toMatchObject({ waiting: [{ caseKey: 'c0', model: 'fake/m', attempt: 1 }] })
})

test('an interrupt lets calls in flight end, breaks off what hangs and starts nothing more', async () => {
  const controller = new AbortController()
  let calls = 0
  const complete: Complete = (request, options) => {
    calls++
    if (calls === 4) queueMicrotask(() => controller.abort())
    return calls === 1 ? never(request, options) : echo(request, options)
  }
  const { summary, results } = await run({ tests: cases(100) }, { complete, signal: controller.signal, graceMs: 30 })
  expect(summary.status).toBe('interrupted')
  expect(results.length).toBeLessThan(10)
  expect(results.every(({ status }) => status === 'passed')).toBe(true)
  expect(summary.totals.total).toBe(results.length)
})

test('a slow model does not hold up another', async () => {
  const order: string[] = []
  const complete: Complete = async (request, options) => {
    if (request.model === 'fake/slow') await new Promise((resolve) => setTimeout(resolve, 20))
    order.push(request.model)
    return echo(request, options)
  }
  await run({ tests: cases(20) }, { complete, models: ['fake/slow', 'fake/fast'], concurrency: 8 })
  expect(order.slice(0, 8)).toEqual(Array.from({ length: 8 }, () => 'fake/fast'))
})

test('a listener that throws fails the run instead of ending the process', async () => {
  const onEvent = (event: RunEvent): void => {
    if (event.event === 'result') throw new Error('the result cannot be kept')
  }
  await expect(run({ tests: cases(20) }, { onEvent })).rejects.toThrow('the result cannot be kept')
})

test('a listener that throws at a progress report fails the run too', async () => {
  const slow: Complete = (_, { signal }) =>
    new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))))
  const onEvent = (event: RunEvent): void => {
    if (event.event === 'progress') throw new Error('nobody listens')
  }
  await expect(run({ tests: cases(1) }, { complete: slow, onEvent, progressMs: 5 })).rejects.toThrow('nobody listens')
})

test('smoke cases are run first, and when one fails the rest is skipped with the reason, unless told to go on', async () => {
  const suite = {
    tests: [
      { id: 'late', input: 'a', assert: [{ type: 'contains', value: 'a' }] },
      { id: 'alive', input: 'b', kind: 'smoke', assert: [{ type: 'contains', value: 'never' }] },
      { id: 'shape', input: '{}', assert: [{ type: 'is-json' }] },
    ],
  }
  const { results } = await run(suite)
  expect(results.map(({ caseKey, status, kind, reason }) => [caseKey, status, kind, reason])).toEqual([
    ['alive', 'failed', 'smoke', undefined],
    ['shape', 'skipped', 'contract', 'smoke failed'],
    ['late', 'skipped', 'plain', 'smoke failed'],
  ])
  expect((await run(suite, { keepGoing: true })).summary.totals).toMatchObject({ passed: 2, failed: 1, skipped: 0 })
})

test('a case that needs what is not here is skipped with the reason and not asked', async () => {
  const { results, summary } = await run(
    {
      tests: [
        { id: 'far', input: 'a', requires: ['api'] },
        { id: 'near', input: 'b' },
      ],
    },
    { missing: ({ requires }) => (requires.includes('api') ? 'needs api' : null) },
  )
  expect(results).toMatchObject([
    { caseKey: 'far', status: 'skipped', reason: 'needs api' },
    { caseKey: 'near', status: 'passed', unasserted: true },
  ])
  expect(summary.totals).toMatchObject({ skipped: 1, passed: 1 })
})

test('a conversation is led turn by turn, and each answer is held to its own turn', async () => {
  const seen: string[][] = []
  const { results } = await run(
    {
      prompts: ['You are {{name}}'],
      tests: [
        {
          vars: { name: 'Ada' },
          steps: [
            { input: 'who are you?', assert: [{ type: 'contains', value: 'who' }] },
            { input: 'and {{name}}?', assert: [{ type: 'contains', value: 'Ada' }] },
          ],
          assert: [{ type: 'not-contains', value: 'who' }],
        },
      ],
    },
    {
      complete: async (request, options) => {
        seen.push(request.messages.map(({ role, content }) => `${role}: ${content as string}`))
        return echo(request, options)
      },
    },
  )
  expect(seen.at(-1)).toEqual([
    'system: You are Ada',
    'user: who are you?',
    'assistant: who are you?',
    'user: and Ada?',
  ])
  expect(results).toMatchObject([{ status: 'passed', kind: 'integration', steps: 2, costNanoUsd: 2_000_000 }])
  expect(results[0]!.verdicts.map(({ type }) => type)).toEqual(['contains', 'contains', 'not-contains'])
})

test('settings of a model reach its calls, and its label names it in the results', async () => {
  const requests: unknown[] = []
  const { results } = await run(
    {
      providers: [{ id: 'fake/m', label: 'warm', config: { temperature: 0.9 } }],
      tests: [{ input: 'x', transform: 'output.length', assert: [{ type: 'equals', value: '1' }] }],
    },
    {
      models: ['warm'],
      complete: async (request, options) => {
        requests.push(request)
        return echo(request, options)
      },
    },
  )
  expect(requests).toMatchObject([{ model: 'fake/m', temperature: 0.9, max_tokens: 4_096 }])
  expect(results).toMatchObject([{ model: 'warm', status: 'passed' }])
})

test('every combination of a matrix and every circumstance of a scenario is a case of its own', async () => {
  const { results } = await run({
    prompts: ['{{a}}{{b}}'],
    tests: [{ matrix: { a: [1, 2], b: ['x', 'y', 'z'] } }],
    scenarios: [
      { config: [{ vars: { a: 7 } }, { vars: { a: 8 } }], tests: [{ vars: { b: 'p' } }, { vars: { b: 'q' } }] },
    ],
  })
  const said = ['1x', '1y', '1z', '2x', '2y', '2z', '7p', '8p', '7q', '8q']
  expect(results.map(({ response }) => response)).toEqual(said)
  expect(new Set(results.map(({ caseKey }) => caseKey)).size).toBe(10)
})
