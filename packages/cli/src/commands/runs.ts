import { join } from 'node:path'
import type { Command } from 'commander'
import type { Client } from '@assay/client'
import type { CaseKind, CaseResult, Comparison, Run } from '@assay/core'
import { apiAction, withExample } from '../action.ts'
import { count } from '../print/count.ts'
import { resolveId } from '../ids.ts'
import { type ListOptions, readPages, withLimit } from '../pages.ts'
import { bar } from '../print/chart.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { suiteId } from './suites.ts'
import { countFromZero, kindList, nameList, share, wholeNumber } from './test/options.ts'

type ListFilter = ListOptions & { status?: string; suite?: string; trigger?: string; env?: string; text?: string }
type ShowOptions = ListOptions & { status?: string; model?: string }
type StartOptions = {
  models?: string[]
  filter?: string
  tag?: string[]
  kind?: CaseKind[]
  repeat?: number
  judge?: string
  maxCost?: string
  env: string
  trigger: string
  wait: boolean
}
type CompareOptions = { margin?: number; seed?: number; commentFile?: string }

const [UNFINISHED, FAILED] = [5, 100]
const METER_WIDTH = 20

/** `assay runs`: what was run, by the server or elsewhere, and what came of it. */
export const runsCommand = (program: Command, terminal: Terminal): void => {
  const runs = program.command('runs').description('Run suites on the server, and see and compare what was run.')
  const now = () => terminal.now()

  withExample(
    withLimit(
      runs
        .command('list')
        .description('List runs, the newest first.')
        .option('--status <status>', 'queued, running, completed, failed or cancelled.')
        .option('--suite <suite>', 'Those of this suite, by its name or id.')
        .option('--trigger <trigger>', 'manual, cron, ci, deployment or hosted.')
        .option('--env <environment>', 'dev, staging, production, local or ci.')
        .option('--text <text>', 'Those with this in their name.'),
    ),
    'assay runs list --status completed',
  ).action(
    apiAction(terminal, async ({ connect, out }, options: ListFilter) => {
      const { client } = await connect()
      const { runTable } = await import('../print/runs.ts')
      const { status, suite, trigger, env, text } = options
      const filter = {
        ...(status && { status: status as Run['status'] }),
        ...(suite && { suite: await suiteId(client, suite) }),
        ...(trigger && { trigger: trigger as Run['trigger'] }),
        ...(env && { environment: env as Run['environment'] }),
        ...(text && { text }),
      }
      const rows = await readPages(options, (page) => client.listRuns({ query: { ...filter, ...page } }))
      out.list(rows, () => runTable(rows, { out, now: now() }), 'No run matches.')
    }),
  )

  withExample(
    withLimit(
      runs
        .command('show')
        .argument('<run>', 'Id, or the beginning of one of the newest 200.')
        .description('Show one run: its sums, each model, and the results that did not pass.')
        .option('--status <status>', 'passed, failed, error, skipped, unscored or not_passed.', 'not_passed')
        .option('--model <model>', 'Results of this model.'),
    ),
    'assay runs show 0199c3f2 --status failed',
  ).action(
    apiAction(terminal, async ({ connect, out }, written: string, options: ShowOptions) => {
      const { client } = await connect()
      const { resultsText, runText } = await import('../print/runs.ts')
      const params = { id: await runId(client, written) }
      const run = await client.getRun({ params })
      const { model } = options
      const filter = { status: options.status as CaseResult['status'], ...(model && { model }) }
      const results = await readPages(options, (page) =>
        client.listRunResults({ params, query: { ...filter, ...page } }),
      )
      out.show({ ...run, results }, () => {
        const head = runText(run, { out, now: now() })
        return results.length === 0 ? head : `${head}\n\n${resultsText(results, { out })}`
      })
    }),
  )

  withExample(
    runs
      .command('start')
      .argument('<suite>', 'Name, id, or the beginning of it.')
      .description('Run a suite on the server and wait; ends with 100 when something did not pass.')
      .option('-m, --models <names>', 'Models, comma separated, instead of those of the suite.', nameList)
      .option('--filter <text>', 'Cases with this text in their title.')
      .option('--tag <tag>', "Cases with this tag, '!slow' for those without; repeatable.", collect)
      .option('--kind <kinds>', 'Only smoke, contract, plain, regression or integration cases.', kindList)
      .option('--repeat <count>', 'Run each case so often.', wholeNumber)
      .option('--judge <model>', 'The model that judges where the suite names none; else one with a key.')
      .option('--max-cost <usd>', 'Stop when so many dollars are spent; the rest is skipped.')
      .option('--env <environment>', 'dev, staging, production, local or ci.', 'production')
      .option('--trigger <trigger>', 'manual, cron, ci or deployment.', 'manual')
      .option('--no-wait', 'Only start it.'),
    'assay runs start capitals -m sim/echo --trigger ci',
  ).action(
    apiAction(
      terminal,
      async ({ connect, out }, written: string, options: StartOptions) => {
        const { client } = await connect()
        const started = await client.createRun({ body: await startOf(client, written, options) })
        out.event({ event: 'run.started', run: started })
        out.note(`Run ${started.id}: ${count(started.planned ?? 0, 'result')} on ${started.models.join(', ')} …`)
        if (!options.wait) {
          out.line(started.id)
          return 0
        }
        const { runText, resultsText } = await import('../print/runs.ts')
        const { followRun } = await import('../run-tests.ts')
        const run = await followRun(client, started.id, ({ status, totals, planned }) => {
          const done = totals?.total ?? 0
          out.event({ event: 'progress', runId: started.id, status, done, planned })
          out.progress(`${bar(planned ? done / planned : 0, METER_WIDTH)} ${done} of ${planned}, ${status}`)
        })
        out.progress(null)
        const params = { id: run.id }
        const query = { status: 'not_passed', limit: 20 } as const
        const { items } = await client.listRunResults({ params, query })
        if (items.length > 0) out.line(`${resultsText(items, { out })}\n`)
        out.line(runText(run, { out, now: now() }))
        const exitCode = exitCodeOf(run)
        out.event({ event: 'run.finished', run, exitCode })
        return exitCode
      },
      { background: true },
    ),
  )

  withExample(
    runs
      .command('compare')
      .argument('<before>', 'The earlier run, or the name of a baseline.')
      .argument('<after>', 'The later run.')
      .description('Compare two runs case by case; ends with 100 when the later one is a regression.')
      .option('--margin <share>', 'A change of the score within this is none (0.05).', share)
      .option('--seed <number>', 'Seed of the interval (1).', countFromZero)
      .option('--comment-file <file>', 'Write a comment for a pull request, with a mark to find it again.'),
    'assay runs compare main 0199c3f2',
  ).action(
    apiAction(terminal, async ({ connect, out }, before: string, after: string, options: CompareOptions) => {
      const { client } = await connect()
      const params = { id: await runId(client, after) }
      const { margin, seed, commentFile } = options
      const comparison = await client.compareRunWith({
        params,
        query: {
          with: await baselineOrRun(client, before),
          ...(margin !== undefined && { margin }),
          ...(seed !== undefined && { seed }),
        },
      })
      const called = comparison.before.baselineOf ?? before
      if (commentFile !== undefined) {
        const [{ comparisonMarkdown }, { writeComment }] = await Promise.all([
          import('@assay/runner'),
          import('./test/listeners.ts'),
        ])
        writeComment(commentFile, { name: 'compare', text: `${comparisonMarkdown(comparison, { before: called })}\n` })
      }
      const { comparisonText } = await import('../print/comparison.ts')
      out.show<Comparison>(comparison, () => comparisonText(comparison, { before: called, ...out }))
      return comparison.verdict === 'regression' ? FAILED : 0
    }),
  )

  withExample(
    runs
      .command('baseline')
      .argument('<run>', 'Id, or the beginning of one of the newest 200.')
      .argument('[name]', 'The name it is kept under; without one it is no baseline any more.')
      .description('Keep a run as what others are compared with; the name is taken from the run that had it.'),
    'assay runs baseline 0199c3f2 main',
  ).action(
    apiAction(terminal, async ({ connect, out }, written: string, name: string | undefined) => {
      const { client } = await connect()
      const params = { id: await runId(client, written) }
      const run = await client.updateRun({ params, body: { baselineOf: name ?? null } })
      out.show(run, ({ id }) => (name === undefined ? `${id} is no baseline.` : `${id} is the baseline ${name}.`))
    }),
  )

  withExample(
    runs
      .command('cancel')
      .argument('<run>', 'Id, or the beginning of one of the newest 200.')
      .description('End a run that waits or goes on; the results it has stay.'),
    'assay runs cancel 0199c3f2',
  ).action(
    apiAction(terminal, async ({ connect, out }, written: string) => {
      const { client } = await connect()
      const run = await client.cancelRun({ params: { id: await runId(client, written) } })
      out.show(run, ({ id }) => `Cancelled: ${id}`)
    }),
  )

  withExample(
    runs
      .command('upload')
      .argument('[run]', 'Id of a run of this machine; the newest when none is named.')
      .description('Send a run of this machine to the server, as `assay test --upload` does.'),
    'assay runs upload',
  ).action(
    apiAction(terminal, async ({ connect, out }, named: string | undefined) => {
      const [{ readConfig }, { runIds }] = await Promise.all([import('@assay/core'), import('@assay/runner')])
      const folder = join(readConfig(terminal.environment).ASSAY_DATA, 'runs')
      const { runAddress, uploadRun } = await import('../upload-run.ts')
      const local = named ?? (await runIds(folder)).at(-1) ?? 'at all'
      const { client } = await connect()
      const { run, results, isNew } = await uploadRun(client, { folder, runId: local, status: 'completed' }, terminal)
      const url = await runAddress(client, run.id, terminal)
      const head = isNew
        ? `Uploaded ${count(results, 'result')} as run ${run.id}.`
        : `It is there already, as run ${run.id}.`
      out.show({ ...run, url }, () => (url === null ? head : `${head}\nView results: ${url}`))
    }),
  )
}

