import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runAssay, temporaryDirectory } from '@assay/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'

/** What `assay test` leaves behind: reports, baselines, comparisons, annotations, and what counts as a pass. */

let directory: Awaited<ReturnType<typeof temporaryDirectory>>
beforeAll(async () => void (directory = await temporaryDirectory()))
afterAll(() => directory[Symbol.asyncDispose]())

/** Runs a suite of cases on the echo, of which so many do not say what they should. */
const runSuite = async (
  {
    cases = 4,
    failing = 0,
    models = ['sim/echo'],
    ...more
  }: { cases?: number; failing?: number; models?: string[]; baseline?: string },
  words: string[] = [],
  environment: Record<string, string> = {},
) => {
  const suite = {
    name: 'outputs',
    prompts: ['{{says}}'],
    providers: models,
    ...more,
    tests: Array.from({ length: cases }, (_, index) => ({
      id: `case-${index}`,
      vars: { says: index < failing ? `bad ${index}` : `good ${index}` },
      assert: [{ type: 'equals', value: `good ${index}` }],
    })),
  }
  const path = join(directory.path, 'assay.yaml')
  await writeFile(path, JSON.stringify(suite, null, 2))
  return runAssay(['test', path, ...words], {
    environment: { ASSAY_DATA: join(directory.path, 'data'), ...environment },
  })
}

const compared = async (words: string[]) => {
  const { exitCode, stdout } = await runAssay(['test', 'compare', ...words, '--json'], {
    environment: { ASSAY_DATA: join(directory.path, 'data') },
  })
  return { exitCode, comparison: JSON.parse(stdout) as { verdict: string; worse: number; p: number; seed: number } }
}

test('ten of a hundred flipped against the baseline is a regression, three are not enough data, none is noise', async () => {
  await runSuite({ cases: 100 }, ['--quiet', '--save-baseline', 'hundred'])
  const ten = await runSuite({ cases: 100, failing: 10 }, [
    '--quiet',
    '--baseline',
    'hundred',
    '--min-pass-rate',
    '0.5',
  ])
  expect(ten.exitCode).toBe(100)
  expect(ten.stderr).toMatch(/regression against hundred/)
  expect(ten.stderr).toMatch(/10 got worse and 0 better \(McNemar p = 0\.002\)/)
  expect(ten.stderr).toMatch(/seed 1, margin 0\.05/)
  expect(ten.stderr).toMatch(/case-0 .*passed +failed/)
  const three = await runSuite({ cases: 100, failing: 3 }, [
    '--quiet',
    '--baseline',
    'hundred',
    '--min-pass-rate',
    '90%',
  ])
  expect(three.exitCode).toBe(0)
  expect(three.stderr).toMatch(/not-enough-data against hundred/)
  expect(three.stderr).toMatch(/2 times as many repeats would decide it/)
  const same = await runSuite({ cases: 100 }, ['--quiet', '--baseline', 'hundred', '--save-baseline', 'same'])
  expect(same.exitCode).toBe(0)
  expect(same.stderr).toMatch(/noise against hundred/)
  await runSuite({ cases: 100, failing: 10 }, ['--quiet', '--save-baseline', 'worse'])
  expect(await compared(['hundred', 'same'])).toMatchObject({ exitCode: 0, comparison: { verdict: 'noise' } })
  expect(await compared(['hundred', 'worse', '--seed', '7'])).toMatchObject({
    exitCode: 100,
    comparison: { verdict: 'regression', worse: 10, seed: 7 },
  })
  expect(await compared(['worse', 'hundred'])).toMatchObject({ exitCode: 0, comparison: { verdict: 'improved' } })
})

test('runs are compared by their ids, and what is neither run nor baseline is named with what there is', async () => {
  const idOf = async (failing: number) => {
    const { stdout } = await runSuite({ cases: 8, failing }, ['--json'])
    return (JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as { runId: string }).runId
  }
  const [before, after] = [await idOf(0), await idOf(8)]
  expect(await compared([before, after])).toMatchObject({ exitCode: 100, comparison: { worse: 8 } })
  const unknown = await runSuite({}, ['--baseline', 'nowhere'])
  expect(unknown).toMatchObject({ exitCode: 2 })
  expect(unknown.stderr).toMatch(/no baseline and no run called nowhere/)
  expect((await runSuite({}, ['--save-baseline', '../up'])).exitCode).toBe(2)
})

test("the suite's own baseline counts when none is named, and a missing one is only remarked on", async () => {
  const first = await runSuite({ baseline: 'own', cases: 8 }, ['--save-baseline', 'own'])
  expect(first).toMatchObject({ exitCode: 0 })
  expect(first.stderr).toContain('There is no baseline own yet')
  const second = await runSuite({ baseline: 'own', cases: 8, failing: 8 }, ['--json'])
  expect(JSON.parse(second.stdout.trimEnd().split('\n').at(-1)!)).toMatchObject({
    isPass: false,
    comparison: { verdict: 'regression', baseline: 'own' },
  })
})

