import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { LLMock } from '@copilotkit/aimock'
import { runAssay, temporaryDirectory } from '@assay/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'

/** Walk 2: `assay test` on a suite file, local, with the built-in model and with a server this project did not write. */

const suite = `
name: capitals
prompts:
  - 'Answer in one sentence: what is the capital of {{country}}?'
tests:
  - vars: { country: France }
    assert:
      - { type: contains, value: Paris }
      - { type: not-icontains, value: london }
  - vars: { country: Norway }
    assert:
      - { type: regex, value: 'Oslo|Bergen' }
      - { type: latency, threshold: 60000 }
`

const upstream = new LLMock({ port: 0 })
let directory: Awaited<ReturnType<typeof temporaryDirectory>>

beforeAll(async () => {
  upstream.onMessage('France', { content: 'It is Paris.' })
  upstream.onMessage('Norway', { content: 'It is Stockholm.' })
  await upstream.start()
  directory = await temporaryDirectory()
  await writeFile(join(directory.path, 'suite.yaml'), suite)
})

afterAll(async () => {
  await upstream.stop()
  await directory[Symbol.asyncDispose]()
})

const runSuite = (...more: string[]) =>
  runAssay(['test', join(directory.path, 'suite.yaml'), '-m', 'openai/gpt-4o-mini', ...more], {
    environment: {
      OPENAI_API_KEY: 'not-a-real-key-1234',
      OPENAI_BASE_URL: `${upstream.url}/v1`,
      ASSAY_EGRESS_ALLOW: new URL(upstream.url).host,
    },
  })

test('a failing case ends the command with 100 and says expected and actual', async () => {
  const { exitCode, stderr, stdout } = await runSuite()
  expect(exitCode).toBe(100)
  expect(stderr).toContain('Oslo|Bergen')
  expect(stderr).toContain('It is Stockholm.')
  expect(stderr).toMatch(/Passed: +1/)
  expect(stderr).toMatch(/Failed: +1/)
  expect(stdout).toBe('')
})

test('--json says the same line by line, and nothing else is on stdout', async () => {
  const { exitCode, stdout } = await runSuite('--json')
  const events = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(exitCode).toBe(100)
  expect(events[0]).toMatchObject({ event: 'run.started' })
  expect(events.at(-1)).toMatchObject({ event: 'run.finished' })
  const results = events.filter(({ event }) => event === 'result')
  expect(new Set(results.map(({ status }) => status))).toEqual(new Set(['failed', 'passed']))
})

test('the same verdicts come from `assay assert` on the bare answers', async () => {
  const lines = [
    { assertion: { type: 'contains', value: 'Paris' }, output: 'It is Paris.' },
    { assertion: { type: 'regex', value: 'Oslo|Bergen' }, output: 'It is Stockholm.' },
  ]
  const { exitCode, stdout } = await runAssay(['assert', '--jsonl'], {
    input: lines.map((line) => JSON.stringify(line)).join('\n'),
  })
  expect(exitCode).toBe(0)
  expect(
    stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).pass),
  ).toEqual([true, false])
})

test.each([
  ['bad YAML', 'tests:\n  - vars: { a: 1\n', /bad\.yaml:\d+:\d+/],
  [
    'an unknown assertion',
    'providers: [sim/echo]\ntests:\n  - input: hi\n    assert: [{ type: contians, value: hi }]\n',
    /contains/,
  ],
  ['an unknown key', 'providers: [sim/echo]\ntests:\n  - input: hi\n    asert: []\n', /bad\.yaml:4:\d+.*asert/s],
  ['an alias without end', 'providers: [sim/echo]\ntests:\n  - vars: &a { x: *a }\n', /bad\.yaml:3:\d+.*holds itself/s],
])('%s ends with 2 and names the place, never a stack trace', async (_, text, message) => {
  const path = join(directory.path, 'bad.yaml')
  await writeFile(path, text)
  const { exitCode, stderr } = await runAssay(['test', path])
  expect(exitCode).toBe(2)
  expect(stderr).toMatch(message)
  expect(stderr).not.toMatch(/^\s+at /m)
  expect(await readFile(path, 'utf8')).toBe(text)
})

test('without a key for the model, the command names the variable and the ways out', async () => {
  const { exitCode, stderr } = await runAssay(['test', join(directory.path, 'suite.yaml'), '-m', 'openai/gpt-4o-mini'])
  expect(exitCode).toBe(2)
  expect(stderr).toContain('OPENAI_API_KEY')
  expect(stderr).toContain('sim')
})
