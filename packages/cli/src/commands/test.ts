import type { Command } from 'commander'
import type { CaseFilter, CaseKind, Complete, Dialect, PlannedCase, Suite } from '@assay/core'
import type { LocalModels, RunEvent, RunSummary } from '@assay/runner'
import { action, type ActionContext, withExample } from '../action.ts'
import { coloursFor, type Terminal } from '../terminal/terminal.ts'

type TestOptions = {
  models?: string[]
  concurrency: number
  repeat?: number
  filter?: string
  tag?: string[]
  kind?: CaseKind[]
  keepGoing?: boolean
  dialect?: Dialect
  ignoreUnsupported?: boolean
  timeoutMs?: number
  maxRetries: number
  validate?: boolean
  dryRun?: boolean
  verbose?: boolean
}

const [ACCESS, PROVIDER, TESTS_FAILED, INTERRUPTED] = [4, 5, 100, 130]

/** `assay test`: a suite on one model or several, from this machine. */
export const testCommand = (program: Command, terminal: Terminal): void => {
  withExample(
    program
      .command('test')
      .argument('[suite]', 'File or folder; without it assay.yaml or promptfooconfig.yaml, upwards from here.')
      .description('Run a suite and say what passed; ends with 100 when something failed.')
      .option('-m, --models <names>', 'Models, comma separated, instead of those of the suite.', nameList)
      .option('-j, --concurrency <count>', 'Calls at once, at most.', wholeNumber, 50)
      .option('--repeat <count>', 'Run each case so often.', wholeNumber)
      .option('--filter <text>', 'Cases with this text in their title.')
      .option('--tag <tag>', "Cases with this tag, '!slow' for those without; repeatable.", collect)
      .option('--kind <kinds>', 'Only smoke, contract, plain, regression or integration cases.', kindList)
      .option('--keep-going', 'Run the rest although a smoke case failed.')
      .option('--timeout-ms <ms>', 'Time for one answer, where a case sets none.', wholeNumber)
      .option('--max-retries <count>', 'Ask again so often after an overload or a broken line.', countFromZero, 3)
      .option('--validate', 'Check the suite without calling a model.')
      .option('--dry-run', 'Show calls, tokens and cost to expect, and call nothing.')
      .option('--dialect <name>', 'Read the file as assay, promptfoo or prpm, whatever its name.', dialectNamed)
      .option('--ignore-unsupported', 'Leave out what a foreign file has and Assay has not, naming it.')
      .option('--verbose', 'Show input, response and every assertion.'),
    'assay test examples/support/assay.yaml -m sim/echo,sim/smart --tag "!slow"',
  ).action(
    action(terminal, async (context, named: string | undefined, options: TestOptions) => {
      const { findSuite, readSuiteFile } = await import('@assay/runner')
      const path = await findSuite(named, process.cwd())
      const { suite: read, dialect, file, ignored } = await readSuiteFile(path, options)
      for (const { path: at, message, line } of ignored)
        context.out.note(`Left out: ${file}${line ? `:${line}` : ''}: ${at} ${message}`)
      const suite = withTimeout(read, options.timeoutMs)
      const filter: CaseFilter = { text: options.filter, tags: options.tag, kinds: options.kind }
      if (options.validate) return validated(context, { file, suite })
      const { models, missing } = await reachableModels(context, terminal, { suite, options })
      await refuseEmpty({ suite, file, filter, models })
      if (options.dryRun) return estimated(context, { suite, models, filter, options })
      return run(context, terminal, { suite, dialect, models, missing, filter, options })
    }),
  )
}

const validated = async ({ out }: ActionContext, { file, suite }: { file: string; suite: Suite }): Promise<void> => {
  const { countCases } = await import('@assay/core')
  const cases = countCases(suite)
  out.show({ file, valid: true, cases }, () => `${file} is valid: ${cases} ${cases === 1 ? 'case' : 'cases'}`)
}

/** The models to run, and why a case cannot be run on one of them. */
type Reachable = { models: string[]; missing: (planned: PlannedCase) => string | null }