const collect = (tag: string, before: string[] = []): string[] => [...before, tag]

const runId = (client: Client, written: string): Promise<string> =>
  resolveId('run', written, async () => {
    const { items } = await client.listRuns({ query: { limit: 200 } })
    // A name is of many runs; only ids tell them apart.
    return { items: items.map(({ id }) => ({ id })) }
  })

/** A run where its id begins so; anything else is the name of a baseline, which the server knows. */
const baselineOrRun = async (client: Client, written: string): Promise<string> => {
  const { items } = await client.listRuns({ query: { limit: 200 } })
  const isBeginning = /^[0-9a-f-]{4,}$/.test(written) && items.some(({ id }) => id.startsWith(written))
  return isBeginning ? runId(client, written) : written
}

const startOf = async (
  client: Client,
  written: string,
  { models, filter, tag, kind, repeat, judge, maxCost, env, trigger }: StartOptions,
): Promise<Parameters<Client['createRun']>[0]['body']> => ({
  suiteId: await suiteId(client, written),
  ...(models && { models }),
  environment: env as Run['environment'],
  trigger: trigger as 'manual',
  settings: {
    ...(filter && { text: filter }),
    ...(tag && { tags: tag }),
    ...(kind && { kinds: kind }),
    ...(repeat && { repeat }),
    ...(judge && { judge }),
    ...(maxCost && { maxCostUsd: Number(maxCost.replace(/^\$/, '')) }),
  },
})

/** 100 when something did not pass; 5 when the run did not come to its end. */
const exitCodeOf = ({ status, totals, error }: Run): number => {
  if (status !== 'completed' || totals === null) return UNFINISHED
  return totals.failed + totals.error > 0 || error !== null ? FAILED : 0
}