test('every kind of report is written in one run, and JUnit holds expected and actual', async () => {
  const names = ['r.json', 'r.jsonl', 'r.junit.xml', 'r.csv', 'r.html', 'r.md']
  const paths = names.map((name) => join(directory.path, name))
  const { exitCode } = await runSuite(
    { failing: 1 },
    paths.flatMap((path) => ['--out', path]),
  )
  expect(exitCode).toBe(100)
  const [json, , junit, , html] = await Promise.all(paths.map((path) => readFile(path, 'utf8')))
  expect(JSON.parse(json!)).toMatchObject({ results: { length: 4 }, summary: { totals: { failed: 1 } } })
  expect(junit).toContain('expected: good 0\nactual: bad 0')
  expect(html).toMatch(/^<!doctype html>/)
  expect(await runSuite({}, ['--out', 'r.pdf'])).toMatchObject({ exitCode: 2 })
})

test('a run that is gone on with is reported whole', async () => {
  const { stdout } = await runSuite({ cases: 6, failing: 2 }, ['--json'])
  const { runId } = JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as { runId: string }
  const path = join(directory.path, 'resumed.json')
  await runSuite({ cases: 6, failing: 2 }, ['--resume', runId, '--retry-failed', '--out', path])
  const { results } = JSON.parse(await readFile(path, 'utf8')) as { results: { caseKey: string }[] }
  expect(new Set(results.map(({ caseKey }) => caseKey)).size).toBe(6)
  expect(results).toHaveLength(6)
})

test('on GitHub a failed case is shown at its line, the step gets a summary, and one comment can be found again', async () => {
  const files = { summary: join(directory.path, 'step.md'), comment: join(directory.path, 'comment.md') }
  const { stderr } = await runSuite({ failing: 1 }, ['--comment-file', files.comment], {
    GITHUB_ACTIONS: 'true',
    GITHUB_STEP_SUMMARY: files.summary,
    GITHUB_WORKSPACE: directory.path,
  })
  const line = (await readFile(join(directory.path, 'assay.yaml'), 'utf8'))
    .split('\n')
    .findIndex((text) => text.includes('case-0'))
  expect(stderr).toContain(`::error file=assay.yaml,line=${line},title=case-0 on sim/echo::equals`)
  expect(stderr).toContain('%0Aexpected: good 0%0Aactual: bad 0')
  expect(await readFile(files.summary, 'utf8')).toMatch(/^## ❌ outputs\n/)
  expect(await readFile(files.comment, 'utf8')).toMatch(/^<!-- assay-test:outputs -->\n## ❌ outputs\n/)
})

test('thresholds take the place of all having to pass', async () => {
  const codeOf = async (...words: string[]) =>
    (await runSuite({ cases: 10, failing: 2 }, ['--quiet', ...words])).exitCode
  expect(await codeOf()).toBe(100)
  expect(await codeOf('--min-pass-rate', '0.8')).toBe(0)
  expect(await codeOf('--min-pass-rate', '81%')).toBe(100)
  expect(await codeOf('--min-score', '0.8')).toBe(0)
  expect(await codeOf('--min-pass-rate', '0.8', '--min-score', '0.9')).toBe(100)
  expect(await codeOf('--min-pass-rate', '80')).toBe(2)
})

test('a sample is the same one for the same seed, and another for another', async () => {
  const keysOf = async (seed: string) => {
    const { stdout } = await runSuite({ cases: 50 }, ['--sample', '5', '--seed', seed, '--json'])
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string; caseKey: string; total: number })
    expect(events[0]!.total).toBe(5)
    return events
      .filter(({ event }) => event === 'result')
      .map(({ caseKey }) => caseKey)
      .toSorted()
  }
  const first = await keysOf('1')
  expect(first).toHaveLength(5)
  expect(await keysOf('1')).toEqual(first)
  expect(await keysOf('2')).not.toEqual(first)
})

test('variables come from a file, and those of the environment win', async () => {
  const file = join(directory.path, '.env')
  await writeFile(file, 'OPENAI_API_KEY=from-a-file-1234\nOPENAI_BASE_URL=http://127.0.0.1:1/v1\n')
  const words = ['-m', 'openai/gpt-4o-mini', '--max-retries', '0', '--quiet']
  expect((await runSuite({ cases: 1 }, words)).exitCode).toBe(2)
  expect((await runSuite({ cases: 1 }, [...words, '--env-file', file])).exitCode).toBe(5)
  expect((await runSuite({ cases: 1 }, ['--env-file', '/nowhere/.env'])).stderr).toContain('/nowhere/.env')
})

test('without a key there are four ways out, one of which needs none', async () => {
  const { exitCode, stderr } = await runSuite({}, ['-m', 'openai/gpt-4o-mini'])
  expect(exitCode).toBe(2)
  expect(stderr).toContain('OPENAI_API_KEY is required')
  for (const way of ['assay keys add', 'litellm --model', 'compatible server', 'sim/echo'])
    expect(stderr).toContain(way)
  expect((await runSuite({}, ['-m', 'sim:echo'])).exitCode).toBe(0)
})

test('several models end in a table of cases, where the terminal is wide enough', async () => {
  const wide = await runSuite({ failing: 1, models: ['sim/echo', 'sim/smart'] }, [], { COLUMNS: '120' })
  expect(wide.stderr).toMatch(/case +sim\/echo +sim\/smart\n/)
  expect(wide.stderr).toMatch(/case-1 +✓ +✗ 0%/)
  const narrow = await runSuite({ failing: 1, models: ['sim/echo', 'sim/smart'] }, [], { COLUMNS: '40' })
  expect(narrow.stderr).not.toMatch(/case +sim\/echo +sim\/smart\n/)
})
