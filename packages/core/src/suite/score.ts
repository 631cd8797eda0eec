import type { CaseResult, Verdict } from './result.ts'

/** What the verdicts make of a case: the weighted mean, and whether it passes. */
export const scoreCase = (
  verdicts: readonly Verdict[],
  { threshold }: { threshold?: number | undefined } = {},
): Pick<CaseResult, 'status' | 'score' | 'error'> => {
  // Nothing asserted is nothing that could fail.
  if (verdicts.length === 0) return { status: 'passed', score: 1, error: null }
  const score = weightedMean(verdicts)
  const broken = verdicts.find((verdict) => verdict.error)
  if (broken) return { status: 'error', score, error: broken.error ?? null }
  const pass = threshold === undefined ? verdicts.every(({ pass, weight }) => pass || weight === 0) : score >= threshold
  return { status: pass ? 'passed' : 'failed', score, error: null }
}

/** What the verdicts of a set make of it, as one verdict. */
export const scoreSet = (
  members: readonly Verdict[],
  threshold: number | undefined,
): Pick<Verdict, 'pass' | 'score' | 'reason'> => {
  const score = weightedMean(members)
  const pass =
    threshold === undefined ? members.every((member) => member.pass || member.weight === 0) : score >= threshold
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

/** Scores by weight; a script's score outside of 0 to 1 counts as the nearest end. */
const weightedMean = (verdicts: readonly Verdict[]): number => {
  const total = verdicts.reduce((sum, { weight }) => sum + weight, 0)
  if (total === 0) return 0
  const mean = verdicts.reduce((sum, { score, weight }) => sum + clamp(score) * weight, 0) / total
  return clamp(mean)
}

/** A score within 0 and 1. */
export const clamp = (score: number): number => Math.min(1, Math.max(0, score))
