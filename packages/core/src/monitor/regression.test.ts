import { expect, test } from 'vitest'
import { diagnose } from './diagnose.ts'
import { Failure, FailureGroup, FailureReport, categories } from './failure.ts'
import { minimiseRequest } from './minimise.ts'
import { expectedToAssertions, planRegressionTest } from './regression.ts'
import { type NewRegressionTest, RegressionTest } from './regression-test.ts'
import { structuredOutputFailure } from './structured-output.ts'
import type { ChatRequest } from '../gateway/chat.ts'

const now = '2026-11-21T12:00:00.000Z'
const id = '0199c3f2-77aa-7c41-9d55-0a3f0e6d1b2c'
const schema = { type: 'object', required: ['title'], properties: { title: { type: 'string' } } }
const request: ChatRequest = {
  model: 'sim/smart',
  messages: [{ role: 'user', content: 'a recipe as JSON' }],
  response_format: { type: 'json_schema', json_schema: { name: 'recipe', schema } },
}

const failed = (report: Partial<FailureReport> & { message: string }) => {
  const diagnosis = diagnose(report)
  const failure = Failure.parse({
    id,
    groupId: id,
    at: now,
    receivedAt: now,
    name: report.name ?? null,
    message: report.message,
    stack: null,
    httpStatus: report.httpStatus ?? null,
    provider: null,
    model: null,
    requestId: null,
    environment: 'production',
    release: null,
    category: diagnosis.category,
    severity: diagnosis.severity,
    count: 1,
    tags: report.tags ?? [],
    context: report.context ?? null,
    request: report.request ?? request,
    output: report.output ?? null,
    redactions: {},
  })
  const group = FailureGroup.parse({
    id,
    ...diagnosis,
    state: 'open',
    occurrences: 3,
    threshold: 3,
    countBy: 'occurrences',
    incidents: 3,
    isWidespread: false,
    resolvedIn: null,
    mutedUntil: null,
    mutedFor: null,
    groupingVersion: 1,
    users: 1,
    firstSeenAt: now,
    lastSeenAt: now,
    testId: null,
    testStatus: 'waiting',
    daily: Array.from({ length: 14 }, () => 0),
  })
  return { group, failure, id, now }
}

const planned = (parts: ReturnType<typeof failed>): NewRegressionTest => {
  const plan = planRegressionTest(parts)
  if (plan.kind !== 'test') throw new Error(`no test: ${plan.kind}`)
  return plan.test
}

test('an answer that broke its schema becomes a replay that asks for the schema', () => {
  const plan = planned(failed({ name: 'StructuredOutputError', message: 'The answer does not fit: title is required' }))
  expect(RegressionTest.omit({ groupId: true }).parse(plan)).toEqual(plan)
  expect(plan).toMatchObject({
    name: 'regression_structured_output_error',
    method: 'replay',
    state: 'draft',
    confidence: 75,
    target: { kind: 'model', model: 'sim/smart' },
    request,
    expected: { shouldNotFail: true, schema, fingerprintAbsent: expect.stringMatching(/^[0-9a-f]{16}$/) },
  })
  expect(plan.tags).toContain('validation')
})

test('a provider fault is played by the simulator and never asked of the provider', () => {
  const parts = failed({
    name: 'OverloadedError',
    message: 'Overloaded',
    httpStatus: 529,
    context: {
      response: { status: 529, headers: { 'Retry-After': '1', 'set-cookie': 'x=1' }, body: { type: 'error' } },
    },
  })
  expect(planned(parts)).toMatchObject({
    name: 'regression_overloaded_error',
    method: 'inject',
    target: {
      kind: 'fault',
      model: 'sim/fault',
      fault: { status: 529, headers: { 'retry-after': '1' }, body: { type: 'error' }, times: 1 },
    },
  })
})

test('without a recorded answer the status, else the kind, shapes the fault', () => {
  const fault = (report: Parameters<typeof failed>[0]) => {
    const { target } = planned(failed(report))
    return target.kind === 'fault' ? target.fault : null
  }
  expect(fault({ message: 'rate limit reached', httpStatus: 429 })).toMatchObject({ status: 429, times: 1 })
  expect(fault({ message: 'Request timed out.' })).toEqual({ status: 200, delayMs: 1_500, times: 1 })
  expect(fault({ message: 'socket hang up' })).toMatchObject({ status: 200, cutAfterBytes: 0 })
  expect(fault({ message: 'the model is overloaded' })).toMatchObject({ status: 503 })
})

test('auth and quota make no test, only an alert', () => {
  expect(planRegressionTest(failed({ message: 'Incorrect API key provided', httpStatus: 401 }))).toEqual({
    kind: 'alert_only',
  })
  expect(planRegressionTest(failed({ message: 'You exceeded your current quota', httpStatus: 429 }))).toEqual({
    kind: 'alert_only',
  })
})

test('a quota that is only a limit per minute makes a test all the same', () => {
  const message = "Quota exceeded for quota metric 'requests per minute'"
  expect(planned(failed({ message, httpStatus: 429 })).method).toBe('inject')
})

