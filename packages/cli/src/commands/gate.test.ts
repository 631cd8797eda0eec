import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ExperimentDetails, Gate, TestMetrics } from '@assay/core'
import {
  type AssayProcess,
  type FakeProvider,
  runAssay,
  startAssay,
  startFakeProvider,
  temporaryDirectory,
  until,
} from '@assay/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'

let directory: Awaited<ReturnType<typeof temporaryDirectory>>
let server: AssayProcess
let upstream: FakeProvider
let environment: Record<string, string>
let says = '{"total":12}'

beforeAll(async () => {
  directory = await temporaryDirectory()
  upstream = await startFakeProvider({ always: () => says })
  const dataDir = join(directory.path, 'data')
  server = await startAssay({ dataDir, environment: { ASSAY_EGRESS_ALLOW: upstream.host } })
  environment = { ASSAY_DATA: dataDir }
  const body = { provider: 'compatible', baseUrl: `http://${upstream.host}/v1`, secret: 'not-a-real-key' }
  await server.call('POST', '/api/v1/credentials', body)
})

afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
  await upstream?.close()
  await directory?.[Symbol.asyncDispose]()
})

const assay = (...words: string[]) => runAssay(words, { environment })
const file = (name: string) => join(directory.path, name)

/** A test by hand that was seen red and green. */
const activeTest = async (name: string): Promise<void> => {
  const schema = { type: 'object', properties: { total: { type: 'number' } }, required: ['total'] }
  const created = await server.call<{ id: string }>('POST', '/api/v1/regression-tests', {
    name,
    prompt: `What is the total of ${name}?`,
    target: 'compatible/m',
    expected: { schema },
    badOutput: '{"total":"twelve"}',
  })
  for (let count = 0; count < 2; count++) {
    await server.call('POST', `/api/v1/regression-tests/${created.id}/verify`, {})
    await until(`verification ${count} of ${name}`, async () => {
      const found = await server.call<{ state: string; runs: number }>('GET', `/api/v1/regression-tests/${created.id}`)
      return found.state === 'active' || found.runs > count ? found : undefined
    })
  }
}

test('nothing that guards: open with a warning, or closed when tests are required', async () => {
  const open = await assay('gate')
  expect(open.exitCode).toBe(0)
  expect(open.stderr).toContain('nothing was checked')
  expect(await assay('gate', '--require-tests')).toMatchObject({ exitCode: 100 })
})

test('a failing test closes the gate with 100, and its reports name expected and actual', async () => {
  await activeTest('invoice_total')
  const open = await assay('gate', '--run', '--json')
  expect(open.exitCode).toBe(0)
  expect(JSON.parse(open.stdout)).toMatchObject({ state: 'open', tests: [{ name: 'invoice_total', outcome: 'pass' }] })

  says = 'twelve, I think'
  const before = upstream.counters.requests
  const words = ['--run', '--release', '2.0.0', '--junit', file('gate.xml'), '--summary', file('gate.md')]
  const closed = await assay('gate', ...words)
  expect(closed.exitCode).toBe(100)
  expect(closed.stdout).toMatch(/expected {2}.*JSON Schema/)
  expect(closed.stdout).toMatch(/actual {4}\S/)
  expect(closed.stdout).toContain('The gate is closed.')
  // The first try and five more.
  expect(upstream.counters.requests - before).toBe(6)
  const junit = await readFile(file('gate.xml'), 'utf8')
  expect(junit).toMatch(/<failure type="failed"[^>]*>[^<]*expected: .*JSON Schema[^<]*actual: /s)
  expect(junit).toContain('tests="1" failures="1"')
  const summary = await readFile(file('gate.md'), 'utf8')
  expect(summary).toContain('Assay gate: closed')
  expect(summary).toContain('2.0.0')
  // The same answer without another run, also as JSON.
  const later = await assay('gate', '--json')
  expect(later.exitCode).toBe(100)
  expect((JSON.parse(later.stdout) as Gate).reasons).toMatchObject([{ code: 'failed', test: 'invoice_total' }])
})

test('a server that is not there is unknown, with 5', async () => {
  const { exitCode, stderr } = await runAssay(['gate'], {
    environment: { ASSAY_URL: 'http://127.0.0.1:9', ASSAY_API_KEY: 'a-key-for-tests-only' },
  })
  expect(exitCode).toBe(5)
  expect(stderr).toContain('127.0.0.1:9')
})

test('mistakes are named, with 2', async () => {
  for (const [words, said] of [
    [['--block', 'all'], 'any or critical'],
    [['--max-age', 'yesterday'], '--max-age'],
    [['--run', '--max-age', '1h'], 'exclude each other'],
    [['--env', 'prod'], 'production'],
    [['--min-trust', '101'], '0 to 100'],
    [['--junit', file('no/such/folder.xml')], 'could not be written'],
  ] as const) {
    const { exitCode, stderr } = await assay('gate', ...words)
    expect({ words, exitCode }).toEqual({ words, exitCode: 2 })
    expect(stderr).toContain(said)
  }
})

test('figures of success, trend and suggestions are told', async () => {
  const metrics = await assay('tests', 'metrics', '--json')
  expect(metrics.exitCode).toBe(0)
  const { metrics: figures, byState } = JSON.parse(metrics.stdout) as TestMetrics
  expect(figures.map(({ name }) => name)).toEqual([
    'coverage',
    'passRate',
    'confidence',
    'prevented',
    'selfHealing',
    'criticalRegressions',
  ])
  expect(byState.active + byState.broken).toBe(1)
  expect((await assay('tests', 'metrics')).stdout).toContain('Formulas')
  expect((await assay('tests', 'trend', 'invoice_total')).stdout).toContain('failed after it had passed')
  const suggested = await assay('tests', 'suggest', 'invoice_total')
  expect(suggested.exitCode).toBe(0)
  expect(suggested.stdout).toContain('+ "maxDurationMs"')
})

test('an experiment runs to its verdict and is shown with its evidence', async () => {
  says = 'yes'
  const tests = Array.from({ length: 30 }, (_, index) => ({
    id: `c${index}`,
    input: `say yes ${index}`,
    assert: [{ type: 'equals', value: 'yes' }],
  }))
  const source = JSON.stringify({ name: 'yes', providers: ['compatible/m'], tests })
  await server.call('POST', '/api/v1/suites', { source, file: 'suite.json' })
  const words = ['--suite', 'yes', '--wait', '--json', '--arm', 'now', '--arm', 'echo:model=sim/echo']
  const created = await assay('tests', 'ab', 'create', 'echo or not', ...words)
  expect({ exitCode: created.exitCode, stderr: created.stderr }).toEqual({ exitCode: 0, stderr: '' })
  expect(JSON.parse(created.stdout) as ExperimentDetails).toMatchObject({ verdict: 'worse', state: 'decided' })
  const shown = await assay('tests', 'ab', 'show', 'echo or not')
  expect(shown.stdout).toContain('echo is worse')
  expect(shown.stdout).toContain('─')
  expect((await assay('tests', 'ab', 'list')).stdout).toContain('echo or not')
  expect(await assay('tests', 'ab', 'stop', 'echo or not')).toMatchObject({ exitCode: 2 })
  const unclear = await assay('tests', 'ab', 'create', 'x', '--arm', 'now')
  expect(unclear).toMatchObject({ exitCode: 2 })
})
