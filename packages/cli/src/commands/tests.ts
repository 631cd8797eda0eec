import type { Command } from 'commander'
import type { Client } from '@assay/client'
import type { Execution, RegressionTest, Run } from '@assay/core'
import { apiAction, withExample } from '../action.ts'
import { resolveId } from '../ids.ts'
import { type ListOptions, readPages, withLimit } from '../pages.ts'
import { bar } from '../print/chart.ts'
import type { Selection } from '../run-tests.ts'
import type { Output } from '../terminal/output.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { addAbCommand } from './tests-ab.ts'
import { addSuggestCommand } from './tests-suggest.ts'
import { addTrendCommand } from './tests-trend.ts'
import { addMetricsCommand } from './tests-metrics.ts'
import { testsWriteCommands } from './tests-write.ts'

type ListFilter = ListOptions & { state?: string; tag?: string }
type RunOptions = {
  all?: boolean
  tag?: string
  group?: string
  env: string
  trigger: string
  release?: string
  maxCost?: string
  reruns?: string
}

const METER_WIDTH = 20
const TESTS_FAILED = 100
const NOT_DECIDED = 5

/** `assay tests`: the regression tests that failures left behind. */
export const testsCommand = (program: Command, terminal: Terminal): void => {
  const tests = program.command('tests').description('See and run the regression tests that failures left behind.')
  const one = (command: Command) => command.argument('<id>', 'Id, the beginning of it, or the name.')
  const idOf = (client: Client, written: string) =>
    resolveId('regression test', written, () => client.listRegressionTests({ query: { limit: 200 } }))

  withExample(
    withLimit(
      tests
        .command('list')
        .description('List the regression tests with state and confidence.')
        .option('--state <state>', 'draft, red, active, flaky, broken, unconfirmed or retired.')
        .option('--tag <tag>', 'Those with this tag.'),
    ),
    'assay tests list --state active',
  ).action(
    apiAction(terminal, async ({ connect, out }, options: ListFilter) => {
      const { client } = await connect()
      const { testTable } = await import('../print/tests.ts')
      const filter = {
        ...(options.state ? { state: options.state as RegressionTest['state'] } : {}),
        ...(options.tag ? { tag: options.tag } : {}),
      }
      const rows = await readPages(options, (page) => client.listRegressionTests({ query: { ...filter, ...page } }))
      out.list(
        rows,
        () => testTable(rows, { out, now: terminal.now() }),
        'There is no regression test. One is made by itself when a failure comes the third time.',
      )
    }),
  )

  withExample(
    one(tests.command('show')).description('Show one regression test: what it asks and what must hold.'),
    'assay tests show regression_schema_mismatch',
  ).action(
    apiAction(terminal, async ({ connect, out }, written: string) => {
      const { client } = await connect()
      const { testText } = await import('../print/tests.ts')
      const test = await client.getRegressionTest({ params: { id: await idOf(client, written) } })
      out.show(test, () => testText(test, { out, now: terminal.now() }))
    }),
  )

  withExample(
    withLimit(one(tests.command('history')).description('Show the executions of one test and its confidence.')),
    'assay tests history regression_schema_mismatch',
  ).action(
    apiAction(terminal, async ({ connect, out }, written: string, options: ListOptions) => {
      const { client } = await connect()
      const { historyText } = await import('../print/tests.ts')
      const params = { id: await idOf(client, written) }
      const rows = await readPages(options, (query) => client.listExecutions({ params, query }))
      out.list(rows, () => historyText(rows, { out, now: terminal.now() }), 'It has not run yet.')
    }),
  )

  withExample(
    tests
      .command('run')
      .argument('[id]', 'Id, the beginning of it, or the name.')
      .description('Run one regression test, those with a tag, or all, and wait; ends with 100 when one fails.')
      .option('--all', 'Run all.')
      .option('--tag <tag>', 'Run those with this tag.')
      .option('--group <id>', 'Run those of this failure group.')
      .option('--env <environment>', 'dev, staging, production, local or ci.', 'production')
      .option('--trigger <trigger>', 'manual, cron, ci or deployment.', 'manual')
      .option('--release <release>', 'What is tested; kept with each execution.')
      .option('--max-cost <usd>', 'What the run may cost in all; the rest is not run.')
      .option('--reruns <count>', 'Of a test that fails, 0 to 10; 3 when left out.'),
    'assay tests run --all --trigger ci',
  ).action(
    apiAction(
      terminal,
      async ({ connect, out }, written: string | undefined, options: RunOptions) => {
        await refuseUnclear(options, written)
        const { client } = await connect()
        const selection = selectionOf(options, written === undefined ? undefined : await idOf(client, written))
        const { runId, tests: count } = await client.runRegressionTests({ body: selection })
        return waitAndTell(client, out, { runId, count, selection })
      },
      { background: true },
    ),
  )

  withExample(
    one(
      tests
        .command('verify')
        .description('Show that a test fails as recorded and passes now; ends with 100 when it does not pass.'),
    ).option('--env <environment>', 'dev, staging, production, local or ci.', 'production'),
    'assay tests verify regression_schema_mismatch',
  ).action(
    apiAction(
      terminal,
      async ({ connect, out }, written: string, { env }: { env: string }) => {
        const { client } = await connect()
        const id = await idOf(client, written)
        const environment = env as NonNullable<Selection['environment']>
        const { runId } = await client.verifyRegressionTest({ params: { id }, body: { environment } })
        const exitCode = await waitAndTell(client, out, { runId, count: 1, selection: { testId: id } })
        const { state, stateReason, verification } = await client.getRegressionTest({ params: { id } })
        out.line(`${state}: ${stateReason}`)
        out.line(
          verification.red ? `red    ${verification.red.actual}` : 'red    never seen: until it is, it proves nothing',
        )
        for (const { actual } of verification.green) out.line(`green  ${actual}`)
        return exitCode
      },
      { background: true },
    ),
  )
  addMetricsCommand(tests, terminal)
  addAbCommand(tests, terminal)
  addSuggestCommand(tests, terminal)
  addTrendCommand(tests, terminal)

  testsWriteCommands(tests, terminal)
}

