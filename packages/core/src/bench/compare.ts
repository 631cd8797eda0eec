import type { BenchRow, BenchRun } from './run.ts'

/** A figure that is no longer what it was. */
export type BenchChange = {
  provider: string
  model: string
  level: BenchRow['level']
  what: 'response time' | 'cost' | 'right answers'
  before: number
  after: number
  /** `after / before - 1`; null when there was nothing before. */
  share: number | null
}

/** A change of less is not named, whatever the spread was. */
const NAMED_SHARE = 0.2

/**
 * What changed between two runs: by more than a fifth, and for the response time also to outside of what the earlier run
 * saw. Runs of other prompts or another form are not compared; then null.
 */
export const compareBench = (before: BenchRun, after: BenchRun): BenchChange[] | null => {
  if (before.promptSet !== after.promptSet || before.stream !== after.stream) return null
  const keyOf = ({ provider, model, level }: BenchRow) => `${provider}/${model}/${level}`
  const earlier = new Map(before.rows.map((row) => [keyOf(row), row]))
  return after.rows.flatMap((row) => {
    const was = earlier.get(keyOf(row))
    return was ? changesOf(was, row) : []
  })
}

const changesOf = (was: BenchRow, is: BenchRow): BenchChange[] => {
  const { provider, model, level } = is
  const place = { provider, model, level }
  const changes: BenchChange[] = []
  const isOutside = is.medianMs !== null && was.minMs !== null && (is.medianMs < was.minMs || is.medianMs > was.p95Ms!)
  if (isOutside && isLarge(was.medianMs, is.medianMs))
    changes.push(change(place, 'response time', was.medianMs!, is.medianMs!))
  if (isLarge(was.costPer1000NanoUsd, is.costPer1000NanoUsd)) {
    changes.push(change(place, 'cost', was.costPer1000NanoUsd!, is.costPer1000NanoUsd!))
  }
  if (isLarge(was.passRate, is.passRate)) changes.push(change(place, 'right answers', was.passRate!, is.passRate!))
  return changes
}

const isLarge = (before: number | null, after: number | null): boolean =>
  before !== null && after !== null && Math.abs(after - before) > NAMED_SHARE * before

const change = (
  place: Pick<BenchChange, 'provider' | 'model' | 'level'>,
  what: BenchChange['what'],
  before: number,
  after: number,
): BenchChange => ({ ...place, what, before, after, share: before === 0 ? null : after / before - 1 })
