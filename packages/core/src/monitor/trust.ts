import { wilsonInterval } from '../suite/statistics.ts'
import type { Outcome } from './confidence.ts'

type Ended = { outcome: Outcome }

const DECAY = 0.95
const PRIOR_FLIPS = 0.5
const PRIOR_TOTAL = 10

/**
 * Is the test reliable? 100 without any flip to be feared, from a Beta posterior over how often an execution ends
 * `flaky`; an execution counts 0.95 of the next newer one. With its 90 % interval. The newest execution comes first.
 */
export const trustOf = (history: readonly Ended[]): { trust: number; low: number; high: number } => {
  let weight = 1
  let flips = 0
  let total = 0
  for (const { outcome } of history) {
    if (outcome === 'error' || outcome === 'infrastructure') continue
    if (outcome === 'flaky') flips += weight
    total += weight
    weight *= DECAY
  }
  const a = PRIOR_FLIPS + flips
  const b = PRIOR_TOTAL - PRIOR_FLIPS + total - flips
  return {
    trust: 100 * (1 - a / (PRIOR_TOTAL + total)),
    low: 100 * (1 - betaQuantile(0.95, a, b)),
    high: 100 * (1 - betaQuantile(0.05, a, b)),
  }
}

const HEALTH_WINDOW = 35

/**
 * Is the product healthy? The lower bound of Wilson's 95 % interval of the share of passes over the last 35 settled
 * executions, the newest first. One that passed on a rerun settled as a pass: what it says of the test is trust's.
 */
export const healthOf = (history: readonly Ended[]): { health: number; executions: number } => {
  const settled = history.filter(({ outcome }) => outcome === 'pass' || outcome === 'flaky' || outcome === 'fail')
  const latest = settled.slice(0, HEALTH_WINDOW)
  const passes = latest.filter(({ outcome }) => outcome !== 'fail').length
  return {
    health: 100 * (latest.length === 0 ? 0 : wilsonInterval(passes, latest.length).low),
    executions: latest.length,
  }
}

const betaQuantile = (probability: number, a: number, b: number): number => {
  let low = 0
  let high = 1
  for (let step = 0; step < 50; step++) {
    const middle = (low + high) / 2
    if (betaCumulative(middle, a, b) < probability) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** The regularised incomplete beta function, by the continued fraction of DLMF §8.17.22. */
const betaCumulative = (x: number, a: number, b: number): number => {
  if (x <= 0) return 0
  if (x >= 1) return 1
  if (x > (a + 1) / (a + b + 2)) return 1 - betaCumulative(1 - x, b, a)
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log(1 - x)) / a
  let fraction = 1
  for (let step = 120; step >= 1; step--) {
    const half = Math.floor(step / 2)
    const term =
      step % 2 === 0
        ? (half * (b - half) * x) / ((a + step - 1) * (a + step))
        : (-(a + half) * (a + b + half) * x) / ((a + step - 1) * (a + step))
    fraction = 1 + term / fraction
  }
  return front / fraction
}

// Lanczos, g = 7, n = 9.
const coefficients = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
]

const logGamma = (x: number): number => {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x)
  const at = x - 1
  const sum = coefficients.reduce((total, part, index) => (index === 0 ? part : total + part / (at + index)), 0)
  const shifted = at + 7.5
  return 0.5 * Math.log(2 * Math.PI) + (at + 0.5) * Math.log(shifted) - shifted + Math.log(sum)
}
