import { passAtK, passHatK, wilsonInterval, type Interval } from './statistics.ts'

/** When the repeats of a case stop: at `k` passes of `n`, or when a pass rate is known well enough. */
export type PassAt = { passes: number; of: number }

/** Where the repeats of one case stand. */
export type RepeatsVerdict = 'passed' | 'failed' | 'undecided'

/** Reads `2/3`: two passes of three repeats; null when it is none. */
export const parsePassAt = (text: string): PassAt | null => {
  const [, passes, of] = /^([1-9]\d{0,3})\/([1-9]\d{0,3})$/.exec(text) ?? []
  const read = { passes: Number(passes), of: Number(of) }
  return of !== undefined && read.passes <= read.of && read.of <= 1_000 ? read : null
}

/** Decided as soon as enough passed, or too many failed for that ever to be. */
export const passAtVerdict = ({ passes, of }: PassAt, seen: { passes: number; total: number }): RepeatsVerdict => {
  if (seen.passes >= passes) return 'passed'
  return seen.total - seen.passes > of - passes ? 'failed' : 'undecided'
}

/** What of the repeats says that a case is good or bad, as pass rates. */
export type RateTarget = { good: number; bad: number }

const ALPHA = 0.05
const BETA = 0.1

/** Wald's sequential test of `good` against `bad`: in error at most 5 % when the case is bad, 10 % when it is good. */
export const targetVerdict = (
  { good, bad }: RateTarget,
  { passes, total }: { passes: number; total: number },
): RepeatsVerdict => {
  const ratio = passes * Math.log(good / bad) + (total - passes) * Math.log((1 - good) / (1 - bad))
  if (ratio >= Math.log((1 - BETA) / ALPHA)) return 'passed'
  return ratio <= Math.log(BETA / (1 - ALPHA)) ? 'failed' : 'undecided'
}

/** What the repeats of one case say of its pass rate. */
export type RepeatsSummary = {
  passes: number
  total: number
  rate: number
  interval: Interval
  /** The chance that at least one of k passes, by k. */
  passAtK: Record<number, number>
  /** The chance that all of k pass, by k. */
  passHatK: Record<number, number>
}

const SHOWN = [1, 2, 3, 5, 10]

/** The pass rate of one case with its Wilson interval, and what it means for k repeats. */
export const repeatsSummary = ({ passes, total }: { passes: number; total: number }): RepeatsSummary => {
  const sizes = SHOWN.filter((k) => k <= total)
  const byK = (chance: typeof passAtK) => Object.fromEntries(sizes.map((k) => [k, chance({ passes, total, k })]))
  return {
    passes,
    total,
    rate: total === 0 ? 0 : passes / total,
    interval: wilsonInterval(passes, total),
    passAtK: byK(passAtK),
    passHatK: byK(passHatK),
  }
}
