import type { CaseFilter, Suite } from '@assay/core'
import type { SuiteFile } from '@assay/runner'
import type { ActionContext } from '../../action.ts'
import { prepareHeapFor, sizeHeapFor } from '../../heap.ts'
import type { Terminal } from '../../terminal/terminal.ts'
import { usageError } from '../../terminal/usage-error.ts'
import { chooseAgents } from './agents.ts'
import { reachableModels } from './models.ts'
import { filterOf, type TestOptions } from './options.ts'
import type { Given } from './run.ts'

/** A suite out of its file, with the name it was asked for by. */
export type ReadSuite = SuiteFile & { named: string | undefined; path: string }

/** Finds and reads the suite that is meant, and names what was left out of it. */
export const readNamed = async (
  { out }: ActionContext,
  named: string | undefined,
  options: TestOptions,
): Promise<ReadSuite> => {
  const { findSuite, readSuiteFile } = await import('@assay/runner')
  const path = await findSuite(named, process.cwd()).catch((error: unknown) => {
    throw isPackage(named) ? packageMissing(named) : error
  })
  await prepareHeapFor(path)
  const read = await readSuiteFile(path, options)
  for (const { path: at, message, line } of read.ignored) {
    out.note(`Left out: ${read.file}${line ? `:${line}` : ''}: ${at} ${message}`)
  }
  return { ...read, suite: withTimeout(read.suite, options.timeoutMs), named, path }
}

/** `@author/name`, as packages are called. */
const isPackage = (named: string | undefined): named is string => /^@[\w.-]+\/[\w.-]+(?:@[\w.-]+)?$/.test(named ?? '')

const packageMissing = (named: string) =>
  usageError(
    `${named} is the name of a package, and this version has no packages: neither a hosted run nor a copy to run here.`,
    'Name the file or the folder of its suite; `assay suites push` and `assay runs start` run one on your server.',
  )

/** What is run of a suite: its cases, models and agents, each looked for before anything is asked. */
export const givenOf = async (
  context: ActionContext,
  terminal: Terminal,
  { read, options }: { read: ReadSuite; options: TestOptions },
): Promise<Given> => {
  const { dialect, file, format, place, target, named, path } = read
  const agents = await chooseAgents(context, terminal, { suite: read.suite, format, suitePath: path, options })
  const { suite } = agents
  refuseContradiction(suite, options)
  sizeHeapFor(suite.tests.length)
  const filter = await sampled(context, suite, options)
  const { models, missing } = await reachableModels(context, terminal, { suite, target, options })
  await refuseEmpty({ suite, file, filter, models })
  const judges = await judgesOf(terminal, options)
  // The places keep the text of the file, so they are kept only where a failure is shown beside its line.
  const isAnnotated = terminal.environment['GITHUB_ACTIONS'] === 'true'
  const paths = { path: named ?? path, suitePath: path, place: isAnnotated ? place : () => ({}) }
  return { ...paths, suite, dialect, target, models, missing, filter, agents, options, judges }
}

/** `--pass-at` decides how often a case is run at most; another number beside it would say nothing. */
const refuseContradiction = (suite: Suite, { repeat, passAt }: TestOptions): void => {
  if (repeat === undefined) return
  const cases = [...suite.tests, ...suite.scenarios.flatMap(({ config, tests }) => [...config, ...tests])]
  const written = [suite, suite.defaultTest ?? {}, ...cases].map((one) => one.passAt)
  const other = (passAt === undefined ? written : [passAt]).find((one) => one && !one.endsWith(`/${repeat}`))
  if (other === undefined) return
  const of = other.split('/')[1]!
  const what = passAt === undefined ? `\`passAt: ${other}\` of the suite` : `--pass-at ${other}`
  throw usageError(
    `--repeat ${repeat} and ${what} contradict each other: the one runs a case ${repeat} times, the other at most ${of}.`,
    `Leave --repeat out, or write --repeat ${of}.`,
  )
}

const refuseEmpty = async (given: {
  suite: Suite
  file: string
  filter: CaseFilter
  models: string[]
}): Promise<void> => {
  const { AssayError, countCases, countPlanned } = await import('@assay/core')
  const { suite, file, filter, models } = given
  if (countPlanned(suite, { ...filter, models }) > 0) return
  throw new AssayError('suite.empty', { file, reason: `none of its ${countCases(suite)} cases matches the filter` })
}

/** The filter, with the sample drawn from what it leaves. */
const sampled = async ({ out }: ActionContext, suite: Suite, options: TestOptions): Promise<CaseFilter> => {
  const filter = filterOf(options)
  if (options.sample === undefined) return filter
  const { sampleCases } = await import('@assay/core')
  const { sample: count, seed = 1 } = options
  const indices = sampleCases(suite, filter, { count, seed })
  out.note(`A sample of ${indices.size} cases, seed ${seed}.`)
  return { ...filter, indices }
}

const withTimeout = (suite: Suite, timeoutMs: number | undefined): Suite =>
  timeoutMs === undefined ? suite : { ...suite, limits: { ...suite.limits, timeoutMs } }

/** The models that judge where the suite names none: the one that was asked for, else by the keys at hand. */
const judgesOf = async ({ environment }: Terminal, { judge }: TestOptions) => {
  const { defaultJudges, localModels } = await import('@assay/runner')
  const { resolve } = localModels(environment)
  if (judge !== undefined) await resolve(judge)
  const { model, embedding } = await defaultJudges({ resolve })
  return { model: judge ?? model, embedding }
}
