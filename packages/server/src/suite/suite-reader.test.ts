import { setTimeout as sleep } from 'node:timers/promises'
import type { AssayError, Run, StoredSuite, SuiteText } from '@assay/core'
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
const stallDuring = async (work: () => Promise<unknown>): Promise<number> => {
  let longestMs = 0
  let lastMs = performance.now()
  const look = (): void => {
    const now = performance.now()
    longestMs = Math.max(longestMs, now - lastMs)
    lastMs = now
  }
  const timer = setInterval(look, 1)
  try {
    await work()
  } finally {
    look()
    clearInterval(timer)
  }
  return longestMs
}

test('while a suite of five megabytes is taken in, and a run of it begins, others are answered', async () => {
  const source = written('large', 10_500)
  expect(source.length).toBeGreaterThan(5 * 1_048_576)
  // A fifth of the suite, read in this thread, holds everybody up for longer than all of it read elsewhere may.
  const fifthHereMs = await stallDuring(() => readKeptSuite(textOf(written('a fifth', 2_100))))
  const body = JSON.stringify({ source })
  const ended = new AbortController()
  const waitsMs: number[] = []
  const asking = (async () => {
    while (!ended.signal.aborted) {
      const startedAt = performance.now()
      expect((await service.call('GET /healthz')).status).toBe(200)
      waitsMs.push(performance.now() - startedAt)
      await sleep(5)
    }
  })()
  let kept: StoredSuite | null = null
  const keptMs = await stallDuring(async () => {
    kept = (await service.call<StoredSuite>('POST /api/v1/suites', { body })).body
  })
  expect(kept).toMatchObject({ cases: 10_500, models: ['sim/echo'] })
  const startedMs = await stallDuring(async () => {
    const wanted = { suiteId: kept!.id, settings: { text: 'The 7th' } }
    const { status, body: run } = await service.call<Run>('POST /api/v1/runs', { body: wanted })
    expect([status, run.planned]).toEqual([201, 1])
  })
  ended.abort()
  await asking
  const longest = { keptMs, startedMs, waitMs: Math.max(...waitsMs) }
  const isShort = Object.values(longest).every((stallMs) => stallMs < fifthHereMs)
  expect({ ...longest, fifthHereMs, isShort }).toMatchObject({ isShort: true })
}, 240_000)

test('a thread reads what is read here, and says the same of what is wrong', async () => {
  const reader = createSuiteReader({ threadAbove: 0 })
  try {
    const text = textOf(
      `${written('small', 450)}scenarios:\n  - config: [{ vars: { who: a } }]\n    tests: [{ input: b }]\n`,
    )
    const wanted = { models: undefined, filter: { tags: ['n1'] }, repeat: 2, passAt: undefined, judge: undefined }
    expect(await reader.read(text)).toEqual(await readSentSuite(text))
    expect(await reader.keep(text)).toEqual(await readKeptSuite(text))
    expect(await reader.plan(text, wanted)).toEqual(await readSuitePlan(text, wanted))
    const wrong = textOf('name: x\ntests:\n  - inptu: hi\n')
    const refused = await Promise.allSettled([reader.keep(wrong), readKeptSuite(wrong)])
    const errors = refused.map((one) => (one.status === 'rejected' ? (one.reason as AssayError) : null))
    expect(errors[0]).toMatchObject({ code: 'suite.invalid', details: errors[1]!.details, message: errors[1]!.message })
  } finally {
    await reader.close()
  }
  await expect(reader.keep(textOf('name: x'))).rejects.toMatchObject({ code: 'internal.stopping' })
}, 120_000)

test('a reader that is closed leaves no caller waiting', async () => {
  const reader = createSuiteReader({ threadAbove: 0 })
  const text = textOf(written('waiting', 500))
  const asked = Promise.allSettled([1, 2, 3, 4].map(() => reader.keep(text)))
  await reader.close()
  const codes = (await asked).map((one) => (one.status === 'rejected' ? (one.reason as AssayError).code : one.status))
  expect(codes).toEqual(Array.from({ length: 4 }, () => 'internal.stopping'))
}, 60_000)

test('one mistake in every case is told a hundred times, with how many more there are', async () => {
  const source = `name: x\ntests:\n${'  - inptu: hi\n'.repeat(5_000)}`
  type Refused = { error: { code: string; message: string; details: { issues: unknown[] } } }
  const { status, body } = await service.call<Refused>('POST /api/v1/suites', { body: { source } })
  expect([status, body.error.details.issues.length]).toEqual([422, 101])
  expect(body.error.message).toContain('assay.yaml:3:5: tests[0].inptu')
  expect(body.error.message).toContain('and 4900 more places')
})
