import { z } from 'zod'
import { seededRandom } from '../monitor/seeded-random.ts'
import type { CaseResult } from './result.ts'
import { fisherExact, holm, mcNemar, pairedBootstrap, type Counts, type Interval } from './statistics.ts'

/** What a comparison of two runs says. */
export const comparisonVerdicts = ['regression', 'improved', 'noise', 'not-enough-data'] as const
export type ComparisonVerdict = (typeof comparisonVerdicts)[number]

/** What one run says of one case on one model, over its repeats. */
export type CaseSummary = Counts & {
  caseKey: string
  title: string
  model: string
  scoreSum: number
  /** Some score lies between 0 and 1. */
  isGraded: boolean
  /** Tells a changed check; null where the run did not keep it. */
  assertHash: string | null
}

/** A run as it is compared: its cases by key and model. It grows with the cases, not with the texts of their answers. */
export type RunSide = Map<string, CaseSummary>

/** Counts one result of a run in; what was skipped, or could not be judged, says nothing. */
export const addToSide = (
  side: RunSide,
  result: Pick<CaseResult, 'caseKey' | 'title' | 'model' | 'status' | 'score'> & {
    assertHash?: string | null | undefined
  },
): void => {
  const { caseKey, title, model, status, score, assertHash = null } = result
  if (status === 'skipped' || status === 'unscored') return
  const key = JSON.stringify([caseKey, model])
  const known = side.get(key) ?? {
    caseKey,
    title,
    model,
    passes: 0,
    total: 0,
    scoreSum: 0,
    isGraded: false,
    assertHash,
  }
  side.set(key, {
    ...known,
    passes: known.passes + (status === 'passed' ? 1 : 0),
    total: known.total + 1,
    scoreSum: known.scoreSum + score,
    isGraded: known.isGraded || (score > 0 && score < 1),
  })
}

const CaseName = z.object({ caseKey: z.string(), title: z.string(), model: z.string() })
type CaseName = z.infer<typeof CaseName>

const PassCounts = z.object({ passes: z.int(), total: z.int() })

/** A case as both runs saw it. */
export const CasePair = CaseName.extend({
  before: PassCounts,
  after: PassCounts,
  p: z.number().nullable().describe("Fisher's exact test, corrected for all cases; where both sides have repeats."),
})
export type CasePair = z.infer<typeof CasePair>

/** Two runs of the same cases, before and after a change. */
export const Comparison = z.object({
  verdict: z.enum(comparisonVerdicts),
  pairs: z.int(),
  worse: z.int().describe('Pairs of which the first side alone passed.'),
  better: z.int().describe('Pairs of which the second side alone passed.'),
  p: z.number().describe("McNemar's exact test over those, two-sided."),
  score: z
    .object({ mean: z.number(), low: z.number(), high: z.number() })
    .describe('How much the mean score moved, with its 95 % interval.'),
  margin: z.number(),
  seed: z.int(),
  repeatsToDecide: z
    .int()
    .nullable()
    .describe('So many times as many repeats would decide it; null when it is decided or no number helps.'),
  moved: z.array(CasePair).describe('Cases that moved, those that got worse first.'),
  added: z.array(CaseName),
  removed: z.array(CaseName),
  changed: z.array(CaseName).describe('Their checks are not the same ones, so they are not compared.'),
})
export type Comparison = z.infer<typeof Comparison>

const ALPHA = 0.05
const DEFAULT_MARGIN = 0.05
const MOST_REPEATS = 100

/**
 * Compares two runs case by case. `regression` and `improved` by McNemar's test of passes, by a bootstrap interval that
 * leaves out 0 where scores lie between 0 and 1, or by one case whose repeats moved beyond doubt; `noise` when the
 * interval lies within the margin around 0; else there is not enough data.
 */
