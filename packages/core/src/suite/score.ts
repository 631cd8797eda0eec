import type { CaseResult, Verdict } from './result.ts'

/** What the verdicts make of a case: the weighted mean, and whether it passes. */
export const scoreCase = (
  verdicts: readonly Verdict[],
  { threshold }: { threshold?: number | undefined } = {},
): Pick<CaseResult, 'status' | 'score' | 'error' | 'reason'> => {
  // Nothing asserted is nothing that could fail.
  if (verdicts.length === 0) return { status: 'passed', score: 1, error: null }
  const score = weightedMean(verdicts)
  const broken = verdicts.find((verdict) => verdict.error)
  if (broken) return { status: 'error', score, error: broken.error ?? null }
  const open = openIn(verdicts)
  if (open && !isDecided(verdicts, threshold)) return { status: 'unscored', score, error: null, reason: open.reason }
  const counted = verdicts.filter(({ unscored }) => !unscored)
  const pass = !open && holds(counted, threshold)
  return { status: pass ? 'passed' : 'failed', score, error: null }
}

/** What the verdicts of a set make of it, as one verdict. */
export const scoreSet = (
  members: readonly Verdict[],
  threshold: number | undefined,
): Pick<Verdict, 'pass' | 'score' | 'reason' | 'unscored'> => {
  const score = weightedMean(members)
  const open = openIn(members)
  if (open?.unscored && !isDecided(members, threshold))
    return { pass: false, score, reason: open.reason, unscored: open.unscored }
  const pass = !open && holds(members, threshold)
  const failed = members.filter((member) => !member.pass)
  const reason =
    failed.length === 0
      ? `all ${members.length} hold`
      : `${failed.length} of ${members.length} do not hold: ${failed.map(({ type, reason }) => `${type}: ${reason}`).join('; ')}`
  return {
    pass,
    score,
    reason: threshold === undefined ? reason : `score ${score.toFixed(2)}, at least ${threshold} wanted; ${reason}`,
  }
}

/** Whether the verdicts pass, all of them known. */
const holds = (verdicts: readonly Verdict[], threshold: number | undefined): boolean =>
  threshold === undefined
    ? verdicts.every(({ pass, weight }) => pass || weight === 0)
    : weightedMean(verdicts) >= threshold

/** A verdict that counts and was not given. */
const openIn = (verdicts: readonly Verdict[]): Verdict | undefined =>
  verdicts.find(({ unscored, weight }) => unscored && weight > 0)

/** True when it fails whatever the judge would have said. */
const isDecided = (verdicts: readonly Verdict[], threshold: number | undefined): boolean =>
  !holds(
    verdicts.map(({ unscored, ...verdict }) => (unscored ? { ...verdict, pass: true, score: 1 } : verdict)),
    threshold,
  )

/** Scores by weight; a script's score outside of 0 to 1 counts as the nearest end, and what was not scored not at all. */
const weightedMean = (verdicts: readonly Verdict[]): number => {
  const scored = verdicts.filter(({ unscored }) => !unscored)
  const total = scored.reduce((sum, { weight }) => sum + weight, 0)
  if (total === 0) return 0
  const mean = scored.reduce((sum, { score, weight }) => sum + clamp(score) * weight, 0) / total
  return clamp(mean)
}

/** A score within 0 and 1. */
export const clamp = (score: number): number => Math.min(1, Math.max(0, score))