/** The models to run. One that was asked for must have a key; of several in the suite those without are left out. */
const reachableModels = async (
  { out }: ActionContext,
  { environment }: Terminal,
  { suite, options }: { suite: Suite; options: TestOptions },
): Promise<Reachable> => {
  const [{ casesOf, isAssayError, modelsOf }, { DEFAULT_MODEL, localModels }] = await Promise.all([
    import('@assay/core'),
    import('@assay/runner'),
  ])
  const named = new Map(modelsOf(suite).map(({ label, id }) => [label, id]))
  const wanted = options.models ?? (named.size > 0 ? [...named.keys()] : [DEFAULT_MODEL])
  if (options.dryRun) return { models: wanted, missing: () => null }
  const { resolve } = localModels(environment)
  const found: string[] = []
  const keyless = new Set<string>()
  let first: unknown
  for (const model of wanted) {
    try {
      await resolve(named.get(model) ?? model)
      found.push(model)
    } catch (error) {
      if (options.models || !isAssayError(error, 'suite.key_missing')) throw error
      first ??= error
      keyless.add(model)
      out.note(`Skipped ${model}: ${error.message}`)
    }
  }
  const missing = (planned: PlannedCase): string | null => {
    const isSimulated = planned.modelId.startsWith('sim/') || planned.modelId.startsWith('sim:')
    for (const needed of planned.requires) {
      if (needed === 'api' && (isSimulated || keyless.has(planned.model))) return 'needs an API key'
      if (keyless.has(planned.model) && planned.modelId.startsWith(needed)) return `needs a key of ${needed}`
    }
    return null
  }
  // Without a key, a suite that says of every case what it needs is skipped and not refused.
  if (found.length === 0 && [...casesOf(suite)].every(({ requires }) => requires.length > 0))
    return { models: wanted, missing }
  if (found.length === 0) throw first
  return { models: found, missing }
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

const estimated = async (
  { out }: ActionContext,
  given: { suite: Suite; models: string[]; filter: CaseFilter; options: TestOptions },
): Promise<void> => {
  const [{ ASSUMED_OUTPUT_TOKENS, estimateSuite }, { formatUsd }] = await Promise.all([
    import('@assay/runner'),
    import('@assay/core'),
  ])
  const { suite, models, filter, options } = given
  const estimates = estimateSuite(suite, { models, filter, repeat: options.repeat })
  out.list(
    estimates,
    () =>
      estimates
        .map(({ model, calls, inputTokens, outputTokens, costNanoUsd }) => {
          const cost = costNanoUsd === null ? 'no known price' : formatUsd(costNanoUsd)
          return `${model}: ${calls} calls, about ${inputTokens} tokens in and ${outputTokens} out, ${cost}`
        })
        .join('\n'),
    '',
  )
  out.note(`Nothing was called. Answers are taken to have ${ASSUMED_OUTPUT_TOKENS} tokens.`)
}

const run = async (
  { out }: ActionContext,
  terminal: Terminal,
  given: {
    suite: Suite
    dialect: import('@assay/core').Dialect
    filter: CaseFilter
    options: TestOptions
  } & Reachable,
): Promise<number> => {
  const [{ silentLog }, { createSandboxPool, localModels, runSuite }, { createScreen }] = await Promise.all([
    import('@assay/core'),
    import('@assay/runner'),
    import('../print/suite-screen.ts'),
  ])
  const { suite, dialect, models, missing, filter, options } = given
  const screen = createScreen(terminal, {
    ...out,
    verbose: options.verbose ?? false,
    colours: coloursFor(terminal.stderr, terminal),
  })
  screen.header({ suite, models })
  await using sandbox = createSandboxPool({ log: silentLog })
  await using asked = await createAsked(localModels(terminal.environment), terminal)
  const stop = listenForInterrupt(() => screen.interrupted())
  try {
    const summary = await runSuite(suite, {
      models,
      dialect,
      filter,
      missing,
      keepGoing: options.keepGoing,
      environment: environmentOf(suite, terminal),
      sandbox,
      complete: asked.complete,
      concurrency: options.concurrency,
      retries: options.maxRetries,
      repeat: options.repeat,
      signal: stop.signal,
      now: terminal.now,
      onEvent: (event: RunEvent) => (out.json ? out.event(event) : screen.show(event)),
    })
    return exitCodeOf(summary, asked.lastError())
  } finally {
    stop[Symbol.dispose]()
  }
}

/** The way to the models, which remembers the last error: it tells why no call came through. */
const createAsked = async ({ resolve, allow }: LocalModels, { environment, now }: Terminal) => {
  const [{ createComplete, createEgress }, { readConfig, silentLog }] = await Promise.all([
    import('@assay/providers'),
    import('@assay/core'),
  ])
  const egress = createEgress({ allow: [...readConfig(environment).ASSAY_EGRESS_ALLOW, ...allow], log: silentLog })
  const next = createComplete({ egress, resolve, now })
  let last: unknown = null
  const complete: Complete = async (request, options) => {
    try {
      return await next(request, options)
    } catch (error) {
      last = error
      throw error
    }
  }
  return { complete, lastError: () => last, [Symbol.asyncDispose]: () => egress.close() }
}

/** Ctrl-C once ends the run in order, a second time ends the process. */
const listenForInterrupt = (onInterrupt: () => void): { signal: AbortSignal } & Disposable => {
  const controller = new AbortController()
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(INTERRUPTED)
    controller.abort()
    onInterrupt()
  }
  process.on('SIGINT', onSignal)
  return { signal: controller.signal, [Symbol.dispose]: () => process.removeListener('SIGINT', onSignal) }
}

