import { z } from 'zod'
import { Timestamp } from '../clock.ts'
import { ChatRequest } from '../gateway/chat.ts'
import { NanoUsd } from '../money.ts'
import { environments, runTriggers } from '../suite/environment.ts'
import { AssertionSpec, PassAtText } from '../suite/suite.ts'
import { GivenTarget, TestTarget } from './test-target.ts'
import { trustOf } from './trust.ts'

export const testKinds = ['smoke', 'regression', 'contract', 'integration'] as const
export const testMethods = ['replay', 'inject'] as const
/** Where a test came from. */
export const testOrigins = ['failure', 'request', 'manual', 'feedback'] as const

/**
 * draft: never seen red. red: fails as recorded, the product is not fixed yet. active: was red, then green twice;
 * guards. flaky: quarantined. broken: fails on every rerun. unconfirmed: could not be made red. retired: put away.
 */
export const testStates = ['draft', 'red', 'active', 'flaky', 'broken', 'unconfirmed', 'retired'] as const

/** What must hold of the answer when the recorded request is asked again. */
export const Expected = z.strictObject({
  shouldNotFail: z.boolean().optional().describe('False: a clear error is an answer too. True when left out.'),
  minimumFiles: z
    .int()
    .min(1)
    .max(1_000)
    .optional()
    .describe('Entries of `files[]` in the output, else fenced blocks.'),
  schema: z.record(z.string(), z.unknown()).optional().describe('JSON Schema the answer must fit.'),
  assertions: z.array(AssertionSpec).max(100).optional(),
  maxDurationMs: z.number().positive().optional(),
  maxCostUsd: z.number().min(0).optional(),
  fingerprintAbsent: z.string().max(64).optional().describe('The failure with this fingerprint must not come back.'),
})
export type Expected = z.infer<typeof Expected>

/** One step of a pipeline: what is asked of what, and what must hold before the next one begins. */
export const TestPhase = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z][\w-]{0,39}$/, { message: 'is a letter, then up to 39 letters, digits, dashes' })
    .describe('Later phases see its answer as `{{phases.NAME.output}}`, the next one also as `{{output}}`.'),
  target: GivenTarget.nullable().describe('Null: that of the test.'),
  request: ChatRequest.nullable(),
  expected: Expected,
})
export type TestPhase = z.infer<typeof TestPhase>

/** One time that a test was seen red or green, and what was seen. */
export const Evidence = z.object({
  at: Timestamp,
  runId: z.uuid().nullable(),
  source: z
    .enum(['recorded_output', 'given_output', 'unprotected', 'live', 'protected'])
    .describe('The recorded answer, the bad answer that its author gave, the fault alone, or the product as it is.'),
  expected: z.string(),
  actual: z.string(),
})
export type Evidence = z.infer<typeof Evidence>

/** The proof that a test can fail, and that it does not now. */
export const Verification = z.object({
  red: Evidence.nullable(),
  green: z.array(Evidence).max(2).describe('Passes in a row since it was last seen to fail.'),
})
export type Verification = z.infer<typeof Verification>

/** A test that is run and reported, and blocks nothing. */
export const Quarantine = z.object({
  since: Timestamp,
  until: Timestamp,
  reason: z.string(),
  by: z.enum(['rule', 'person']),
  times: z.int().describe('How often it was here: each time doubles the days.'),
  endedAt: Timestamp.nullable(),
})
export type Quarantine = z.infer<typeof Quarantine>

