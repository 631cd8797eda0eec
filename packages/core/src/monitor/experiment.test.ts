import { expect, test } from 'vitest'
import { createPairedTest, createRateTest } from './experiment.ts'
import { seededRandom } from './seeded-random.ts'

// The true rates of false alarms lie near 4.7 %; with fewer trials chance alone would cross 5 %.
const TRIALS = 20_000
const CAP = 2_000

test('the bounds are Wald’s: decide at 2.890 or -2.251', () => {
  const passes = createRateTest({ known: 0.5, better: 0.9 })
  const verdicts = Array.from({ length: 8 }, () => passes.observe(true))
  // ln(0.9 / 0.5) = 0.588, so that five passes are 2.939.
  expect(verdicts.indexOf('better')).toBe(4)
  const fails = createRateTest({ known: 0.5, better: 0.9 })
  // ln(0.1 / 0.5) = -1.609.
  expect(Array.from({ length: 3 }, () => fails.observe(false)).indexOf('no difference')).toBe(1)
})

const share = (of: (random: () => number) => string, wanted: string): number => {
  const random = seededRandom(7)
  let hits = 0
  for (let trial = 0; trial < TRIALS; trial++) if (of(random) === wanted) hits++
  return hits / TRIALS
}

const rateVerdict = (rate: number) => (random: () => number) => {
  const sequential = createRateTest({ known: 0.8, better: 0.9 })
  for (let count = 0; count < CAP; count++) {
    const verdict = sequential.observe(random() < rate)
    if (verdict !== 'undecided') return verdict
  }
  return 'undecided'
}

test('one arm: at most 5 % false alarms, at least 90 % of real gains found', () => {
  expect(share(rateVerdict(0.8), 'better')).toBeLessThanOrEqual(0.05)
  expect(share(rateVerdict(0.9), 'better')).toBeGreaterThanOrEqual(0.9)
})

test('one arm looked at after every sample needs at least 35 % fewer samples than a fixed test of the same errors', () => {
  // (z_α √(p0 q0) + z_β √(p1 q1))² / (p1 - p0)²
  const fixed = Math.ceil((1.645 * Math.sqrt(0.8 * 0.2) + 1.282 * Math.sqrt(0.9 * 0.1)) ** 2 / 0.1 ** 2)
  const random = seededRandom(9)
  for (const rate of [0.8, 0.9]) {
    let samples = 0
    for (let trial = 0; trial < TRIALS; trial++) {
      const sequential = createRateTest({ known: 0.8, better: 0.9 })
      do samples++
      while (sequential.observe(random() < rate) === 'undecided')
    }
    expect(samples / TRIALS).toBeLessThanOrEqual(0.65 * fixed)
  }
})

const pairedVerdict = (baseline: number, candidate: number) => (random: () => number) => {
  const sequential = createPairedTest()
  for (let count = 0; count < CAP; count++) {
    const verdict = sequential.observe({ baseline: random() < baseline, candidate: random() < candidate })
    if (verdict !== 'undecided') return verdict
  }
  return 'undecided'
}

test('two arms: equal ones are told apart in at most 5 % of trials, a real difference is found', () => {
  const equal = pairedVerdict(0.8, 0.8)
  expect(share(equal, 'better') + share(equal, 'worse')).toBeLessThanOrEqual(0.05)
  expect(share(pairedVerdict(0.7, 0.85), 'better')).toBeGreaterThanOrEqual(0.9)
  expect(share(pairedVerdict(0.85, 0.7), 'worse')).toBeGreaterThanOrEqual(0.9)
})

test('cases on which both arms agree count for nothing', () => {
  const sequential = createPairedTest()
  for (let count = 0; count < 1_000; count++) {
    expect(sequential.observe({ baseline: true, candidate: true })).toBe('undecided')
  }
})
