/** The 97.5 % point of the normal distribution: both ends of a 95 % interval lie so many deviations out. */
const Z = 1.959964

/** An interval, both ends included. */
export type Interval = { low: number; high: number }

/** Wilson's 95 % interval of a rate of which `passes` of `total` were seen; nothing seen leaves all open. */
export const wilsonInterval = (passes: number, total: number): Interval => {
  if (total === 0) return { low: 0, high: 1 }
  const share = passes / total
  const centre = share + (Z * Z) / (2 * total)
  const spread = Z * Math.sqrt((share * (1 - share) + (Z * Z) / (4 * total)) / total)
  const scale = 1 + (Z * Z) / total
  return { low: Math.max(0, (centre - spread) / scale), high: Math.min(1, (centre + spread) / scale) }
}

/** The chance that at least one of `k` repeats passes, from `passes` of `total` seen: 1 − C(n−c, k) / C(n, k). */
export const passAtK = ({ passes, total, k }: { passes: number; total: number; k: number }): number =>
  1 - ratioOfChoices({ from: total - passes, of: total, k })

/** The chance that all of `k` repeats pass: C(c, k) / C(n, k). */
export const passHatK = ({ passes, total, k }: { passes: number; total: number; k: number }): number =>
  ratioOfChoices({ from: passes, of: total, k })

/** C(from, k) / C(of, k) as a product of fractions, so that nothing overflows. */
const ratioOfChoices = ({ from, of, k }: { from: number; of: number; k: number }): number => {
  if (k > of) return Number.NaN
  let ratio = 1
  for (let taken = 0; taken < k; taken++) ratio *= Math.max(0, from - taken) / (of - taken)
  return ratio
}

/**
 * McNemar's exact test, two-sided: how likely `worse` and `better` pairs would lie at least so far apart when a pair
 * that differs goes either way with the same chance.
 */
export const mcNemar = ({ worse, better }: { worse: number; better: number }): number => {
  const total = worse + better
  if (total === 0) return 1
  const base = logFactorial(total) - total * Math.LN2
  let tail = 0
  for (let count = Math.min(worse, better); count >= 0; count--) {
    tail += Math.exp(base - logFactorial(count) - logFactorial(total - count))
  }
  return Math.min(1, 2 * tail)
}

/** Passes and failures of one case on one side. */
export type Counts = { passes: number; total: number }

/** Fisher's exact test, two-sided: the tables with these margins that are as unlikely as the one seen, or more. */
export const fisherExact = (a: Counts, b: Counts): number => {
  const passes = a.passes + b.passes
  const total = a.total + b.total
  const base =
    logFactorial(a.total) +
    logFactorial(b.total) +
    logFactorial(passes) +
    logFactorial(total - passes) -
    logFactorial(total)
  const logChance = (seen: number): number =>
    base -
    logFactorial(seen) -
    logFactorial(a.total - seen) -
    logFactorial(passes - seen) -
    logFactorial(b.total - passes + seen)
  const seen = logChance(a.passes)
  let sum = 0
  for (let count = Math.max(0, passes - b.total); count <= Math.min(passes, a.total); count++) {
    const chance = logChance(count)
    // Equal chances differ in the last digits.
    if (chance <= seen + 1e-9) sum += Math.exp(chance)
  }
  return Math.min(1, sum)
}

/** Holm's correction: the p values as they count when all of them are looked at; in the order given. */
export const holm = (values: readonly number[]): number[] => {
  const order = values.map((value, index) => ({ value, index })).toSorted((x, y) => x.value - y.value)
  const adjusted: number[] = Array.from({ length: values.length })
  let least = 0
  for (const [rank, { value, index }] of order.entries()) {
    least = Math.max(least, Math.min(1, value * (values.length - rank)))
    adjusted[index] = least
  }
  return adjusted
}

export const BOOTSTRAP_RESAMPLES = 10_000
/** Above so many pairs that differ, the mean of a resample is normal to more digits than are shown. */
const MOST_DRAWN = 5_000

/** The 95 % interval of the mean of paired differences, by 10,000 resamples drawn with `random`. */
export const pairedBootstrap = (differences: readonly number[], random: () => number): Interval & { mean: number } => {
  const total = differences.length
  const moved = differences.filter((difference) => difference !== 0)
  const sum = moved.reduce((whole, difference) => whole + difference, 0)
  const mean = total === 0 ? 0 : sum / total
  if (moved.length === 0) return { mean, low: 0, high: 0 }
  if (moved.length > MOST_DRAWN) {
    const squares = moved.reduce((whole, difference) => whole + difference * difference, 0)
    const deviation = Math.sqrt((squares / total - mean * mean) / total)
    return { mean, low: mean - Z * deviation, high: mean + Z * deviation }
  }
  const means = new Float64Array(BOOTSTRAP_RESAMPLES)
  for (let round = 0; round < BOOTSTRAP_RESAMPLES; round++) {
    let drawn = 0
    for (let left = successes(total, moved.length / total, random); left > 0; left--) {
      drawn += moved[Math.floor(random() * moved.length)]!
    }
    means[round] = drawn / total
  }
  means.sort()
  return {
    mean,
    low: means[Math.floor(0.025 * BOOTSTRAP_RESAMPLES)]!,
    high: means[Math.ceil(0.975 * BOOTSTRAP_RESAMPLES) - 1]!,
  }
}

/** How many of `trials` succeed: the gaps between successes are drawn, so that rare ones cost little. */
const successes = (trials: number, chance: number, random: () => number): number => {
  if (chance >= 1) return trials
  const scale = Math.log1p(-chance)
  let count = 0
  for (let at = 0; ; count++) {
    at += Math.floor(Math.log(1 - random()) / scale) + 1
    if (at > trials) return count
  }
}

const logFactorials = [0]

const logFactorial = (count: number): number => {
  for (let next = logFactorials.length; next <= count; next++) {
    logFactorials.push(logFactorials[next - 1]! + Math.log(next))
  }
  return logFactorials[count]!
}