test('without a request there is nothing to ask again', () => {
  const parts = failed({ message: 'TypeError: x is not iterable' })
  expect(planRegressionTest({ ...parts, failure: null })).toEqual({ kind: 'needs_request' })
  expect(planRegressionTest({ ...parts, failure: { ...parts.failure, request: null } })).toEqual({
    kind: 'needs_request',
  })
})

test('every category has its plan, and every name is snake_case', () => {
  for (const category of categories) {
    const plan = planRegressionTest(failed({ message: 'Error: something odd happened', category }))
    expect(plan.kind).toBe(category === 'auth' ? 'alert_only' : 'test')
    if (plan.kind === 'test') expect(plan.test.name).toMatch(/^regression_[a-z0-9]+(_[a-z0-9]+)*$/)
  }
})

test('an expectation is written as assertions of a suite', () => {
  expect(expectedToAssertions({ shouldNotFail: true })).toEqual([])
  expect(
    expectedToAssertions({
      schema,
      assertions: [{ type: 'contains', value: 'x', weight: 1 }],
      maxDurationMs: 2_000,
      maxCostUsd: 0.01,
    }),
  ).toEqual([
    { type: 'is-json', value: schema, weight: 1 },
    { type: 'contains', value: 'x', weight: 1 },
    { type: 'latency', threshold: 2_000, weight: 1 },
    { type: 'cost', threshold: 0.01, weight: 1 },
  ])
})

test('answers that break a schema in the same way are one group, whatever they say', () => {
  const report = (text: string, errors: string[]) => structuredOutputFailure(request, text, errors)
  const one = report('{"rows":[{}]}', ['/rows/0 must have required property "id"', '/title must be string'])
  const two = report('{"rows":[1,2,{}]}', ['/title must be string', '/rows/2 must have required property "id"'])
  const other = report('{}', ['/title must be number'])
  expect(FailureReport.parse(one)).toEqual(one)
  expect(diagnose(one).category).toBe('validation')
  expect(diagnose(one).fingerprint).toBe(diagnose(two).fingerprint)
  expect(diagnose(one).fingerprint).not.toBe(diagnose(other).fingerprint)
})

test('minimising drops leading turns and needless tools, and keeps what the evidence needs', async () => {
  const long: ChatRequest = {
    model: 'sim/echo',
    messages: [
      { role: 'system', content: 'rules' },
      ...Array.from({ length: 12 }, (_, turn) => ({
        role: turn % 2 === 0 ? ('user' as const) : ('assistant' as const),
        content: `turn ${turn}`,
      })),
      { role: 'user', content: 'the bad question' },
    ],
    tools: [
      { type: 'function', name: 'needed' },
      { type: 'function', name: 'other' },
    ],
  }
  let calls = 0
  const smaller = minimiseRequest(long, ({ messages, tools }) => {
    calls++
    return messages.some(({ content }) => content === 'turn 10') && JSON.stringify(tools ?? []).includes('needed')
  })
  expect(smaller.messages.map(({ content }) => content)).toEqual(['rules', 'turn 10', 'turn 11', 'the bad question'])
  expect(smaller.tools).toEqual([{ type: 'function', name: 'needed' }])
  expect(calls).toBeLessThanOrEqual(20)
})

test('evidence that needs everything keeps everything', async () => {
  expect(minimiseRequest(request, () => false)).toBe(request)
})

const conversation = (changes: Partial<ChatRequest> = {}): ChatRequest => ({
  ...request,
  messages: [
    { role: 'system', content: 'rules' },
    ...Array.from({ length: 8 }, (_, turn) => ({
      role: turn % 2 === 0 ? ('user' as const) : ('assistant' as const),
      content: 'a long turn '.repeat(200),
    })),
    { role: 'user', content: 'the bad question' },
  ],
  tools: [
    { type: 'function', function: { name: 'read_invoice' } },
    { type: 'function', function: { name: 'send_mail' } },
  ],
  ...changes,
})

test('a broken answer is asked again with the last turn and the tools that the evidence names', () => {
  const plan = planned(
    failed({
      name: 'StructuredOutputError',
      message: 'The answer does not fit: title is required',
      request: conversation(),
      output: '{"tool":"read_invoice"}',
    }),
  )
  expect(plan.request!.messages.map(({ content }) => content)).toEqual(['rules', 'the bad question'])
  expect(plan.request!.tools).toEqual([{ type: 'function', function: { name: 'read_invoice' } }])
  expect(plan.request!.response_format).toEqual(request.response_format)
})

test('a request that was too long stays too long, and no longer than that', () => {
  const whole = conversation()
  const message = "This model's maximum context length is 2,048 tokens. However, your messages resulted in 4900 tokens."
  const { messages } = planned(failed({ message, httpStatus: 400, request: whole })).request!
  expect(messages.length).toBeLessThan(whole.messages.length)
  expect(messages.length).toBeGreaterThan(4)
})

test('what nothing recorded can show again is kept whole; a fault needs no more than the last turn', () => {
  const whole = conversation()
  expect(planned(failed({ message: 'total is undefined', request: whole })).request).toEqual(whole)
  const overloaded = { message: 'Overloaded', httpStatus: 529 }
  expect(planned(failed({ ...overloaded, request: whole })).request!.messages).toHaveLength(2)
  const auto = conversation({ model: 'auto' })
  expect(planned(failed({ ...overloaded, request: auto })).request).toEqual(auto)
})
