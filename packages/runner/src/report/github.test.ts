import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryDirectory } from '@assay/testkit'
import { expect, test } from 'vitest'
import { parse } from 'yaml'

const root = join(import.meta.dirname, '../../../..')
const read = (path: string): unknown => parse(readFileSync(join(root, path), 'utf8'))

type Step = {
  uses?: string
  run?: string
  shell?: string
  with?: Record<string, unknown>
  env?: Record<string, string>
}
type Action = {
  inputs: Record<string, { description: string; default: string }>
  runs: { using: string; steps: Step[] }
}

const action = read('.github/actions/assay-test/action.yml') as Action

test('the action is a composite one, whose scripts hold no text of its inputs', () => {
  expect(action.runs.using).toBe('composite')
  for (const { run, shell } of action.runs.steps) {
    expect(shell).toBe('bash')
    expect(run).not.toContain('${{')
    expect(spawnSync('bash', ['-n'], { input: run }).status).toBe(0)
  }
})

test('the action calls the command with the words of its inputs, whatever is in them', async () => {
  await using directory = await temporaryDirectory()
  const { stdout, status } = spawnSync('bash', ['-eo', 'pipefail', '-c', action.runs.steps[0]!.run!], {
    encoding: 'utf8',
    env: {
      PATH: process.env['PATH'],
      GITHUB_OUTPUT: join(directory.path, 'output'),
      RUNNER_TEMP: directory.path,
      COMMAND: 'printf\n%s\\n\n',
      SUITE: 'a b; $(exit 3)',
      MODELS: '',
      BASELINE: 'main',
      REPORTS: 'r.html\nr.junit.xml\n',
      ARGUMENTS: '--strict\n',
    },
  })
  const comment = join(directory.path, 'assay-comment.md')
  const words = ['test', 'a b; $(exit 3)', '--baseline', 'main', '--out', 'r.html', '--out', 'r.junit.xml', '--strict']
  expect({ status, words: stdout.trimEnd().split('\n') }).toEqual({
    status: 0,
    words: [...words, '--comment-file', comment],
  })
  expect(readFileSync(join(directory.path, 'output'), 'utf8')).toBe(`comment-file=${comment}\n`)
})

test('the example workflow uses the action with inputs it has', () => {
  const { jobs } = read('examples/github/assay.yml') as { jobs: { test: { steps: Step[] } } }
  const used = jobs.test.steps.find(({ uses }) => uses === './.github/actions/assay-test')
  expect(Object.keys(used?.with ?? {}).filter((name) => !(name in action.inputs))).toEqual([])
  expect(used?.with).toMatchObject({ suite: 'examples/support' })
})
