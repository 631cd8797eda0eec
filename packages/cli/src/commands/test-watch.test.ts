import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { startFakeProvider, temporaryDirectory, until } from '@assay/testkit'
import { expect, test } from 'vitest'
import { runProgram } from '../run.ts'

const launcher = join(import.meta.dirname, '../../bin/assay.js')

const suite = (second: string) => `providers: [compatible/fake-model]
prompts: ['Say {{word}}.']
tests:
  - { id: one, vars: { word: one }, assert: [{ type: contains, value: one }] }
  - { id: two, vars: { word: two }, assert: [{ type: contains, value: ${second} }] }
  - file://more.yaml
`
const more = (word: string) => `- { id: three, vars: { word: ${word} } }\n`

type Line = { event: string; caseKey: string; status: string; cached?: boolean }

test('what changed is run again, and nothing else; Ctrl-C ends it', async () => {
  await using directory = await temporaryDirectory()
  await using fake = await startFakeProvider()
  const write = (name: string, text: string) => writeFile(join(directory.path, name), text)
  await write('assay.yaml', suite('two'))
  await write('more.yaml', more('three'))
  const child = spawn(process.execPath, ['--', launcher, 'test', '--watch', '--json'], {
    cwd: directory.path,
    env: { PATH: process.env['PATH'], ...fake.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  /** The results of the n-th run, when it is over. */
  const run = (number: number) =>
    until(`run ${number} of ${stdout}${stderr}`, () => {
      const runs = stdout.split('{"event":"run.started"').slice(1)
      const lines = (runs[number - 1] ?? '').split('\n').slice(1)
      if (!lines.some((line) => line.startsWith('{"event":"run.finished"'))) return undefined
      return lines
        .filter((line) => line.startsWith('{"event":"result"'))
        .map((line) => JSON.parse(line) as Line)
        .map(({ caseKey, status, cached }) => [caseKey, status, cached ?? false])
        .toSorted((a, b) => String(a[0]).localeCompare(String(b[0])))
    })
  expect(await run(1)).toEqual([
    ['one', 'passed', false],
    ['three', 'passed', false],
    ['two', 'passed', false],
  ])
  // An assertion: only its case, and the answer is there already.
  await write('assay.yaml', suite('TWO'))
  expect(await run(2)).toEqual([['two', 'failed', true]])
  expect(fake.counters.requests).toBe(3)
  // A file of cases: only its case, and it is asked.
  await write('more.yaml', more('four'))
  expect(await run(3)).toEqual([['three', 'passed', false]])
  expect(fake.counters.requests).toBe(4)
  // A mistake is told, and is no end.
  await write('assay.yaml', 'tests: [')
  await until('the mistake', () => (stderr.includes('suite.invalid') ? true : undefined))
  await write('assay.yaml', suite('two'))
  expect(await run(4)).toEqual([['two', 'passed', true]])
  // A file that is none of the suite's.
  await write('notes.txt', 'x')
  const exited = once(child, 'exit')
  child.kill('SIGINT')
  expect(await exited).toEqual([130, null])
  expect(stdout.split('"run.started"')).toHaveLength(5)
})

test('keys run all again, run what failed, and quit', async () => {
  await using directory = await temporaryDirectory()
  const path = join(directory.path, 'assay.yaml')
  await writeFile(path, suite('TWO').replace('compatible/fake-model', 'sim/echo').replace('  - file://more.yaml\n', ''))
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
  const raw: boolean[] = []
  let shown = ''
  stderr.on('data', (chunk: Buffer) => (shown += chunk.toString()))
  stdout.resume()
  const ended = runProgram(['test', path, '--watch'], {
    stdin: Object.assign(stdin, { isTTY: true, setRawMode: (mode: boolean) => void raw.push(mode) as never }),
    stdout,
    stderr: Object.assign(stderr, { isTTY: true, columns: 100 }),
    environment: { ASSAY_DATA: join(directory.path, 'data'), NO_COLOR: '1' },
    now: Date.now,
  })
  const runs = (count: number) =>
    until(`run ${count} of ${shown}`, () => (shown.split('q quits').length > count ? true : undefined))
  await runs(1)
  expect(shown).toContain('\u001b[2J\u001b[H')
  stdin.write('f')
  await runs(2)
  expect(shown).toContain('1 of 2 cases failed before.')
  stdin.write('r')
  await runs(3)
  expect(shown.split('Total Tests:     2')).toHaveLength(3)
  stdin.write('q')
  expect(await ended).toBe(0)
  expect(raw).toEqual([true, false])
})

test('what makes no sense beside it is refused', async () => {
  const stderr = new PassThrough()
  let told = ''
  stderr.on('data', (chunk: Buffer) => (told += chunk.toString()))
  const terminal = { stdin: new PassThrough(), stdout: new PassThrough(), stderr, environment: {}, now: Date.now }
  expect(await runProgram(['test', '--watch', '--resume'], terminal)).toBe(2)
  expect(told).toContain('--watch and --resume exclude each other')
})