export const compareRuns = (
  { before, after }: { before: RunSide; after: RunSide },
  { margin = DEFAULT_MARGIN, seed = 1 }: { margin?: number; seed?: number } = {},
): Comparison => {
  const added: CaseName[] = []
  const changed: CaseName[] = []
  const paired: { before: CaseSummary; after: CaseSummary }[] = []
  for (const [key, now] of after) {
    const then = before.get(key)
    if (!then) added.push(nameOf(now))
    else if (isChanged(then, now)) changed.push(nameOf(now))
    else paired.push({ before: then, after: now })
  }
  const removed = [...before].filter(([key]) => !after.has(key)).map(([, one]) => nameOf(one))
  const worse = paired.filter((pair) => passes(pair.before) && !passes(pair.after)).length
  const better = paired.filter((pair) => !passes(pair.before) && passes(pair.after)).length
  const p = mcNemar({ worse, better })
  const differences = paired.map((pair) => meanOf(pair.after) - meanOf(pair.before))
  const score = pairedBootstrap(differences, seededRandom(seed))
  const isGraded = paired.some((pair) => pair.before.isGraded || pair.after.isGraded)
  const moved = movedOf(paired)
  const evidence = { worse, better, score, pairs: paired.length, isGraded, margin }
  const verdict = caseVerdict(moved) ?? verdictOf({ ...evidence, p })
  return {
    verdict,
    pairs: paired.length,
    worse,
    better,
    p,
    score,
    margin,
    seed,
    repeatsToDecide: verdict === 'not-enough-data' ? repeatsToDecide(evidence) : null,
    moved,
    added,
    removed,
    changed,
  }
}

type Evidence = {
  worse: number
  better: number
  score: Interval & { mean: number }
  pairs: number
  isGraded: boolean
  margin: number
}

/** One case that got worse over its repeats is enough, whatever the others did; one that got better after that. */
const caseVerdict = (moved: readonly CasePair[]): 'regression' | 'improved' | null => {
  const sure = moved.filter(({ p }) => p !== null && p < ALPHA)
  if (sure.length === 0) return null
  return sure.some((pair) => changeOf(pair) < 0) ? 'regression' : 'improved'
}

const verdictOf = ({
  worse,
  better,
  p,
  score,
  pairs,
  isGraded,
  margin,
}: Evidence & { p: number }): ComparisonVerdict => {
  if (pairs === 0) return 'not-enough-data'
  if (p < ALPHA) return worse > better ? 'regression' : 'improved'
  if (isGraded && score.high < 0) return 'regression'
  if (isGraded && score.low > 0) return 'improved'
  return score.low >= -margin && score.high <= margin ? 'noise' : 'not-enough-data'
}

/** The least multiple of the evidence at hand that would be decided if it went on as it began. */
const repeatsToDecide = ({ score, ...evidence }: Evidence): number | null => {
  if (evidence.pairs === 0) return null
  for (let times = 2; times <= MOST_REPEATS; times++) {
    const narrowed = {
      mean: score.mean,
      low: score.mean - (score.mean - score.low) / Math.sqrt(times),
      high: score.mean + (score.high - score.mean) / Math.sqrt(times),
    }
    const [worse, better] = [evidence.worse * times, evidence.better * times]
    const verdict = verdictOf({ ...evidence, worse, better, p: mcNemar({ worse, better }), score: narrowed })
    if (verdict !== 'not-enough-data') return times
  }
  return null
}

/** The cases that moved; where both sides have repeats, with the chance of that when nothing had changed. */
const movedOf = (paired: readonly { before: CaseSummary; after: CaseSummary }[]): CasePair[] => {
  const repeated = paired.filter((pair) => pair.before.total > 1 && pair.after.total > 1)
  const corrected = holm(repeated.map((pair) => fisherExact(pair.before, pair.after)))
  const chances = new Map(repeated.map((pair, index) => [pair, corrected[index]!]))
  return paired
    .filter((pair) => rateOf(pair.before) !== rateOf(pair.after))
    .toSorted((a, b) => changeOf(a) - changeOf(b))
    .map((pair) => ({
      ...nameOf(pair.after),
      before: countsOf(pair.before),
      after: countsOf(pair.after),
      p: chances.get(pair) ?? null,
    }))
}

const isChanged = (before: CaseSummary, after: CaseSummary): boolean =>
  before.assertHash !== null && after.assertHash !== null && before.assertHash !== after.assertHash

/** Over repeats a case passes when most of them did. */
const passes = ({ passes, total }: Counts): boolean => passes * 2 > total

const rateOf = ({ passes, total }: Counts): number => passes / total
const changeOf = (pair: { before: Counts; after: Counts }): number => rateOf(pair.after) - rateOf(pair.before)
const meanOf = ({ scoreSum, total }: CaseSummary): number => scoreSum / total
const countsOf = ({ passes, total }: Counts): Counts => ({ passes, total })
const nameOf = ({ caseKey, title, model }: CaseName): CaseName => ({ caseKey, title, model })
