import { z } from 'zod'
import { Timestamp } from '../clock.ts'
import { contract } from '../contract.ts'
import { NanoUsd } from '../money.ts'

/** One figure with the same figure of the period before, and its course. Null: nothing to tell it from. */
export const Card = z.object({
  value: z.number().nullable(),
  previous: z.number().nullable(),
  points: z.array(z.tuple([Timestamp, z.number().nullable()])).describe('One per hour up to 72 h, else one per day.'),
})
export type Card = z.infer<typeof Card>

export const ValueSummary = z.object({
  from: Timestamp,
  to: Timestamp,
  requests: Card,
  errorRate: Card.describe('Share of failed requests, 0 to 1.'),
  costNanoUsd: Card,
  savingNanoUsd: Card.describe('Against the baseline model; an estimate.'),
  latencyMs: Card.describe('Mean over completed requests.'),
  outputTokens: Card,
  savings: z
    .object({ routed: Card, pinned: Card, cached: Card })
    .describe('The saving by whose doing it is: of the routing, of callers who name the model, of the cache.'),
})
export type ValueSummary = z.infer<typeof ValueSummary>

export const getValueSummary = contract({
  method: 'get',
  path: '/api/v1/value/summary',
  access: { who: 'person', role: 'viewer', scope: 'read' },
  summary: 'The six cards of the overview, read from hourly rollups',
  query: z.strictObject({
    hours: z.coerce.number().int().min(1).max(9_600).default(24).describe('Length of the period up to now.'),
  }),
  reply: ValueSummary,
})

/** The model that savings are told against, with its prices. */
export const Baseline = z.object({
  provider: z.string(),
  model: z.string(),
  input: NanoUsd.describe('For a million tokens.'),
  output: NanoUsd.describe('For a million tokens.'),
})
export type Baseline = z.infer<typeof Baseline>

export const getBaseline = contract({
  method: 'get',
  path: '/api/v1/value/baseline',
  access: { who: 'person', role: 'viewer', scope: 'read' },
  summary: 'The model that savings are told against today',
  reply: z.object({ baseline: Baseline.nullable().describe('Null when the price list has no model for it.') }),
})
