import { z } from 'zod'
import { Timestamp } from '../clock.ts'
import { Complexity } from '../gateway/request.ts'

/** One model at one level of prompts, measured. */
export const BenchRow = z.object({
  provider: z.string(),
  model: z.string(),
  level: Complexity,
  asked: z.int().describe('How many calls were made.'),
  answered: z.int().describe('How many of them brought an answer.'),
  medianMs: z.number().nullable(),
  p95Ms: z.number().nullable(),
  minMs: z.number().nullable(),
  maxMs: z.number().nullable(),
  firstTokenMs: z.number().nullable().describe('Median; null without streaming.'),
  tokensPerSecond: z.number().nullable().describe('Median of tokens answered over the time of the answer.'),
  inputTokens: z.int(),
  outputTokens: z.int(),
  costNanoUsd: z.int().nullable().describe('Null when the model has no price.'),
  costPer1000NanoUsd: z.int().nullable().describe('What a thousand such requests cost.'),
  passRate: z.number().nullable().describe('Of the answers, those that hold what a right one holds.'),
  error: z.string().nullable().describe('What the first call without an answer ended with.'),
})
export type BenchRow = z.infer<typeof BenchRow>

/** One comparison of providers, as a line of the history holds it. */
export const BenchRun = z.object({
  id: z.string(),
  at: Timestamp,
  version: z.string().describe('Of Assay.'),
  promptSet: z.int(),
  machine: z.object({ platform: z.string(), arch: z.string(), cpus: z.int(), node: z.string() }),
  stream: z.boolean(),
  repeat: z.int(),
  durationMs: z.number(),
  stoppedBy: z.enum(['max_cost', 'interrupt']).nullable(),
  rows: z.array(BenchRow),
})
export type BenchRun = z.infer<typeof BenchRun>

/** One call of a comparison. */
export type BenchSample = {
  provider: string
  model: string
  level: Complexity
  latencyMs: number
  ttftMs: number | null
  inputTokens: number
  outputTokens: number
  costNanoUsd: number | null
  /** Null when there was no answer to check. */
  isRight: boolean | null
  error: string | null
}

/** What the calls of one model at one level come to. */
export const benchRowOf = (samples: readonly BenchSample[]): BenchRow => {
  const { provider, model, level } = samples[0]!
  const answers = samples.filter(({ error }) => error === null)
  const latencies = answers.map(({ latencyMs }) => latencyMs)
  const firsts = answers.flatMap(({ ttftMs }) => ttftMs ?? [])
  const speeds = answers.flatMap(({ outputTokens, latencyMs, ttftMs }) => {
    const tookMs = latencyMs - (ttftMs ?? 0)
    return tookMs > 0 ? (outputTokens / tookMs) * 1_000 : []
  })
  const sum = (pick: (sample: BenchSample) => number): number => answers.reduce((total, one) => total + pick(one), 0)
  const isPriced = answers.length > 0 && answers.every(({ costNanoUsd }) => costNanoUsd !== null)
  const costNanoUsd = isPriced ? sum((sample) => sample.costNanoUsd!) : null
  return {
    provider,
    model,
    level,
    asked: samples.length,
    answered: answers.length,
    medianMs: quantileOf(latencies, 0.5),
    p95Ms: quantileOf(latencies, 0.95),
    minMs: quantileOf(latencies, 0),
    maxMs: quantileOf(latencies, 1),
    firstTokenMs: quantileOf(firsts, 0.5),
    tokensPerSecond: quantileOf(speeds, 0.5),
    inputTokens: sum(({ inputTokens }) => inputTokens),
    outputTokens: sum(({ outputTokens }) => outputTokens),
    costNanoUsd,
    costPer1000NanoUsd: costNanoUsd === null ? null : Math.round((costNanoUsd / answers.length) * 1_000),
    passRate: answers.length === 0 ? null : answers.filter(({ isRight }) => isRight).length / answers.length,
    error: samples.find(({ error }) => error !== null)?.error ?? null,
  }
}

/** Of ordered values the one at a share of the way; between two of them in proportion. Null of none. */
export const quantileOf = (values: readonly number[], share: number): number | null => {
  if (values.length === 0) return null
  const ordered = values.toSorted((a, b) => a - b)
  const place = (ordered.length - 1) * share
  const below = ordered[Math.floor(place)]!
  return below + (ordered[Math.ceil(place)]! - below) * (place - Math.floor(place))
}
