import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runAssay, temporaryDirectory } from '@assay/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'

let directory: Awaited<ReturnType<typeof temporaryDirectory>>
beforeAll(async () => void (directory = await temporaryDirectory()))
afterAll(() => directory[Symbol.asyncDispose]())

/** Writes files of a project that has nothing installed, and runs a command in it. */
const inProject = async (files: Record<string, string>, ...words: string[]) => {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(directory.path, name, '..'), { recursive: true })
    await writeFile(join(directory.path, name), text)
  }
  return runAssay(words, { cwd: directory.path })
}

const results = (stdout: string) =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { event: string; title: string; status: string; model: string })
    .filter(({ event }) => event === 'result')

test('a suite in TypeScript runs without an installation, with modules of its own beside it', async () => {
  const { exitCode, stdout, stderr } = await inProject(
    {
      'greet.eval.ts': `import { contains, defineSuite, not } from '@assay/runner/suite'
import { greeting } from './lib/greeting.ts'
export default defineSuite({
  name: 'greets',
  target: { models: 'sim/echo', prompt: ({ name, language }) => greeting(name, language ?? 'English') },
  cases: [
    { vars: { name: 'Ada' }, assert: [contains({ texts: ['Ada'] })] },
    { vars: { name: '{{x}}', language: 'French' }, assert: [contains({ texts: ['french'], ignoreCase: true })] },
  ],
  assert: [not(contains({ texts: ['error'] }))],
})
`,
      'lib/greeting.ts':
        'export const greeting = (name: string, language: string): string => `Greet ${name} in ${language}.`\n',
    },
    'test',
    'greet.eval.ts',
    '--json',
  )
  expect(stderr).toBe('')
  expect(exitCode).toBe(0)
  expect(results(stdout)).toMatchObject([
    { title: 'Greet Ada in English.', status: 'passed', model: 'sim/echo' },
    { title: 'Greet {{x}} in French.', status: 'passed', model: 'sim/echo' },
  ])
})

test('a function is tested in place of a model', async () => {
  const suite = `import { defineSuite, isJson } from '@assay/runner/suite'
export default defineSuite({
  name: 'adds',
  target: async function add({ vars: { a, b } }) { return { sum: a + b } },
  cases: [{ vars: { a: 1, b: 2 }, assert: [{ type: 'equals', value: { sum: 3 } }] }, { vars: { a: 1, b: 9 }, assert: [{ type: 'equals', value: { sum: 3 } }] }],
})
`
  const { exitCode, stdout } = await inProject({ 'add.eval.ts': suite }, 'test', 'add.eval.ts', '--json')
  expect(exitCode).toBe(100)
  expect(results(stdout).map(({ status, model }) => [status, model])).toEqual([
    ['passed', 'code/add'],
    ['failed', 'code/add'],
  ])
  const named = await inProject({}, 'test', 'add.eval.ts', '-m', 'sim/echo')
  expect(named).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('tests a function') })
  expect(await inProject({}, 'test', 'add.eval.ts', '--dry-run')).toMatchObject({ exitCode: 0 })
})

test('a module that cannot be taken as a suite is named with what is wrong in it', async () => {
  const refusal = async (text: string) => {
    const { exitCode, stderr } = await inProject({ 'bad.eval.ts': text }, 'test', 'bad.eval.ts')
    expect(exitCode).toBe(2)
    return stderr
  }
  expect(await refusal('export const suite = {}')).toContain('exports no suite')
  expect(await refusal("import './gone.ts'\nexport default {}")).toContain('gone.ts')
  expect(await refusal('enum Tone { kind }\nexport default {}')).toContain('enum is not supported')
  expect(await refusal("throw new Error('no such luck')")).toContain('no such luck')
  expect(await refusal("export default { tests: [{ inptu: 'x' }] }")).toContain('did you mean input?')
})

test('a file of variables that is not there is told by us and not by Node', async () => {
  const { exitCode, stderr } = await inProject(
    { 'assay.yaml': 'providers: [sim/echo]\ntests: [{ input: hi }]\n' },
    'test',
    '--env-file',
    'gone.env',
  )
  expect(exitCode).toBe(2)
  expect(stderr).toContain('gone.env cannot be read')
})
