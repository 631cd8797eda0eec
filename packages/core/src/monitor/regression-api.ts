import { z } from 'zod'
import { contract } from '../contract.ts'
import { IdParams, PageQuery, pageOf } from '../page.ts'
import { environments, runTriggers } from '../suite/environment.ts'
import { GivenTest, GivenTestChanges } from './given-test.ts'
import { Execution, Expected, RegressionTest, testKinds, testOrigins, testStates } from './regression-test.ts'

const reading = { who: 'person', role: 'viewer', scope: 'read' } as const
const writing = { who: 'person', role: 'member', scope: 'write' } as const
const running = { who: 'person', role: 'member', scope: 'tests' } as const
const path = '/api/v1/regression-tests'

export const listRegressionTests = contract({
  method: 'get',
  path,
  access: reading,
  summary: 'Regression tests',
  query: PageQuery.extend({
    state: z.enum(testStates).optional(),
    kind: z.enum(testKinds).optional(),
    origin: z.enum(testOrigins).optional(),
    tag: z.string().max(64).optional(),
    group: z.uuid().optional(),
    q: z.string().max(200).optional().describe('Part of the name.'),
  }),
  reply: pageOf(RegressionTest),
})

export const createRegressionTest = contract({
  method: 'post',
  path,
  access: writing,
  summary: 'Write a regression test by hand; one with the same name, or that says the same, is refused',
  status: 201,
  once: true,
  body: GivenTest,
  reply: RegressionTest,
})

export const getRegressionTest = contract({
  method: 'get',
  path: `${path}/{id}`,
  access: reading,
  summary: 'One regression test',
  params: IdParams,
  reply: RegressionTest,
})

export const updateRegressionTest = contract({
  method: 'patch',
  path: `${path}/{id}`,
  access: writing,
  summary:
    'Change a regression test; another case, target or expectation raises its version and asks for verification again',
  params: IdParams,
  body: GivenTestChanges,
  reply: RegressionTest,
})

export const retireRegressionTest = contract({
  method: 'delete',
  path: `${path}/{id}`,
  access: writing,
  summary: 'Retire a regression test: it is kept with its history and runs no more',
  params: IdParams,
  reply: RegressionTest,
})

export const listExecutions = contract({
  method: 'get',
  path: `${path}/{id}/history`,
  access: reading,
  summary: 'Executions of one regression test, newest first, each with the confidence it left',
  params: IdParams,
  query: PageQuery,
  reply: pageOf(Execution),
})

/** Which tests: exactly one of these. */
const selections = ['testId', 'testIds', 'tag', 'groupId', 'runAll'] as const

export const runRegressionTests = contract({
  method: 'post',
  path: `${path}/run`,
  access: running,
  summary: 'Queue a run of one regression test, of several, of those of a tag or group, or of all',
  status: 202,
  body: z
    .strictObject({
      testId: z.uuid().optional(),
      testIds: z.array(z.uuid()).min(1).max(1_000).optional(),
      tag: z.string().min(1).max(64).optional(),
      groupId: z.uuid().optional(),
      runAll: z.literal(true).optional(),
      environment: z.enum(environments).default('production'),
      trigger: z.enum(runTriggers).default('manual'),
      release: z.string().min(1).max(200).optional(),
      maxCostUsd: z.number().min(0).max(10_000).optional().describe('What is left when it is spent ends as an error.'),
      reruns: z.int().min(0).max(10).optional().describe('Of a test that fails, on the same version; 3 when left out.'),
    })
    .refine((body) => selections.filter((name) => body[name] !== undefined).length === 1, {
      message: `needs exactly one of ${selections.join(', ')}`,
    }),
  reply: z.object({ runId: z.uuid(), tests: z.int() }),
})

export const verifyRegressionTest = contract({
  method: 'post',
  path: `${path}/{id}/verify`,
  access: running,
  summary: 'Queue the proof of one test: that it fails as recorded, then that it passes twice in a row',
  status: 202,
  params: IdParams,
  body: z.strictObject({ environment: z.enum(environments).default('production') }).prefault({}),
  reply: z.object({ runId: z.uuid() }),
})

export const quarantineRegressionTest = contract({
  method: 'post',
  path: `${path}/{id}/quarantine`,
  access: writing,
  summary: 'Put a verified test in quarantine, where it blocks nothing, or take it out',
  params: IdParams,
  body: z
    .strictObject({
      quarantined: z.boolean().default(true),
      days: z.int().min(1).max(365).optional().describe('14 when left out, doubled each time.'),
      reason: z.string().min(1).max(500).optional(),
    })
    .prefault({}),
  reply: RegressionTest,
})

export const confirmRegressionTest = contract({
  method: 'post',
  path: `${path}/{id}/confirm`,
  access: writing,
  summary: 'Say what the right answer is, so that a test made of feedback may be verified',
  params: IdParams,
  body: z
    .strictObject({
      corrected: z.string().min(1).max(32_768).optional().describe('The answer that was wanted.'),
      expected: Expected.optional(),
    })
    .refine(({ corrected, expected }) => corrected === undefined || expected === undefined, {
      message: 'needs either corrected or expected',
    })
    .prefault({}),
  reply: RegressionTest,
})

export const makeGroupTest = contract({
  method: 'post',
  path: '/api/v1/failure-groups/{id}/test',
  access: writing,
  summary: 'Make the regression test of a failure group now, before its third occurrence',
  status: 201,
  params: IdParams,
  body: z.strictObject({ name: z.string().min(1).max(120).optional() }).prefault({}),
  reply: RegressionTest,
})
