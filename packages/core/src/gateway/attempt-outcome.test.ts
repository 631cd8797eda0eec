import { expect, test } from 'vitest'
import { attemptOutcome } from './attempt-outcome.ts'
import type { Attempt, RequestRecord } from './request.ts'

const attempt = (errorCode: string | null) => ({ errorCode }) as Attempt
const outcomes = (status: RequestRecord['status'], ...codes: (string | null)[]) => {
  const record = { status, attempts: codes.map(attempt) } as RequestRecord
  return record.attempts.map((one) => attemptOutcome(one, record))
}

test('a provider that another made good has failed all the same', () => {
  expect(outcomes('completed', 'gateway.provider_failed', 'gateway.timeout', null)).toEqual([
    'failed',
    'failed',
    'answered',
  ])
})

test('what was never sent, or left by its caller, says nothing of a provider', () => {
  expect(outcomes('failed', 'gateway.circuit_open', 'vault.inactive')).toEqual(['none', 'none'])
  expect(outcomes('cancelled', 'gateway.provider_failed', null)).toEqual(['failed', 'none'])
})

test('an answer that a guard held back was an answer', () => {
  expect(outcomes('failed', 'gateway.guard_blocked')).toEqual(['answered'])
})
