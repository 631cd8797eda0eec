import { expect, test } from 'vitest'
import { ExperimentDesign } from './experiment-api.ts'
import { applyStrategy, armOf, type Observation, readExperiment } from './experiment-path.ts'
import { pairedBounds, rateBounds } from './experiment.ts'
import { seededRandom } from './seeded-random.ts'

const arms = [{ name: 'now' }, { name: 'next' }]
const paired = ExperimentDesign.parse({ kind: 'paired' })
const rate = ExperimentDesign.parse({ kind: 'rate', known: 0.8, better: 0.9 })

const pair = (unit: string, now: boolean, next: boolean): Observation[] => [
  { arm: 'now', unit, passed: now },
  { arm: 'next', unit, passed: next },
]

test('cases are paired by their name on a suite, and by their order on traffic', () => {
  const crossed: Observation[] = [
    { arm: 'now', unit: 'a', passed: false },
    { arm: 'now', unit: 'b', passed: true },
    { arm: 'next', unit: 'b', passed: true },
    { arm: 'next', unit: 'a', passed: true },
  ]
  const of = (isPairedByUnit: boolean) => readExperiment({ arms, design: paired, isPairedByUnit }, crossed)
  // On a suite only `a` differs; in order of their coming the first ones do.
  expect(of(true).path.points.map(({ ratios }) => ratios[0]! > 0)).toEqual([false, true])
  expect(of(false).path.points.map(({ ratios }) => ratios[0]! > 0)).toEqual([true, true])
  expect(of(true)).toMatchObject({ samples: 2, passed: { now: { passed: 1, total: 2 }, next: { passed: 2, total: 2 } } })
})

test('the path ends where the evidence crosses its bound, and what comes later changes nothing', () => {
  const seen = Array.from({ length: 60 }, (_, index) => pair(String(index), false, true)).flat()
  const reading = readExperiment({ arms, design: paired, isPairedByUnit: true }, seen)
  expect(reading.verdict).toBe('better')
  expect(reading.samples).toBe(Math.ceil(pairedBounds.accept / Math.log(0.65 / 0.5)))
  expect(reading.path.points.at(-1)!.ratios[0]).toBeGreaterThanOrEqual(pairedBounds.accept)
  const after = [...seen, ...Array.from({ length: 60 }, (_, index) => pair(`later ${index}`, true, false)).flat()]
  expect(readExperiment({ arms, design: paired, isPairedByUnit: true }, after).verdict).toBe('better')
})

test('a cap of samples leaves the verdict open', () => {
  const seen = Array.from({ length: 60 }, (_, index) => pair(String(index), false, true)).flat()
  const reading = readExperiment({ arms, design: { ...paired, maxSamples: 3 }, isPairedByUnit: true }, seen)
  expect(reading).toMatchObject({ verdict: 'undecided', samples: 3 })
})

test('looked at after every sample, one arm gives at most 5 % false alarms and needs 35 % fewer samples than a fixed test', () => {
  const random = seededRandom(3)
  const trial = (passRate: number) => {
    const seen: Observation[] = []
    for (let index = 0; ; index++) {
      seen.push({ arm: 'now', unit: String(index), passed: random() < passRate })
      // Each look reads everything anew, as the page and the watch do; a look now and then would do no better.
      if (index % 5 !== 4) continue
      const reading = readExperiment({ arms: [arms[0]!], design: rate, isPairedByUnit: true }, seen)
      if (reading.verdict !== 'undecided') return reading
    }
  }
  const many = (passRate: number) => Array.from({ length: 1_500 }, () => trial(passRate))
  const [equal, real] = [many(0.8), many(0.9)]
  const share = (of: typeof equal) => of.filter(({ verdict }) => verdict === 'better').length / of.length
  const mean = (of: typeof equal) => of.reduce((sum, { samples }) => sum + samples, 0) / of.length
  // (z_α √(p0 q0) + z_β √(p1 q1))² / (p1 - p0)²
  const fixed = Math.ceil((1.645 * Math.sqrt(0.16) + 1.282 * Math.sqrt(0.09)) ** 2 / 0.01)
  expect(share(equal)).toBeLessThanOrEqual(0.05)
  expect(share(real)).toBeGreaterThanOrEqual(0.88)
  expect(mean(equal)).toBeLessThanOrEqual(0.65 * fixed)
  expect(mean(real)).toBeLessThanOrEqual(0.65 * fixed)
})

test('of a long course at most 500 points are drawn, the last one among them', () => {
  const random = seededRandom(1)
  const seen = Array.from({ length: 3_000 }, (_, index) => pair(String(index), true, random() < 2)).flat()
  const { path, samples } = readExperiment({ arms, design: { ...paired, maxSamples: 2_999 }, isPairedByUnit: true }, seen)
  expect(samples).toBe(2_999)
  expect(path.points.length).toBeLessThanOrEqual(500)
  expect(path.points.at(-1)!.sample).toBe(2_999)
  expect(rateBounds.accept).toBeCloseTo(2.89, 2)
})

test('a conversation stays in its arm, the arms get even parts, and a share takes that much', () => {
  const experiment = { id: 'e1', arms, share: 0.4 }
  const found = Array.from({ length: 10_000 }, (_, index) => armOf(experiment, `conversation ${index}`)?.name ?? null)
  expect(found).toEqual(Array.from({ length: 10_000 }, (_, index) => armOf(experiment, `conversation ${index}`)?.name ?? null))
  const part = (name: string | null) => found.filter((one) => one === name).length / found.length
  expect(part(null)).toBeCloseTo(0.6, 1)
  expect(Math.abs(part('now') - part('next'))).toBeLessThan(0.03)
})

test('a strategy changes what it names and leaves the rest', () => {
  const request = {
    model: 'auto',
    temperature: 1,
    messages: [
      { role: 'system' as const, content: 'old' },
      { role: 'user' as const, content: 'hello' },
    ],
  }
  expect(applyStrategy(request, { name: 'now' })).toEqual(request)
  expect(applyStrategy(request, { name: 'next', model: 'sim/fast', prompt: 'new', parameters: { temperature: 0 } })).toEqual({
    model: 'sim/fast',
    temperature: 0,
    messages: [
      { role: 'system', content: 'new' },
      { role: 'user', content: 'hello' },
    ],
  })
})
