/** So many failures an hour has at least before anybody is told. */
export const LEAST_AN_HOUR = 5
const FACTOR = 3
const UNLIKELY = 0.001
const HOURS = 7 * 24

/**
 * True when the last hour had many more failures than usual: at least five, over three times the mean hour of the seven
 * days before, and more than chance gives in one of a thousand such hours.
 */
export const isRateHigh = ({ lastHour, lastWeek }: { lastHour: number; lastWeek: number }): boolean => {
  const usual = lastWeek / HOURS
  return lastHour >= LEAST_AN_HOUR && lastHour > FACTOR * usual && atLeast(lastHour, usual) < UNLIKELY
}

/** The usual hour of the seven days before, as people are told. */
export const usualRate = (lastWeek: number): number => Math.round((lastWeek / HOURS) * 100) / 100

/** How likely a Poisson count of this mean is at least so high. */
export const atLeast = (count: number, mean: number): number => {
  if (count <= 0) return 1
  if (mean <= 0) return 0
  // The tail from its first term on: each next one is the mean over its place of the one before.
  let term = Math.exp(count * Math.log(mean) - mean - logFactorial(count))
  let sum = term
  for (let place = count + 1; term > sum * 1e-12 && place < count + 10_000; place++) {
    term *= mean / place
    sum += term
  }
  return Math.min(1, sum)
}

const logFactorial = (count: number): number => {
  if (count > STIRLING_FROM)
    return count * Math.log(count) - count + 0.5 * Math.log(2 * Math.PI * count) + 1 / (12 * count)
  let sum = 0
  for (let factor = 2; factor <= count; factor++) sum += Math.log(factor)
  return sum
}

const STIRLING_FROM = 256
