import type { Command } from 'commander'
import type { CaseFilter, Complete, Suite } from '@assay/core'
import type { LocalModels, RunEvent, RunSummary } from '@assay/runner'
import { action, type ActionContext, withExample } from '../action.ts'
import { coloursFor, type Terminal } from '../terminal/terminal.ts'

type TestOptions = {
  models?: string[]
  concurrency: number
  repeat?: number
  filter?: string
  tag?: string[]
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
      .option('--timeout-ms <ms>', 'Time for one answer, where a case sets none.', wholeNumber)
      .option('--max-retries <count>', 'Ask again so often after an overload or a broken line.', countFromZero, 3)
      .option('--validate', 'Check the suite without calling a model.')
      .option('--dry-run', 'Show calls, tokens and cost to expect, and call nothing.')
      .option('--verbose', 'Show input, response and every assertion.'),
    'assay test examples/support/assay.yaml -m sim/echo,sim/smart --tag "!slow"',
  ).action(
    action(terminal, async (context, named: string | undefined, options: TestOptions) => {
      const { findSuite, readSuiteFile } = await import('@assay/runner')
      const path = await findSuite(named, process.cwd())
      const { suite: read, dialect, file } = await readSuiteFile(path)
      const suite = withTimeout(read, options.timeoutMs)
      const filter: CaseFilter = { text: options.filter, tags: options.tag }
      if (options.validate) return validated(context, { file, suite })
      const models = await reachableModels(context, terminal, { suite, options })
      await refuseEmpty({ suite, file, filter, models })
      if (options.dryRun) return estimated(context, { suite, models, filter, options })
      return run(context, terminal, { suite, dialect, models, filter, options })
    }),
  )
}

const validated = ({ out }: ActionContext, { file, suite }: { file: string; suite: Suite }): void =>
  out.show({ file, valid: true, cases: suite.tests.length }, () => `${file} is valid: ${suite.tests.length} cases`)

/** The models to run. One that was asked for must have a key; of several in the suite those without are left out. */
const reachableModels = async (
  { out }: ActionContext,
  { environment }: Terminal,
  { suite, options }: { suite: Suite; options: TestOptions },
): Promise<string[]> => {
  const [{ isAssayError, modelsOf }, { DEFAULT_MODEL, localModels }] = await Promise.all([
    import('@assay/core'),
    import('@assay/runner'),
  ])
  const named = new Map(modelsOf(suite).map(({ label, id }) => [label, id]))
  const wanted = options.models ?? (named.size > 0 ? [...named.keys()] : [DEFAULT_MODEL])
  if (options.dryRun) return wanted
  const { resolve } = localModels(environment)
  const found: string[] = []
  let missing: unknown
  for (const model of wanted) {
    try {
      await resolve(named.get(model) ?? model)
      found.push(model)
    } catch (error) {
      if (options.models || !isAssayError(error, 'suite.key_missing')) throw error
      missing ??= error
      out.note(`Skipped ${model}: ${error.message}`)
    }
  }
  if (found.length === 0) throw missing
  return found
}

const refuseEmpty = async (given: {
  suite: Suite
  file: string
  filter: CaseFilter
  models: string[]
}): Promise<void> => {
  const { AssayError, countPlanned } = await import('@assay/core')
  const { suite, file, filter, models } = given
  if (countPlanned(suite, { ...filter, models }) > 0) return
  throw new AssayError('suite.empty', { file, reason: `none of its ${suite.tests.length} cases matches the filter` })
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
    models: string[]
    filter: CaseFilter
    options: TestOptions
  },
): Promise<number> => {
  const [{ silentLog }, { createSandboxPool, localModels, runSuite }, { createScreen }] = await Promise.all([
    import('@assay/core'),
    import('@assay/runner'),
    import('../print/suite-screen.ts'),
  ])
  const { suite, dialect, models, filter, options } = given
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

const withTimeout = (suite: Suite, timeoutMs: number | undefined): Suite =>
  timeoutMs === undefined ? suite : { ...suite, limits: { ...suite.limits, timeoutMs } }

const nameList = (text: string): string[] =>
  text
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean)

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
