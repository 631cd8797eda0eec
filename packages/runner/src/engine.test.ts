import { fork } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { noUsage, silentLog, Suite, textOf, type CaseResult, type Complete } from '@assay/core'
import { temporaryDirectory } from '@assay/testkit'
import { afterAll, expect, test } from 'vitest'
import { beginJournal, continueJournal, readEntries, readHead, type StoredTurn } from './journal.ts'
import { createRunCache } from './run-cache.ts'
import type { RunOptions } from './run-options.ts'
import { runSuite } from './run-suite.ts'
import { resultKey } from './skipped-result.ts'
import { createSandboxPool } from './sandbox/pool.ts'
import { storedTarget } from './stored-target.ts'

const sandbox = createSandboxPool({ log: silentLog })
afterAll(() => sandbox.close())

const answer = (text: string) => ({
  providerName: 'fake',
  responseModel: 'fake',
  text,
  reasoningText: '',
  toolCalls: [],
  finishReason: 'stop' as const,
  usage: { ...noUsage, inputTokens: 10, outputTokens: 5 },
  usageEstimated: false,
  costNanoUsd: 1_000_000,
  latencyMs: 3,
  ttftMs: null,
})

/** A model that counts how often it is asked. */
const counting = (says: (text: string, call: number) => string = (text) => text) => {
  const model = { calls: 0, complete: null as unknown as Complete }
  model.complete = async ({ messages }) => answer(says(textOf(messages.at(-1)!), ++model.calls))
  return model
}

const run = async (suite: object, given: Partial<RunOptions> & Pick<RunOptions, 'complete'>) => {
  const results: CaseResult[] = []
  const summary = await runSuite(Suite.parse(suite), {
    models: ['fake/m'],
    sandbox,
    signal: new AbortController().signal,
    now: () => performance.now(),
    onEvent: (event) => void (event.event === 'result' && results.push(event)),
    ...given,
  })
  return { summary, results }
}

const head = (runId: string) => ({
  kind: 'run' as const,
  runId,
  planHash: 'x',
  version: '0',
  dialect: 'assay',
  file: 'f',
  models: [],
  startedAt: '',
})

const cases = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ id: `c${index}`, input: `say ${index}` }))

test('an always passing case of 3/5 is asked three times, and two repeats are saved', async () => {
  const model = counting()
  const { summary } = await run({ passAt: '3/5', tests: cases(4) }, { complete: model.complete })
  expect(model.calls).toBe(12)
  expect(summary).toMatchObject({ savedRepeats: 8, isPass: true, repeats: [{ passes: 3, total: 3 }, {}, {}, {}] })
})

test('a case of 2/3 passes with one failure among its repeats, and fails with two', async () => {
  const suite = { passAt: '2/3', tests: [{ input: 'x', assert: [{ type: 'contains', value: 'x' }] }] }
  const flaky = counting((text, call) => (call === 1 ? 'no' : text))
  expect((await run(suite, { complete: flaky.complete })).summary).toMatchObject({
    isPass: true,
    totals: { failed: 1 },
  })
  const broken = counting(() => 'no')
  expect((await run(suite, { complete: broken.complete })).summary).toMatchObject({ isPass: false, savedRepeats: 1 })
  expect(broken.calls).toBe(2)
})

test('a quarantined case runs, is reported and fails nothing, until its day', async () => {
  const suite = (until: string) => ({
    tests: [{ input: 'x', quarantine: { until, reason: 'known' }, assert: [{ type: 'contains', value: 'y' }] }],
  })
  const given = { complete: counting().complete, now: () => Date.parse('2026-08-10') }
  const kept = await run(suite('2026-08-20'), given)
  expect(kept.results).toMatchObject([{ status: 'failed', quarantined: true }])
  expect(kept.summary.isPass).toBe(true)
  expect((await run(suite('2026-08-01'), given)).summary.isPass).toBe(false)
})

