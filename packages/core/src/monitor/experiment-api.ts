import { z } from 'zod'
import { Timestamp } from '../clock.ts'
import { contract } from '../contract.ts'
import { NanoUsd } from '../money.ts'
import { IdParams, PageQuery, pageOf } from '../page.ts'

/** One way of asking: what it changes of a request; nothing for the way things are. */
export const Strategy = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9_-]{0,39}$/, { message: 'is a lower-case letter, then up to 39 of a-z, 0-9, - and _' }),
  model: z.string().min(1).max(256).optional().describe('A model, an alias, or on traffic `auto`: the route.'),
  prompt: z.string().min(1).max(32_768).optional().describe('Takes the place of the system message.'),
  promptVersion: z.string().min(1).max(80).optional().describe('What the prompt is called.'),
  parameters: z
    .strictObject({
      temperature: z.number().min(0).max(2).optional(),
      top_p: z.number().min(0).max(1).optional(),
      max_tokens: z.int().min(1).optional(),
      seed: z.int().optional(),
      reasoning_effort: z.enum(['minimal', 'low', 'medium', 'high']).optional(),
    })
    .optional(),
})
export type Strategy = z.infer<typeof Strategy>

/** How is decided. `rate`: one arm against a known rate. `paired`: the second arm against the first on the same cases. */
export const ExperimentDesign = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('rate'),
      known: z.number().min(0.01).max(0.99).describe('The pass rate known so far, p0.'),
      better: z.number().min(0.01).max(0.99).describe('The rate worth knowing of, p1; below p0 it is a worse one.'),
      maxSamples: z.int().min(1).max(10_000).default(1_000),
    }),
    z.strictObject({
      kind: z.literal('paired'),
      margin: z.number().min(0.02).max(0.45).default(0.15).describe('How far from even the discordant pairs must lie.'),
      maxSamples: z.int().min(1).max(10_000).default(1_000),
    }),
  ])
  .refine((design) => design.kind === 'paired' || design.known !== design.better, {
    message: 'known and better are the same rate',
    path: ['better'],
  })
export type ExperimentDesign = z.infer<typeof ExperimentDesign>

/** What the arms are tried on. */
export const ExperimentScope = z.discriminatedUnion('source', [
  z.strictObject({
    source: z.literal('suite'),
    suiteId: z.uuid(),
    model: z.string().min(1).max(256).optional().describe('For arms that name none; else the first of the suite.'),
    repeats: z
      .int()
      .min(1)
      .max(100)
      .default(1)
      .describe('How often each case is asked. More than once only for what differs from call to call.'),
    maxCostUsd: z.number().positive().max(10_000).default(1),
  }),
  z.strictObject({
    source: z.literal('traffic'),
    model: z.string().min(1).max(256).describe('Requests that ask for this model, alias or `auto` take part.'),
    share: z.number().min(0.01).max(1).default(1).describe('So much of the conversations.'),
    outcome: z
      .enum(['failures', 'feedback'])
      .default('failures')
      .describe(
        '`failures`: an answer passes, a failed request fails. `feedback`: only what people say counts, and failed requests.',
      ),
  }),
])
export type ExperimentScope = z.infer<typeof ExperimentScope>

export const experimentStates = ['running', 'decided', 'stopped', 'failed'] as const
export const experimentVerdicts = ['better', 'worse', 'no difference', 'undecided'] as const

/** A question put to strategies, and what is known of the answer. The verdict speaks of the last arm. */
export const Experiment = z.object({
  id: z.uuid(),
  name: z.string(),
  state: z.enum(experimentStates),
  verdict: z.enum(experimentVerdicts),
  reason: z.string(),
  arms: z.array(Strategy).min(1).max(2),
  design: ExperimentDesign,
  scope: ExperimentScope,
  samples: z.int().describe('Executions of one arm, or pairs of two.'),
  costNanoUsd: NanoUsd,
  createdAt: Timestamp,
  endedAt: Timestamp.nullable(),
})
export type Experiment = z.infer<typeof Experiment>

/** An experiment with how it got where it stands. */
export const ExperimentDetails = Experiment.extend({
  passed: z.record(z.string(), z.object({ passed: z.int(), total: z.int() })).describe('By arm.'),
  path: z.object({
    accept: z.number().describe('The log-likelihood ratio at which a difference is seen.'),
    reject: z.number().describe('The one at which it is given up.'),
    points: z
      .array(z.object({ sample: z.int(), ratios: z.array(z.number()) }))
      .describe('Of one arm one ratio, of two arms that of better and that of worse; at most 500, evenly taken.'),
  }),
})
export type ExperimentDetails = z.infer<typeof ExperimentDetails>

const reading = { who: 'person', role: 'viewer', scope: 'read' } as const
const writing = { who: 'person', role: 'member', scope: 'write' } as const

export const listExperiments = contract({
  method: 'get',
  path: '/api/v1/experiments',
  access: reading,
  summary: 'Experiments, newest first',
  query: PageQuery.extend({ state: z.enum(experimentStates).optional() }),
  reply: pageOf(Experiment),
})

export const createExperiment = contract({
  method: 'post',
  path: '/api/v1/experiments',
  access: writing,
  summary: 'Try strategies against each other, on a stored suite or on traffic',
  status: 201,
  body: z
    .strictObject({
      name: z.string().trim().min(1).max(120),
      arms: z.array(Strategy).min(1).max(2),
      design: ExperimentDesign,
      scope: ExperimentScope,
    })
    .refine(({ arms, design }) => arms.length === (design.kind === 'rate' ? 1 : 2), {
      message: 'a rate has one arm, a pair has two',
      path: ['arms'],
    })
    .refine(({ arms }) => new Set(arms.map(({ name }) => name)).size === arms.length, {
      message: 'the arms need names of their own',
      path: ['arms'],
    }),
  reply: Experiment,
})

export const getExperiment = contract({
  method: 'get',
  path: '/api/v1/experiments/{id}',
  access: reading,
  summary: 'One experiment with the course of its ratios',
  params: IdParams,
  reply: ExperimentDetails,
})

export const stopExperiment = contract({
  method: 'post',
  path: '/api/v1/experiments/{id}/stop',
  access: writing,
  summary: 'Stop an experiment; what it has seen stays',
  params: IdParams,
  reply: Experiment,
})

export const removeExperiment = contract({
  method: 'delete',
  path: '/api/v1/experiments/{id}',
  access: writing,
  summary: 'Remove an experiment with all it has seen',
  params: IdParams,
  reply: Experiment,
})
