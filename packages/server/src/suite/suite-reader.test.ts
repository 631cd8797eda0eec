import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import type { SuiteText, StoredCase, StoredSuite, Page } from '@assay/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startService, type TestService } from '../__fixtures__/service.ts'
import { readKeptSuite, readSentSuite, readSuitePlan } from './read-suite.ts'
import { createSuiteReader } from './suite-reader.ts'

let service: TestService
beforeAll(async () => void (service = await startService()))
afterAll(() => service[Symbol.asyncDispose]())

/** A suite in YAML with so many cases of half a kilobyte each. */
const written = (name: string, cases: number): string =>
  `name: ${name}\nproviders: [sim/echo]\ntests:\n${Array.from(
    { length: cases },
    (_, index) => `  - id: case-${index}
    description: The ${index}th of them
    input: >-
      ${`Question ${index} in some words that a person would say. `.repeat(6)}
    vars: { index: ${index}, who: someone }
    tags: [large, n${index % 10}]
    assert:
      - { type: icontains, value: question }
      - { type: length, value: { min: 2 } }
`,
  ).join('')}`

const textOf = (source: string): SuiteText => ({ source, file: 'assay.yaml' })

/** The longest time for which this process answered nobody while something was done. */
const stallDuring = async (work: () => Promise<unknown>): Promise<{ stallMs: number; tookMs: number }> => {
  const delay = monitorEventLoopDelay({ resolution: 2 })
  await new Promise((resolve) => setTimeout(resolve, 20))
  delay.enable()
  const startedAt = performance.now()
  await work()
  const tookMs = performance.now() - startedAt
  await new Promise((resolve) => setTimeout(resolve, 20))
  delay.disable()
  return { stallMs: delay.max / 1e6, tookMs }
}

test('while a suite of five megabytes is taken in, others are answered', async () => {
  const source = written('large', 10_500)
  expect(source.length).toBeGreaterThan(5 * 1_048_576)
  const here = await stallDuring(() => readKeptSuite(textOf(source)))
  const body = JSON.stringify({ source })
  let isOver = false
  const waits: number[] = []
  const asking = (async () => {
    while (!isOver) {
      const startedAt = performance.now()
      await service.call('GET /healthz')
      waits.push(performance.now() - startedAt)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  })()
  let kept: StoredSuite | null = null
  const served = await stallDuring(async () => {
    kept = (await service.call<StoredSuite>('POST /api/v1/suites', { body })).body
  })
  isOver = true
  await asking
  console.log(here, served, Math.max(...waits), waits.length)
  expect(kept).toMatchObject({ cases: 10_500, models: ['sim/echo'] })
  expect(served.stallMs).toBeLessThan(here.stallMs / 4)
  const plan = await stallDuring(() => service.call('POST /api/v1/runs', { body: { suiteId: kept!.id, settings: { text: 'The 7th' } } }))
  console.log(plan)
}, 120_000)
