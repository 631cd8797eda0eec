import { z } from 'zod'
import { Timestamp } from '../clock.ts'
import { ChatRequest } from '../gateway/chat.ts'
import { NanoUsd } from '../money.ts'
import { environments, runTriggers } from '../suite/environment.ts'
import { AssertionSpec } from '../suite/suite.ts'

export const testKinds = ['smoke', 'regression', 'contract', 'integration'] as const
export const testMethods = ['replay', 'inject'] as const

/**
 * draft: never seen red. red: fails as recorded, the product is not fixed yet. active: was red, then green twice;
 * guards. flaky: quarantined. broken: fails on every rerun. unconfirmed: could not be made red. retired: put away.
 */
export const testStates = ['draft', 'red', 'active', 'flaky', 'broken', 'unconfirmed', 'retired'] as const

/** What must hold of the answer when the recorded request is asked again. */
export const Expected = z.strictObject({
  shouldNotFail: z.boolean().optional(),
  schema: z.record(z.string(), z.unknown()).optional().describe('JSON Schema the answer must fit.'),
  assertions: z.array(AssertionSpec).optional(),
  maxDurationMs: z.number().positive().optional(),
  maxCostUsd: z.number().min(0).optional(),
  fingerprintAbsent: z.string().optional().describe('The failure with this fingerprint must not come back.'),
})
export type Expected = z.infer<typeof Expected>

/** What a test is run against. */
export const TestTarget = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('model'), model: z.string() }),
  z.strictObject({ kind: z.literal('fault'), model: z.string(), fault: z.record(z.string(), z.unknown()) }),
])
export type TestTarget = z.infer<typeof TestTarget>

/** A case made from a failure group. */
export const RegressionTest = z.object({
  id: z.uuid(),
  name: z.string(),
  kind: z.enum(testKinds),
  method: z.enum(testMethods),
  state: z.enum(testStates),
  stateReason: z.string(),
  groupId: z.uuid().nullable(),
  target: TestTarget,
  request: ChatRequest,
  expected: Expected,
  tags: z.array(z.string()),
  confidence: z.int().min(0).max(100),
  runs: z.int(),
  passes: z.int(),
  fails: z.int(),
  redAt: Timestamp.nullable().describe('When it was first seen to fail as recorded.'),
  greenAt: Timestamp.nullable(),
  lastRunAt: Timestamp.nullable(),
  createdAt: Timestamp,
})
export type RegressionTest = z.infer<typeof RegressionTest>

/** A test before it is stored; the store knows its group. */
export type NewRegressionTest = Omit<RegressionTest, 'groupId'>

export const outcomes = ['pass', 'flaky', 'fail', 'error', 'infrastructure'] as const

/** One execution of a regression test, with the confidence it left behind. */
export const Execution = z.object({
  id: z.uuid(),
  testId: z.uuid(),
  runId: z.uuid(),
  outcome: z.enum(outcomes),
  verification: z.boolean().describe('True while red and green are being shown; such executions move no score.'),
  confidence: z.int(),
  trigger: z.enum(runTriggers),
  environment: z.enum(environments),
  expected: z.string(),
  actual: z.string(),
  error: z.string().nullable(),
  durationMs: z.number(),
  costNanoUsd: NanoUsd.nullable(),
  at: Timestamp,
})
export type Execution = z.infer<typeof Execution>