/** 0 all passed; 4 or 5 when no model ever answered; 100 when something did not pass. */
const exitCodeOf = ({ status, totals, answered }: RunSummary, lastError: unknown): number => {
  if (status === 'interrupted') return INTERRUPTED
  if (totals.passed + totals.skipped + totals.unscored === totals.total) return 0
  if (answered > 0 || lastError === null) return TESTS_FAILED
  const { details, exitCode } = lastError as { details?: { providerStatus?: number }; exitCode?: number }
  const isAccess = exitCode === ACCESS || details?.providerStatus === 401 || details?.providerStatus === 403
  return isAccess ? ACCESS : PROVIDER
}

/** The variables that the suite names, as its templates see them; one that is not set is empty. */
const environmentOf = ({ env }: Suite, { environment }: Terminal): Record<string, string> | undefined =>
  env.length === 0 ? undefined : Object.fromEntries(env.map((name) => [name, environment[name] ?? '']))

const withTimeout = (suite: Suite, timeoutMs: number | undefined): Suite =>
  timeoutMs === undefined ? suite : { ...suite, limits: { ...suite.limits, timeoutMs } }

const nameList = (text: string): string[] =>
  text
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean)

const kindList = (text: string): CaseKind[] => nameList(text).map((name) => oneOf(name, kinds, 'kind'))

const dialectNamed = (text: string): Dialect => oneOf(text, dialects, 'dialect')

// Written out: the command is listed without loading what knows them.
const kinds = ['smoke', 'contract', 'plain', 'regression', 'integration'] as const satisfies readonly CaseKind[]
const dialects = ['assay', 'promptfoo', 'prpm'] as const satisfies readonly Dialect[]

const oneOf = <Name extends string>(text: string, names: readonly Name[], what: string): Name => {
  const found = names.find((name) => name === text)
  if (found) return found
  throw Object.assign(new Error(`${JSON.stringify(text)} is no ${what}.`), {
    code: 'usage.invalid',
    hint: `There are: ${names.join(', ')}.`,
    exitCode: 2,
  })
}

const collect = (tag: string, before: string[] = []): string[] => [...before, tag]

const wholeNumber = (text: string): number => numberFrom(text, 1)
const countFromZero = (text: string): number => numberFrom(text, 0)

const numberFrom = (text: string, least: number): number => {
  const number = Number(text)
  if (Number.isSafeInteger(number) && number >= least) return number
  throw Object.assign(new Error(`${JSON.stringify(text)} is not a whole number of ${least} or more.`), {
    code: 'usage.invalid',
    hint: 'Write it in digits.',
    exitCode: 2,
  })
}
