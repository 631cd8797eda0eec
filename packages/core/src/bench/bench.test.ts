import fc from 'fast-check'
import { expect, test } from 'vitest'
import { pricesOn } from '../gateway/price.ts'
import { currentModels } from './choose.ts'
import { compareBench } from './compare.ts'
import { benchPrompts } from './prompts.ts'
import { benchRowOf, quantileOf, type BenchRow, type BenchRun, type BenchSample } from './run.ts'

const sample = (changes: Partial<BenchSample> = {}): BenchSample => ({
  provider: 'openai',
  model: 'small',
  level: 'simple',
  latencyMs: 100,
  ttftMs: null,
  inputTokens: 10,
  outputTokens: 20,
  costNanoUsd: 1_000,
  isRight: true,
  error: null,
  ...changes,
})
const failed = sample({
  error: 'gateway.timeout: late',
  isRight: null,
  inputTokens: 0,
  outputTokens: 0,
  costNanoUsd: 0,
})

test('a row tells of the answers alone, and names why a call had none', () => {
  const row = benchRowOf([sample(), failed, sample({ latencyMs: 300, isRight: false, ttftMs: 50 })])
  expect(row).toMatchObject({
    asked: 3,
    answered: 2,
    medianMs: 200,
    minMs: 100,
    maxMs: 300,
    firstTokenMs: 50,
    inputTokens: 20,
    outputTokens: 40,
    costNanoUsd: 2_000,
    costPer1000NanoUsd: 1_000_000,
    passRate: 0.5,
    error: 'gateway.timeout: late',
  })
  expect(benchRowOf([failed])).toMatchObject({ answered: 0, medianMs: null, costNanoUsd: null, passRate: null })
  expect(benchRowOf([sample(), sample({ costNanoUsd: null })]).costNanoUsd).toBeNull()
})

test('a quantile lies between the least and the greatest, and does not depend on the order', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(10_000), { minLength: 1 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (values, share) => {
        const told = quantileOf(values, share)!
        expect(told).toBeGreaterThanOrEqual(Math.min(...values))
        expect(told).toBeLessThanOrEqual(Math.max(...values))
        expect(quantileOf(values.toReversed(), share)).toBe(told)
      },
    ),
  )
})

test('the cheapest current model of a provider is a chat model that is not retired', () => {
  const today = '2026-11-21'
  const rows = pricesOn(today)
  for (const provider of ['openai', 'google', 'anthropic', 'sim']) {
    const [cheapest, ...others] = currentModels(provider, rows, today)
    expect(cheapest!.kind).toBeUndefined()
    expect(cheapest!.retiredAt === undefined || cheapest!.retiredAt > today).toBe(true)
    const weight = 3 * cheapest!.input + cheapest!.output
    for (const { input, output } of others) expect(3 * input + output).toBeGreaterThanOrEqual(weight)
  }
  expect(currentModels('sim', rows, today)[0]!.model).toBe('fast')
})

test('three prompts stand at each level, with the room that the level has', () => {
  const room = { simple: 64, medium: 256, complex: 512 }
  for (const [level, maxTokens] of Object.entries(room)) {
    const prompts = benchPrompts.filter((prompt) => prompt.level === level)
    expect(prompts.map((prompt) => prompt.maxTokens)).toEqual([maxTokens, maxTokens, maxTokens])
  }
})

test('only a change of more than a fifth that leaves the earlier spread is named', () => {
  const row = (medianMs: number, changes: Partial<BenchRow> = {}): BenchRow => ({
    ...benchRowOf([sample(), sample()]),
    medianMs,
    minMs: 80,
    p95Ms: 150,
    ...changes,
  })
  const run = (rows: BenchRow[], changes: Partial<BenchRun> = {}): BenchRun => ({
    id: 'a',
    at: '2026-11-21T00:00:00.000Z',
    version: '0.1.0',
    promptSet: 1,
    machine: { platform: 'linux', arch: 'x64', cpus: 2, node: '24' },
    stream: false,
    repeat: 3,
    durationMs: 1,
    stoppedBy: null,
    rows,
    ...changes,
  })
  const changed = (medianMs: number) => compareBench(run([row(100)]), run([row(medianMs)]))
  expect(changed(145)).toEqual([]) // more than a fifth, but seen before
  expect(changed(151)).toMatchObject([{ what: 'response time', before: 100, after: 151 }])
  expect(changed(70)).toMatchObject([{ what: 'response time', after: 70 }])
  expect(compareBench(run([row(100)]), run([row(100, { costPer1000NanoUsd: 1_300_000 })]))).toMatchObject([
    { what: 'cost' },
  ])
  expect(compareBench(run([row(100)]), run([row(500)], { stream: true }))).toBeNull()
  expect(compareBench(run([row(100)]), run([row(500, { model: 'other' })]))).toEqual([])
})
