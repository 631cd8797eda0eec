import type { Command } from 'commander'
import type { CaseFilter, Suite } from '@assay/core'
import { action, type ActionContext, withExample } from '../action.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { chooseAgents } from './test/agents.ts'
import { estimated } from './test/estimated.ts'
import { reachableModels } from './test/models.ts'
import { compareCommand } from './test/compare.ts'
import { addTestOptions, filterOf, type TestOptions } from './test/options.ts'
import { run } from './test/run.ts'

/** `assay test`: a suite on one model or several, from this machine. */
export const testCommand = (program: Command, outer: Terminal): void => {
  const command = program
    .command('test')
    // What follows a subcommand belongs to it.
    .enablePositionalOptions()
    .argument('[suite]', 'File or folder; without it assay.yaml, promptfooconfig.yaml or prpm.json, upwards from here.')
    .description('Run a suite and say what passed; ends with 100 when something failed.')
  withExample(
    addTestOptions(command),
    'assay test examples/support/assay.yaml -m sim/echo,sim/smart --tag "!slow"',
  ).action(
    action(outer, async (context, named: string | undefined, options: TestOptions) => {
      const terminal = await withEnvFile(outer, options.envFile)
      const { findSuite, readSuiteFile } = await import('@assay/runner')
      const path = await findSuite(named, process.cwd())
      const { suite: read, dialect, file, format, ignored, place, target } = await readSuiteFile(path, options)
      for (const { path: at, message, line } of ignored) {
        context.out.note(`Left out: ${file}${line ? `:${line}` : ''}: ${at} ${message}`)
      }
      const timed = withTimeout(read, options.timeoutMs)
      if (options.validate) return validated(context, { file, suite: timed })
      const agents = await chooseAgents(context, terminal, { suite: timed, format, suitePath: path, options })
      const { suite } = agents
      const filter = await sampled(context, suite, options)
      const { models, missing } = await reachableModels(context, terminal, { suite, target, options })
      await refuseEmpty({ suite, file, filter, models })
      const judges = await judgesOf(terminal, options)
      if (options.dryRun) return estimated(context, { suite, models, filter, options, judges })
      // The places keep the text of the file, so they are kept only where a failure is shown beside its line.
      const isAnnotated = terminal.environment['GITHUB_ACTIONS'] === 'true'
      const paths = { path: named ?? path, suitePath: path, place: isAnnotated ? place : () => ({}) }
      const given = { ...paths, suite, dialect, target, models, missing, filter, agents, options, judges }
      return run(context, terminal, given)
    }),
  )
  compareCommand(command, outer)
}

/** The models that judge where the suite names none: the one that was asked for, else by the keys at hand. */
const judgesOf = async ({ environment }: Terminal, { judge }: TestOptions) => {
  const { defaultJudges, localModels } = await import('@assay/runner')
  const { resolve } = localModels(environment)
  if (judge !== undefined) await resolve(judge)
  const { model, embedding } = await defaultJudges({ resolve })
  return { model: judge ?? model, embedding }
}

const validated = async ({ out }: ActionContext, { file, suite }: { file: string; suite: Suite }): Promise<void> => {
  const { countCases } = await import('@assay/core')
  const cases = countCases(suite)
  out.show({ file, valid: true, cases }, () => `${file} is valid: ${cases} ${cases === 1 ? 'case' : 'cases'}`)
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

/** The terminal with the variables of a file put in where none is set. */
const withEnvFile = async (terminal: Terminal, path: string | undefined): Promise<Terminal> => {
  if (path === undefined) return terminal
  const [{ readFile }, { parseEnv }] = await Promise.all([import('node:fs/promises'), import('node:util')])
  try {
    return { ...terminal, environment: { ...parseEnv(await readFile(path, 'utf8')), ...terminal.environment } }
  } catch (error) {
    const { AssayError } = await import('@assay/core')
    const reason = `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}.`
    throw new AssayError('usage.invalid', { reason, example: '--env-file .env' }, { cause: error })
  }
}

const withTimeout = (suite: Suite, timeoutMs: number | undefined): Suite =>
  timeoutMs === undefined ? suite : { ...suite, limits: { ...suite.limits, timeoutMs } }
