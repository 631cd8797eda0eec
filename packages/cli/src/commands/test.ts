import type { Command } from 'commander'
import type { Suite } from '@assay/core'
import { action, type ActionContext, withExample } from '../action.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { estimated } from './test/estimated.ts'
import { givenOf, readNamed } from './test/given.ts'
import { compareCommand } from './test/compare.ts'
import { addTestOptions, type TestOptions } from './test/options.ts'
import { run } from './test/run.ts'
import { usageError } from '../terminal/usage-error.ts'

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
      if (options.schema) return printSchema(context)
      if (options.verify) throw unverifiable()
      const terminal = await withEnvFile(outer, options.envFile)
      if (options.watch) {
        const { watch } = await import('./test/watch.ts')
        return watch(context, terminal, { named, options })
      }
      const read = await readNamed(context, named, options)
      if (options.validate) return validated(context, read)
      const given = await givenOf(context, terminal, { read, options })
      if (options.dryRun) return estimated(context, given)
      return run(context, terminal, given)
    }),
  )
  compareCommand(command, outer)
}

const unverifiable = () =>
  usageError(
    '--verify is for packages that are published, and this version publishes none: there is nothing to verify.',
    'Leave it out. --upload sends the results to your server, where they stand as run on your machine.',
  )

const validated = async ({ out }: ActionContext, { file, suite }: { file: string; suite: Suite }): Promise<void> => {
  const { countCases } = await import('@assay/core')
  const cases = countCases(suite)
  out.show({ file, valid: true, cases }, () => `${file} is valid: ${cases} ${cases === 1 ? 'case' : 'cases'}`)
}

/** The JSON Schema of suites, for an editor that was not told of it by `assay init`. */
const printSchema = async ({ out }: ActionContext): Promise<void> => {
  const { suiteJsonSchema } = await import('@assay/core')
  const schema = suiteJsonSchema()
  out.show(schema, () => JSON.stringify(schema, null, 2))
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