/** A case made from a failure group, or by hand. */
export const RegressionTest = z.object({
  id: z.uuid(),
  name: z.string(),
  kind: z.enum(testKinds),
  method: z.enum(testMethods),
  origin: z.enum(testOrigins),
  state: z.enum(testStates),
  stateReason: z.string(),
  isActive: z.boolean().describe('False: it is run only when asked for by its id.'),
  version: z.int().min(1).describe('Raised by every change of what is asked, of what, and what must hold.'),
  groupId: z.uuid().nullable(),
  target: TestTarget,
  request: ChatRequest.nullable().describe('Null where nothing is asked: a suite, the database, a pipeline.'),
  phases: z.array(TestPhase),
  expected: Expected,
  badOutput: z.string().nullable().describe('An answer that must not pass: what the test is seen to fail on.'),
  passAt: PassAtText.nullable().describe(
    'As `2/3`: passes of attempts. Null: one pass decides, and failures are rerun.',
  ),
  framework: z.string().nullable(),
  tags: z.array(z.string()),
  needsConfirmation: z.boolean().describe('It stays a draft until a person has said what the right answer is.'),
  confidence: z.int().min(0).max(100),
  trust: z.number().describe('0 to 100: is the test reliable? With the 90 % interval from low to high.'),
  trustLow: z.number(),
  trustHigh: z.number(),
  health: z.number().describe('0 to 100: is the product? The lower bound of the share of passes.'),
  healthExecutions: z.int().describe('Settled executions of this version that health is told from, 35 at most.'),
  runs: z.int(),
  passes: z.int(),
  fails: z.int(),
  flakies: z.int(),
  verification: Verification,
  quarantine: Quarantine.nullable(),
  redAt: Timestamp.nullable().describe('When it was first seen to fail as recorded.'),
  greenAt: Timestamp.nullable(),
  lastRunAt: Timestamp.nullable(),
  createdAt: Timestamp,
  updatedAt: Timestamp,
})
export type RegressionTest = z.infer<typeof RegressionTest>

/** A test before it is stored; the store knows its group. */
export type NewRegressionTest = Omit<RegressionTest, 'groupId'>

/** What says what a test is; everything else follows. */
type Essence = Pick<RegressionTest, 'id' | 'name' | 'kind' | 'origin' | 'target' | 'expected' | 'createdAt'>

/** A test as every one begins: a draft of version 1 with a confidence of 75. */
export const newRegressionTest = (given: Essence & Partial<NewRegressionTest>): NewRegressionTest => ({
  method: 'replay',
  state: 'draft',
  stateReason: 'Not yet seen to fail as recorded.',
  isActive: true,
  version: 1,
  request: null,
  phases: [],
  badOutput: null,
  passAt: null,
  framework: null,
  tags: [],
  needsConfirmation: false,
  ...unscored,
  updatedAt: given.createdAt,
  ...given,
})

const { trust, low, high } = trustOf([])

/** The figures of a test that was never run. */
export const unscored = {
  confidence: 75,
  trust,
  trustLow: low,
  trustHigh: high,
  health: 0,
  healthExecutions: 0,
  runs: 0,
  passes: 0,
  fails: 0,
  flakies: 0,
  verification: { red: null, green: [] },
  quarantine: null,
  redAt: null,
  greenAt: null,
  lastRunAt: null,
} satisfies Partial<RegressionTest>

export const outcomes = ['pass', 'flaky', 'fail', 'error', 'infrastructure'] as const

/** One execution of a regression test, with the confidence it left behind. */
export const Execution = z.object({
  id: z.uuid(),
  testId: z.uuid(),
  runId: z.uuid(),
  version: z.int().min(1).describe('Of the test.'),
  outcome: z.enum(outcomes),
  verification: z.boolean().describe('True while red and green are being shown; such executions move no score.'),
  confidence: z.int(),
  trigger: z.enum(runTriggers),
  environment: z.enum(environments),
  release: z.string().nullable(),
  attempts: z.int().describe('How often it was asked.'),
  passed: z.int().describe('Attempts that passed.'),
  expected: z.string(),
  actual: z.string(),
  error: z.string().nullable(),
  durationMs: z.number(),
  ttftMs: z.number().nullable(),
  inputTokens: z.int().nullable(),
  outputTokens: z.int().nullable(),
  costNanoUsd: NanoUsd.nullable(),
  at: Timestamp,
})
export type Execution = z.infer<typeof Execution>