test.each([
  [{ maxCostUsd: 0.005 }, 'limit.max_cost', 5],
  [{ maxTokens: 60 }, 'limit.max_tokens', 4],
  [{ failFast: true }, 'limit.fail_fast', 1],
])('%j ends the run: the rest is skipped with the reason, and it is no pass', async (stops, reason, calls) => {
  const model = counting()
  const tests = cases(20).map((one) => ({
    ...one,
    assert: [{ type: 'contains', value: reason.includes('fast') ? 'never' : 's' }],
  }))
  const { summary, results } = await run({ tests }, { complete: model.complete, stops, concurrency: 1 })
  expect({ calls: model.calls, stopped: summary.stopped, isPass: summary.isPass }).toEqual({
    calls,
    stopped: reason,
    isPass: false,
  })
  expect(results.filter(({ status }) => status === 'skipped').map((result) => result.reason)).toEqual(
    Array.from({ length: 20 - calls }, () => reason),
  )
})

test('in the promptfoo dialect the latency of an answer out of the cache is unknown, as it is there', async () => {
  await using directory = await temporaryDirectory()
  const model = counting((text) => text)
  const cache = createRunCache({
    folder: join(directory.path, 'cache'),
    placeOf: async (name) => ({ providerName: 'fake', model: name, origin: null }),
    now: Date.now,
  })
  const suite = { tests: [{ input: 'a', assert: [{ type: 'latency', threshold: 3 }] }] }
  const given = { complete: model.complete, cache, dialect: 'promptfoo' } as const
  expect((await run(suite, given)).results[0]!.status).toBe('passed')
  const [again] = (await run(suite, given)).results
  expect([again!.status, again!.error?.message]).toEqual([
    'error',
    expect.stringContaining('does not support cached results'),
  ])
})

test('a cached run asks nobody, keeps latency and cost of the answers, and spends nothing', async () => {
  await using directory = await temporaryDirectory()
  const model = counting((text, call) => `${text} ${call}`)
  const cache = (refresh = false) =>
    createRunCache({
      folder: join(directory.path, 'cache'),
      placeOf: async (name) => ({ providerName: 'fake', model: name, origin: null }),
      now: Date.now,
      refresh,
    })
  const suite = { repeat: 2, tests: [{ input: 'a', assert: [{ type: 'latency', threshold: 3 }] }, { input: 'b' }] }
  const first = await run(suite, { complete: model.complete, cache: cache() })
  expect(model.calls).toBe(4)
  const again = await run(suite, { complete: model.complete, cache: cache() })
  expect(model.calls).toBe(4)
  expect(again.summary).toMatchObject({ spentNanoUsd: 0, isPass: true, totals: { costNanoUsd: 4_000_000 } })
  const said = ({ results }: typeof first) =>
    results
      .map(({ caseKey, repeat, response, latencyMs }) => JSON.stringify([caseKey, repeat, response, latencyMs]))
      .toSorted((a, b) => (a < b ? -1 : 1))
  expect(said(again)).toEqual(said(first))
  expect(again.results.every(({ cached }) => cached)).toBe(true)
  await run(suite, { complete: model.complete, cache: cache(true) })
  expect(model.calls).toBe(8)
})

test('kept answers are held to other assertions without a call', async () => {
  await using directory = await temporaryDirectory()
  const model = counting()
  await using journal = await beginJournal(directory.path, head('r'))
  await run({ tests: cases(5) }, { complete: model.complete, record: (result, turns) => journal.append(result, turns) })
  await journal.flush()
  const turns = new Map<string, readonly StoredTurn[]>()
  for await (const entry of readEntries(directory.path, 'r')) turns.set(resultKey(entry.result), entry.turns)
  const stricter = cases(5).map((one) => ({ ...one, assert: [{ type: 'contains', value: '3' }] }))
  const { summary } = await run(
    { tests: stricter },
    {
      complete: model.complete,
      targetOf: (_complete, planned) => storedTarget(turns.get(resultKey(planned)) ?? []),
    },
  )
  expect(model.calls).toBe(5)
  expect(summary.totals).toMatchObject({ passed: 1, failed: 4 })
})

