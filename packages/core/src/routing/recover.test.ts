import fc from 'fast-check'
import { expect, test } from 'vitest'
import { defaultPatience, isFailureOfProvider, recoverFrom, type FailedTry } from './recover.ts'

const tried = (given: Partial<FailedTry>): FailedTry => ({
  status: null,
  code: 'gateway.provider_failed',
  message: '',
  stage: null,
  providerCode: null,
  providerType: null,
  retryAfterMs: null,
  ...given,
})
const fresh = { retries: 0, attempts: 1, leftMs: 600_000, random: () => 0.5 }

test.each([408, 409, 429, 500, 502, 503, 504, 529])('%i is tried again, and then elsewhere', (status) => {
  expect(recoverFrom(tried({ status }), fresh)).toEqual({ kind: 'retry', delayMs: 125 })
  expect(recoverFrom(tried({ status }), { ...fresh, retries: 1 })).toEqual({ kind: 'retry', delayMs: 250 })
  expect(recoverFrom(tried({ status }), { ...fresh, retries: 2 })).toEqual({ kind: 'next' })
})

test.each([401, 402, 403, 404, 501, 520])('%i is tried elsewhere at once', (status) => {
  expect(recoverFrom(tried({ status }), fresh)).toEqual({ kind: 'next' })
})

test.each([400, 405, 410, 413, 415, 422, 451])('%i is told', (status) => {
  expect(recoverFrom(tried({ status }), fresh)).toEqual({ kind: 'fail' })
})

test('a connection that fails or is cut is tried again, an answer that is none elsewhere', () => {
  expect(recoverFrom(tried({ code: 'gateway.provider_unreachable' }), fresh).kind).toBe('retry')
  expect(recoverFrom(tried({}), fresh).kind).toBe('retry')
  expect(recoverFrom(tried({ code: 'gateway.timeout', stage: 'a connection' }), fresh).kind).toBe('retry')
  expect(recoverFrom(tried({ code: 'gateway.timeout', stage: 'the first byte' }), fresh).kind).toBe('next')
  expect(recoverFrom(tried({ status: 200 }), fresh).kind).toBe('next')
  expect(recoverFrom(tried({ code: 'vault.key_missing' }), fresh).kind).toBe('next')
  expect(recoverFrom(tried({ code: 'gateway.circuit_open' }), fresh).kind).toBe('next')
  expect(recoverFrom(tried({ code: 'egress.bad_url' }), fresh).kind).toBe('fail')
})

test('a quota is not tried again, a rate limit is', () => {
  expect(recoverFrom(tried({ status: 429, providerCode: 'insufficient_quota' }), fresh).kind).toBe('next')
  const gemini = 'You exceeded your current quota, please check your plan and billing details.'
  expect(recoverFrom(tried({ status: 429, message: gemini }), fresh).kind).toBe('next')
  expect(recoverFrom(tried({ status: 429, message: gemini, retryAfterMs: 3_000 }), fresh)).toEqual({
    kind: 'retry',
    delayMs: 3_000,
  })
})

test('what is refused for its content is refused by everybody', () => {
  expect(recoverFrom(tried({ status: 400, providerCode: 'content_policy_violation' }), fresh).kind).toBe('fail')
  expect(recoverFrom(tried({ status: 503, providerCode: 'content_filter' }), fresh).kind).toBe('fail')
})

test.each([
  { providerCode: 'context_length_exceeded' },
  { message: 'prompt is too long: 210000 tokens > 200000 maximum' },
  { message: 'The input token count (1048577) exceeds the maximum number of tokens allowed (1048576).' },
  { message: "This model's maximum context length is 8192 tokens." },
])('a context that is too long asks for a larger model: %j', (said) => {
  expect(recoverFrom(tried({ status: 400, ...said }), fresh).kind).toBe('larger')
})

test('what the provider asks to wait is waited up to 20 s, and never beyond the deadline', () => {
  expect(recoverFrom(tried({ status: 503, retryAfterMs: 20_000 }), fresh).kind).toBe('retry')
  expect(recoverFrom(tried({ status: 503, retryAfterMs: 20_001 }), fresh).kind).toBe('next')
  expect(recoverFrom(tried({ status: 503, retryAfterMs: 5_000 }), { ...fresh, leftMs: 5_000 }).kind).toBe('next')
})

test('it always ends, after eight attempts at most, and never waits longer than allowed', () => {
  fc.assert(
    fc.property(
      fc.record({
        status: fc.option(fc.integer({ min: 200, max: 599 }), { nil: null }),
        retryAfterMs: fc.option(fc.nat(100_000), { nil: null }),
      }),
      fc.record({
        retries: fc.nat(20),
        attempts: fc.integer({ min: 1, max: 20 }),
        leftMs: fc.integer({ min: 0, max: 600_000 }),
        random: fc.double({ min: 0, max: 0.999, noNaN: true }),
      }),
      (given, { random, ...state }) => {
        const step = recoverFrom(tried(given), { ...state, random: () => random })
        if (state.attempts >= defaultPatience.mostAttempts) expect(step.kind).toBe('fail')
        if (state.retries >= defaultPatience.mostRetries) expect(step.kind).not.toBe('retry')
        if (step.kind !== 'retry') return
        expect(step.delayMs).toBeLessThan(Math.max(1, state.leftMs))
        expect(step.delayMs).toBeLessThanOrEqual(given.retryAfterMs === null ? 8_000 : 20_000)
      },
    ),
  )
})

test('the breaker counts what is wrong with the provider, not what is wrong with the request', () => {
  expect([500, 503, 529, 408, 200].map((status) => isFailureOfProvider({ status, code: 'x' }))).toEqual(
    Array.from({ length: 5 }, () => true),
  )
  expect([400, 401, 404, 422, 429].map((status) => isFailureOfProvider({ status, code: 'x' }))).toEqual(
    Array.from({ length: 5 }, () => false),
  )
  expect(isFailureOfProvider({ status: null, code: 'gateway.timeout' })).toBe(true)
  expect(isFailureOfProvider({ status: null, code: 'vault.key_missing' })).toBe(false)
})