/** Waits for the end of a run with its progress, and says what became of each test. */
const waitAndTell = async (
  client: Client,
  out: Output,
  { runId, count, selection }: { runId: string; count: number; selection: Selection },
): Promise<number> => {
  const [{ executionText }, { testsOfRun, waitForRun }] = await Promise.all([
    import('../print/tests.ts'),
    import('../run-tests.ts'),
  ])
  out.event({ event: 'run.started', runId, tests: count })
  out.note(`Running ${count} ${count === 1 ? 'test' : 'tests'} …`)
  const run = await waitForRun(client, runId, ({ status, done }) => {
    out.event({ event: 'progress', runId, status, done, tests: count })
    out.progress(`${bar(done / count, METER_WIDTH)} ${done} of ${count}, ${status}`)
  })
  out.progress(null)
  const tested = await testsOfRun(client, runId, selection)
  for (const { test, execution } of tested) {
    out.event({ event: 'test', test, execution: execution ?? null })
    out.line(executionText(test, execution, out.colours))
  }
  const exitCode = exitCodeOf(
    run,
    tested.map(({ execution }) => execution),
  )
  out.event({ event: 'run.finished', run, exitCode })
  out.line(summary(tested.map(({ execution }) => execution)))
  return exitCode
}

/** Exactly one of an id, a tag, a group and `--all`. */
const refuseUnclear = async ({ all, tag, group }: RunOptions, written: string | undefined): Promise<void> => {
  if ([all, tag, group, written].filter((part) => part !== undefined).length === 1) return
  const { AssayError } = await import('@assay/core')
  throw new AssayError('usage.invalid', {
    reason: 'Say which tests to run: one by its id, those with --tag or --group, or --all.',
    example: 'assay tests run --all',
  })
}

const selectionOf = (
  { all, tag, group, env, trigger, release, maxCost, reruns }: RunOptions,
  testId: string | undefined,
): Selection => ({
  ...(group ? { groupId: group } : {}),
  ...(release ? { release } : {}),
  ...(maxCost === undefined ? {} : { maxCostUsd: Number(maxCost) }),
  ...(reruns === undefined ? {} : { reruns: Number(reruns) }),
  ...(testId ? { testId } : {}),
  ...(tag ? { tag } : {}),
  ...(all ? { runAll: true as const } : {}),
  environment: env as NonNullable<Selection['environment']>,
  trigger: trigger as NonNullable<Selection['trigger']>,
})

/** 100 when a test failed; 5 when something kept one from being decided. */
const exitCodeOf = (run: Run, executions: (Execution | undefined)[]): number => {
  if (executions.some((execution) => execution?.outcome === 'fail')) return TESTS_FAILED
  const undecided = executions.some(
    (execution) => !execution || execution.outcome === 'error' || execution.outcome === 'infrastructure',
  )
  return undecided || run.status !== 'completed' ? NOT_DECIDED : 0
}

const summary = (executions: (Execution | undefined)[]): string => {
  const counts = Map.groupBy(executions, (execution) => execution?.outcome ?? 'not run')
  return [...counts].map(([outcome, { length }]) => `${length} ${outcome}`).join(', ')
}
