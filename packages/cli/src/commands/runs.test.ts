import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CaseResult, Run, StoredSuite } from '@assay/core'
import { type AssayProcess, startAssay, temporaryDirectory } from '@assay/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCommand } from '../__fixtures__/run-command.ts'

let directory: Awaited<ReturnType<typeof temporaryDirectory>>
let server: AssayProcess
let environment: Record<string, string>

const suite = (expected: string) => `name: capitals
providers: [sim/echo]
tests:
${Array.from({ length: 8 }, (_, index) => `  - { id: c${index}, input: "${index}: France", assert: [{ type: contains, value: ${expected} }] }`).join('\n')}
`

beforeAll(async () => {
  directory = await temporaryDirectory()
  const dataDir = join(directory.path, 'data')
  await writeFile(join(directory.path, 'cases.csv'), 'word,__expected\nParis,contains:Paris\n')
  await writeFile(join(directory.path, 'assay.yaml'), suite('France'))
  await writeFile(join(directory.path, 'worse.yaml'), suite('Spain'))
  await writeFile(
    join(directory.path, 'files.yaml'),
    'name: files\nproviders: [sim/echo]\nprompts: ["Say {{word}}"]\ntests: cases.csv\n',
  )
  server = await startAssay({ dataDir })
  environment = { ASSAY_DATA: dataDir }
})
afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
  await directory?.[Symbol.asyncDispose]()
})

const assay = (...words: string[]) => runCommand(words, { environment })
const at = (file: string) => join(directory.path, file)
const rows = async <Row>(...words: string[]): Promise<Row[]> => {
  const { stdout } = await assay(...words, '--json')
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Row)
}

test('a suite is pushed, run by the server, kept as a baseline, and a worse one is a regression', async () => {
  expect((await assay('suites', 'push', at('assay.yaml'))).stdout).toMatch(/^Kept: capitals, 8 cases/)
  expect((await assay('suites', 'push', at('assay.yaml'))).stdout).toMatch(/^Unchanged: capitals/)
  expect((await assay('suites', 'show', 'capitals')).stdout).toBe(suite('France'))
  const started = await assay('runs', 'start', 'capitals')
  expect(started).toMatchObject({ exitCode: 0 })
  expect(started.stdout).toContain('passed   8/8')
  const [good] = await rows<Run>('runs', 'list', '--suite', 'capitals')
  expect((await assay('runs', 'baseline', good!.id, 'main')).stdout).toContain('is the baseline main')

  expect((await assay('suites', 'push', at('worse.yaml'))).stdout).toMatch(/^Replaced: capitals/)
  const worse = await assay('runs', 'start', 'capitals', '--filter', 'c')
  expect(worse).toMatchObject({ exitCode: 100 })
  expect(worse.stdout).toContain('expected: "Spain"')
  const [bad] = await rows<Run>('runs', 'list')
  // The checks are other ones, so the two are not compared.
  expect((await assay('runs', 'compare', 'main', bad!.id)).stdout).toContain('8 with changed checks')
  const [shown] = await rows<Run & { results: CaseResult[] }>('runs', 'show', bad!.id)
  expect(shown!.results).toHaveLength(8)
})

test('what a suite names in other files is pushed with it', async () => {
  expect((await assay('suites', 'push', at('files.yaml'))).stdout).toMatch(/^Kept: files, 1 case,/)
  const [kept] = await rows<StoredSuite & { source: string }>('suites', 'show', 'files')
  expect(kept!.source).toContain('Paris')
  const refused = await assay('suites', 'remove', 'files')
  expect(refused.exitCode).toBe(2)
  expect(refused.stderr).toContain('--yes')
  expect(await assay('suites', 'remove', 'files', '--yes')).toMatchObject({ exitCode: 0 })
})

test('a run of this machine is sent to the server with its verdict, its reports untouched, and once', async () => {
  const out = at('report.json')
  const { exitCode, stderr } = await assay('test', at('worse.yaml'), '--upload', '--out', out)
  expect({ exitCode, uploaded: /Uploaded 8 results as run (\S+)\./.exec(stderr)?.[1] !== undefined }).toEqual({
    exitCode: 100,
    uploaded: true,
  })
  const [run] = await rows<Run>('runs', 'list', '--env', environment['CI'] ? 'ci' : 'local')
  expect(run).toMatchObject({ name: 'capitals', provenance: 'self_reported', status: 'completed' })
  expect(run!.totals).toMatchObject({ total: 8, failed: 8 })
  expect((await assay('runs', 'upload')).stdout).toContain('It is there already')
})

test('an upload that cannot be made takes no verdict away, and says how to send it later', async () => {
  const nobody = { ...environment, ASSAY_URL: 'http://127.0.0.1:1', ASSAY_API_KEY: 'x' }
  const passed = await runCommand(['test', at('assay.yaml'), '--upload'], { environment: nobody })
  expect(passed.exitCode).toBe(5)
  expect(passed.stderr).toMatch(/Not uploaded: .*\n.*assay runs upload \S+/)
  const failed = await runCommand(['test', at('worse.yaml'), '--upload'], { environment: nobody })
  expect(failed.exitCode).toBe(100)
  const [, later] = /assay runs upload (\S+)/.exec(passed.stderr)!
  expect((await assay('runs', 'upload', later!)).stdout).toMatch(/^Uploaded 8 results as run /)
})

test.each([
  [['runs', 'show', 'ffffffff'], 2, 'There is no run ffffffff'],
  [['runs', 'start', 'nope'], 2, 'There is no suite nope'],
  [['runs', 'cancel', '01930000-0000-7000-8000-00000000beef'], 2, 'There is no run'],
  [['runs', 'list', '--status', 'done'], 2, 'expected one of "queued"'],
  [['runs', 'upload', 'nope'], 2, 'There is no journal of a run nope'],
  [['test', 'x.yaml', '--upload=maybe'], 2, '"maybe" is no answer to --upload'],
])('%j ends with %i and says why', async (words, exitCode, said) => {
  const ended = await assay(...words)
  expect(ended.exitCode).toBe(exitCode)
  expect(ended.stderr).toContain(said)
})
