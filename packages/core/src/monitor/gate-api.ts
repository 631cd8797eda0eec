import { z } from 'zod'
import { DAY_MS, MINUTE_MS, Timestamp } from '../clock.ts'
import { contract } from '../contract.ts'
import { environments } from '../suite/environment.ts'
import { Severity } from './failure.ts'
import { outcomes, testKinds, testStates } from './regression-test.ts'

/** What a release must pass. */
export const GatePolicy = z.strictObject({
  runId: z.uuid().optional().describe('Only results of this run count, instead of those of the last `maxAgeMs`.'),
  maxAgeMs: z
    .int()
    .min(MINUTE_MS)
    .max(365 * DAY_MS)
    .default(DAY_MS)
    .describe('A test that guards must have a result at most this old.'),
  tag: z.string().min(1).max(64).optional().describe('Only tests with this tag.'),
  environment: z.enum(environments).optional().describe('Only results from there; without it from anywhere.'),
  block: z
    .enum(['any', 'critical'])
    .default('any')
    .describe('`critical`: only severity high or critical, the tag `critical`, or a confidence of 80 and more.'),
  minConfidence: z.int().min(0).max(100).optional(),
  minTrust: z.number().min(0).max(100).optional(),
  strict: z.boolean().default(false).describe('Flaky tests block too.'),
  requireTests: z.boolean().default(false).describe('Closed when nothing guards.'),
  release: z.string().min(1).max(200).optional().describe('What is about to be released.'),
})
export type GatePolicy = z.infer<typeof GatePolicy>

/** Why a gate is not open. */
export const GateReason = z.object({
  code: z.enum([
    'failed',
    'flaky',
    'no_result',
    'confidence',
    'trust',
    'no_tests',
    'infrastructure',
    'run_failed',
    'run_unfinished',
  ]),
  testId: z.uuid().nullable(),
  test: z.string().nullable().describe('Name of the test.'),
  message: z.string(),
  expected: z.string().optional(),
  actual: z.string().optional(),
})
export type GateReason = z.infer<typeof GateReason>

/** One test as the gate saw it. */
export const GateTest = z.object({
  id: z.uuid(),
  name: z.string(),
  kind: z.enum(testKinds),
  state: z.enum(testStates),
  standing: z
    .enum(['guards', 'tolerated', 'quarantined', 'known_red', 'unproven'])
    .describe('`tolerated`: guards, but is not critical enough for this policy.'),
  isRequired: z.boolean(),
  isBlocking: z.boolean(),
  severity: Severity.nullable(),
  confidence: z.int(),
  trust: z.number(),
  outcome: z.enum(outcomes).nullable().describe('Of the newest execution that counts.'),
  at: Timestamp.nullable(),
  expected: z.string().nullable(),
  actual: z.string().nullable(),
  durationMs: z.number().nullable(),
  groupId: z.uuid().nullable(),
  note: z.string(),
})
export type GateTest = z.infer<typeof GateTest>

/** One answer of the gate. */
export const Gate = z.object({
  id: z.uuid(),
  state: z.enum(['open', 'closed', 'unknown']),
  reasons: z.array(GateReason),
  warnings: z.array(z.string()),
  tests: z.array(GateTest),
  policy: GatePolicy,
  at: Timestamp,
})
export type Gate = z.infer<typeof Gate>

export const checkGate = contract({
  method: 'post',
  path: '/api/v1/regression-tests/gate',
  access: { who: 'person', role: 'member', scope: 'tests' },
  summary: 'Ask whether a release may go on; a closed gate is remembered',
  body: GatePolicy,
  reply: Gate,
})