test('a result is in the journal as soon as it is there, so that a process that is killed does not ask for it again', async () => {
  await using directory = await temporaryDirectory()
  await using journal = await beginJournal(directory.path, head('at-once'))
  journal.append({ caseKey: 'a', model: 'm', repeat: 1 } as CaseResult, [])
  await new Promise(setImmediate)
  const kept: string[] = []
  for await (const { result } of readEntries(directory.path, 'at-once')) kept.push(result.caseKey)
  expect(kept).toEqual(['a'])
})

test('a journal whose last line was cut goes on behind its last whole one', async () => {
  await using directory = await temporaryDirectory()
  const result = { caseKey: 'a', model: 'm', repeat: 1 } as CaseResult
  {
    await using journal = await beginJournal(directory.path, head('r'))
    journal.append(result, [])
  }
  await writeFile(join(directory.path, 'r', 'journal.jsonl'), '{"kind":"result","resu', { flag: 'a' })
  {
    await using journal = await continueJournal(directory.path, 'r')
    journal.append({ ...result, caseKey: 'b' }, [])
  }
  const keys: string[] = []
  for await (const entry of readEntries(directory.path, 'r')) keys.push(entry.result.caseKey)
  expect(keys).toEqual(['a', 'b'])
  await expect(readHead(directory.path, 'gone')).rejects.toMatchObject({ code: 'suite.run_unknown', exitCode: 2 })
})

const KILLS = 6
const CASES = 400

test(`a run killed ${KILLS} times at any moment ends, resumed, with the results of an unbroken one`, async () => {
  await using directory = await temporaryDirectory()
  let asked = 0
  let inFlight = 0
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      asked++
      inFlight++
      response.on('close', () => inFlight--)
      const { messages } = JSON.parse(body) as { messages: { content: string }[] }
      const message = { role: 'assistant', content: messages.at(-1)!.content }
      const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 }
      setTimeout(() => response.end(JSON.stringify({ choices: [{ message, finish_reason: 'stop' }], usage })), 10)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const suite = join(directory.path, 'assay.json')
  const tests = cases(CASES).map((one, index) => ({ ...one, assert: [{ type: 'contains', value: String(index) }] }))
  await writeFile(suite, JSON.stringify({ providers: ['compatible/m'], tests }))
  let lost = 0
  const assay = async (words: string[], killAfterMs?: number): Promise<{ code: number | null; text: string }> => {
    const launcher = join(import.meta.dirname, '../../cli/bin/assay.js')
    const child = fork(launcher, ['test', suite, '--json', '--no-cache', '-j', '20', ...words], {
      execArgv: [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: {
        PATH: process.env['PATH'],
        OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1`,
        ASSAY_DATA: join(directory.path, 'data'),
      },
    })
    let text = ''
    child.stdout!.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      // The moment counts from the first result on, so that some of the run is always there.
      if (killAfterMs !== undefined && text.includes('"event":"result"')) {
        setTimeout(() => {
          lost += inFlight
          child.kill('SIGKILL')
        }, killAfterMs)
        killAfterMs = undefined
      }
    })
    const [code] = (await once(child, 'exit')) as [number | null]
    return { code, text }
  }
  try {
    for (let kill = 0; kill < KILLS; kill++) await assay(kill === 0 ? [] : ['--resume'], 90 + kill * 25)
    const { code, text } = await assay(['--resume'])
    expect(code).toBe(0)
    const { totals, resumed } = JSON.parse(text.trim().split('\n').at(-1)!) as {
      totals: { total: number; passed: number; inputTokens: number }
      resumed: number
    }
    expect(totals).toMatchObject({ total: CASES, passed: CASES, inputTokens: 3 * CASES })
    expect(resumed).toBeGreaterThan(0)
    // What was answered and not yet synced may be asked again, and what was under way.
    expect(asked).toBeLessThanOrEqual(CASES + lost + KILLS * 60)
  } finally {
    server.close()
    server.closeAllConnections()
  }
}, 120_000)
