import type { Command } from 'commander'
import type { CaseFilter, Suite } from '@assay/core'
import { action, type ActionContext, withExample } from '../action.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { estimated } from './test/estimated.ts'
import { reachableModels } from './test/models.ts'
import { addTestOptions, filterOf, type TestOptions } from './test/options.ts'
import { run } from './test/run.ts'

/** `assay test`: a suite on one model or several, from this machine. */
export const testCommand = (program: Command, terminal: Terminal): void => {
  const command = program
    .command('test')
    .argument('[suite]', 'File or folder; without it assay.yaml, promptfooconfig.yaml or prpm.json, upwards from here.')
    .description('Run a suite and say what passed; ends with 100 when something failed.')
  withExample(
    addTestOptions(command),
    'assay test examples/support/assay.yaml -m sim/echo,sim/smart --tag "!slow"',
  ).action(
    action(terminal, async (context, named: string | undefined, options: TestOptions) => {
      const { findSuite, readSuiteFile } = await import('@assay/runner')
      const path = await findSuite(named, process.cwd())
      const { suite: read, dialect, file, ignored } = await readSuiteFile(path, options)
      for (const { path: at, message, line } of ignored) {
        context.out.note(`Left out: ${file}${line ? `:${line}` : ''}: ${at} ${message}`)
      }
      const suite = withTimeout(read, options.timeoutMs)
      const filter = filterOf(options)
      if (options.validate) return validated(context, { file, suite })
      const { models, missing } = await reachableModels(context, terminal, { suite, options })
      await refuseEmpty({ suite, file, filter, models })
      if (options.dryRun) return estimated(context, { suite, models, filter, options })
      return run(context, terminal, { path: named ?? path, suite, dialect, models, missing, filter, options })
    }),
  )
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

const withTimeout = (suite: Suite, timeoutMs: number | undefined): Suite =>
  timeoutMs === undefined ? suite : { ...suite, limits: { ...suite.limits, timeoutMs } }
