import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Suite, type CaseResult, type Complete, noUsage, silentLog } from '@assay/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CLEAN_REPEATS, openQuarantine } from './quarantine.ts'
import { runSuite } from './run-suite.ts'
import { createSandboxPool } from './sandbox/pool.ts'

let folder = ''
const sandbox = createSandboxPool({ log: silentLog })
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-quarantine-'))
})
afterAll(async () => {
  rmSync(folder, { recursive: true })
  await sandbox.close()
})

const now = () => Date.parse('2030-01-01T00:00:00Z')

const say =
  (text: () => string): Complete =>
  async () => ({
    providerName: 'fake',
    responseModel: 'fake',
    text: text(),
    reasoningText: '',
    toolCalls: [],
    finishReason: 'stop',
    usage: noUsage,
    usageEstimated: false,
    costNanoUsd: 0,
    latencyMs: 1,
    ttftMs: null,
  })

/** One run as the command makes it, with what its file says of the case's quarantine. */
const run = async ({
  repeat,
  said,
  until = '2030-01-10T00:00:00Z',
}: Record<string, unknown> & { repeat: number; said: () => string }) => {
  const quarantine = openQuarantine(folder, now)
  const results: CaseResult[] = []
  const suite = Suite.parse({
    tests: [
      {
        id: 'flaky',
        input: 'hi',
        assert: [{ type: 'contains', value: 'yes' }],
        quarantine: { until, reason: 'flaky' },
      },
    ],
  })
  const { isPass } = await runSuite(suite, {
    models: ['fake/m'],
    complete: say(said),
    sandbox,
    signal: new AbortController().signal,
    now,
    repeat,
    concurrency: 1,
    quarantine,
    onEvent: (event) => {
      if (event.event !== 'result') return
      results.push(event)
      quarantine.result(event)
    },
  })
  return { isPass, freed: quarantine.end(), quarantined: results.filter((result) => result.quarantined).length }
}

test('after 20 clean repeats, over several runs, a case counts again', async () => {
  expect(await run({ repeat: 15, said: () => 'yes' })).toEqual({ isPass: true, freed: [], quarantined: 15 })
  expect(await run({ repeat: CLEAN_REPEATS - 15, said: () => 'yes' })).toMatchObject({ freed: ['flaky'] })
  expect(await run({ repeat: 1, said: () => 'no' })).toEqual({ isPass: false, freed: [], quarantined: 0 })
})

test('a new day begins a new quarantine', async () => {
  const until = '2030-01-12T00:00:00Z'
  expect(await run({ repeat: 1, said: () => 'no', until })).toEqual({ isPass: true, freed: [], quarantined: 1 })
})

test('one failure begins the count anew', async () => {
  const until = '2030-01-13T00:00:00Z'
  let answered = 0
  const said = () => (++answered === 10 ? 'no' : 'yes')
  expect(await run({ repeat: 29, said, until })).toMatchObject({ isPass: true, freed: [], quarantined: 29 })
  expect(await run({ repeat: 1, said, until })).toMatchObject({ freed: ['flaky'] })
})

test('a file that nobody can read counts for nothing', async () => {
  writeFileSync(join(folder, 'quarantine.json'), '{"x"')
  expect(await run({ repeat: 1, said: () => 'no' })).toMatchObject({ isPass: true, quarantined: 1 })
})
