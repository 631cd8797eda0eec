import { expect, test } from 'vitest'
import { checkRecovery, type Met } from './check-recovery.ts'

const at = Date.parse('2026-11-21T12:00:00.000Z')
const attempt = (startMs: number, latencyMs: number, errorCode: string | null): Met['record']['attempts'][number] => ({
  providerName: 'sim',
  model: 'fault',
  credentialId: null,
  status: errorCode === null ? 200 : 529,
  errorCode,
  startedAt: new Date(at + startMs).toISOString(),
  ttftMs: null,
  latencyMs,
  usage: null,
  costNanoUsd: 0,
})
const met = (given: Partial<Met>): Met => ({
  record: { attempts: [attempt(0, 10, 'x'), attempt(1_010, 10, null)], latencyMs: 1_020 },
  patience: { mostAttempts: 8, wholeMs: 10_000, longestRetryAfterMs: 20_000 },
  retryAfterMs: null,
  error: null,
  status: 200,
  ...given,
})
const failing = (given: Partial<Met>) => checkRecovery(met(given)).flatMap(({ type, pass }) => (pass ? [] : [type]))

test('a fault that was met as it should be has nothing against it', () => {
  expect(failing({})).toEqual([])
  expect(failing({ retryAfterMs: 1_000 })).toEqual([])
  expect(failing({ error: { code: 'gateway.provider_failed', message: 'Overloaded.' }, status: 529 })).toEqual([])
})

test('a wait that was not kept, too many attempts, a passed deadline and an error without words are each named', () => {
  expect(failing({ retryAfterMs: 3_000 })).toEqual(['retry-after'])
  expect(failing({ patience: { mostAttempts: 1, wholeMs: 10_000, longestRetryAfterMs: 20_000 } })).toEqual(['attempts'])
  expect(failing({ patience: { mostAttempts: 8, wholeMs: 500, longestRetryAfterMs: 20_000 } })).toEqual(['deadline'])
  expect(failing({ error: {}, status: 502 })).toEqual(['error-envelope'])
})
