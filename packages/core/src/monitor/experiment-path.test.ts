import { expect, test } from 'vitest'
import { ExperimentDesign } from './experiment-api.ts'
import { applyStrategy, armOf, type Observation, readExperiment } from './experiment-path.ts'
import { pairedBounds, rateBounds, type ExperimentVerdict } from './experiment.ts'
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
  expect(of(true)).toMatchObject({
    samples: 2,
    passed: { now: { passed: 1, total: 2 }, next: { passed: 2, total: 2 } },
  })
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

test('looked at after every sample or only at the end, the verdict is the same: looking costs nothing', () => {
  const random = seededRandom(3)
  for (let trial = 0; trial < 60; trial++) {
    const passRate = trial % 2 === 0 ? 0.8 : 0.9
    const seen: Observation[] = []
    const looks: ExperimentVerdict[] = []
    for (let index = 0; index < 250; index++) {
      seen.push({ arm: 'now', unit: String(index), passed: random() < passRate })
      looks.push(readExperiment({ arms: [arms[0]!], design: rate, isPairedByUnit: true }, seen).verdict)
    }
    const decided = looks.find((verdict) => verdict !== 'undecided') ?? 'undecided'
    expect(looks.at(-1)).toBe(decided)
  }
})

test('of a long course at most 500 points are drawn, the last one among them', () => {
  const random = seededRandom(1)
  const seen = Array.from({ length: 3_000 }, (_, index) => pair(String(index), true, random() < 2)).flat()
  const { path, samples } = readExperiment(
    { arms, design: { ...paired, maxSamples: 2_999 }, isPairedByUnit: true },
    seen,
  )
  expect(samples).toBe(2_999)
  expect(path.points.length).toBeLessThanOrEqual(500)
  expect(path.points.at(-1)!.sample).toBe(2_999)
  expect(rateBounds.accept).toBeCloseTo(2.89, 2)
})

test('a conversation stays in its arm, the arms get even parts, and a share takes that much', () => {
  const experiment = { id: 'e1', arms, share: 0.4 }
  const found = Array.from({ length: 10_000 }, (_, index) => armOf(experiment, `conversation ${index}`)?.name ?? null)
  expect(found).toEqual(
    Array.from({ length: 10_000 }, (_, index) => armOf(experiment, `conversation ${index}`)?.name ?? null),
  )
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
  expect(
    applyStrategy(request, { name: 'next', model: 'sim/fast', prompt: 'new', parameters: { temperature: 0 } }),
  ).toEqual({
    model: 'sim/fast',
    temperature: 0,
    messages: [
      { role: 'system', content: 'new' },
      { role: 'user', content: 'hello' },
    ],
  })
})
