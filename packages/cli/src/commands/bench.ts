import { type Command, InvalidArgumentError } from 'commander'
import type { BenchRun, Complexity } from '@assay/core'
import { action, type ActionContext, withExample } from '../action.ts'
import { coloursFor, type Terminal } from '../terminal/terminal.ts'
import { readVersion } from '../version.ts'
import { usageError } from '../terminal/usage-error.ts'

type BenchOptions = {
  providers?: string[]
  models?: string[]
  all?: boolean
  levels: Complexity[]
  repeat: number
  delay: string
  maxCost?: string
  concurrency: number
  stream?: boolean
  baseline: string
  out?: string
  history?: boolean
  dryRun?: boolean
}

const MOST_MODELS = 50

/** `assay bench`: providers side by side over simple, medium and complex prompts. */
export const benchCommand = (program: Command, terminal: Terminal): void => {
  const command = program
    .command('bench')
    .description('Compare providers: response time, tokens, cost and right answers, over three levels of prompts.')
    .option('--providers <list>', 'Whose cheapest current model to ask; else openai, google and anthropic.', listOf)
    .option('-m, --models <list>', 'These models, as provider/model, instead.', listOf)
    .option('--all', 'All current chat models of those providers.')
    .option('--levels <list>', 'Of simple, medium and complex.', levelsOf, ['simple', 'medium', 'complex'])
    .option('--repeat <n>', 'How often each prompt is asked.', countOf, 3)
    .option('--delay <duration>', 'Wait this long between two calls.', '500ms')
    .option('--max-cost <usd>', 'Stop before this many dollars would be exceeded.')
    .option('--concurrency <n>', 'Calls at once.', countOf, 1)
    .option('--stream', 'Stream the answers, and measure the first token.')
    .option('--baseline <run>', 'Compare with `last`, the id of a run, a file of --out, or `none`.', 'last')
    .option('--out <file>', 'Write the figures as JSON.')
    .option('--history', 'Show how the figures went over the runs so far; asks nothing.')
    .option('--dry-run', 'Say what would be asked, and what it costs at most; asks nothing.')
  withExample(
    command,
    'assay bench',
    'assay bench --providers sim --levels simple --delay 0',
    'assay bench --models openai/gpt-5-mini,anthropic/claude-haiku-4-5 --stream --max-cost .05',
    'assay bench --history',
  ).action(
    action(terminal, (context, options: BenchOptions) =>
      options.history ? showHistory(context, terminal, options) : bench(context, terminal, options),
    ),
  )
}

const bench = async (context: ActionContext, terminal: Terminal, options: BenchOptions): Promise<number> => {
  const { out } = context
  const [
    core,
    runner,
    { benchText, changesText, planText },
    { benchPlaces },
    { createAsked },
    { readDuration, readUsd },
  ] = await Promise.all([
    import('@assay/core'),
    import('@assay/runner'),
    import('../print/bench.ts'),
    import('../bench-places.ts'),
    import('./test/asked.ts'),
    import('../amounts.ts'),
  ])
  const delayMs = await readDuration(options.delay, '--delay')
  const maxCostNanoUsd = options.maxCost === undefined ? null : await readUsd(options.maxCost, '--max-cost')
  const config = core.readConfig(terminal.environment)
  const path = runner.benchHistoryPath(config.ASSAY_DATA)
  const before = await baselineOf(options, await runner.readBenchHistory(path))
  const reach = await benchPlaces(terminal, options)
  for (const { provider, hint } of reach.skipped) out.note(`skipped ${provider}: no key (${hint})`)
  if (reach.places.length === 0) throw new core.AssayError('bench.no_provider', { skipped: reach.skipped.length })
  if (reach.places.length > MOST_MODELS) {
    throw usageError(
      `These are ${reach.places.length} models, and one run compares at most ${MOST_MODELS}.`,
      'Name fewer with --models.',
    )
  }
  const prompts = core.benchPrompts.filter(({ level }) => options.levels.includes(level))
  const colours = coloursFor(terminal.stdout, terminal)
  if (options.dryRun) {
    const plan = runner.benchPlan({ places: reach.places, prompts, repeat: options.repeat })
    out.show(plan, () => planText(plan, { columns: out.columns, colours }))
    return 0
  }
  await using sandbox = runner.createSandboxPool({ log: core.silentLog })
  await using asked = await createAsked(reach.local, terminal, { allow: reach.allow })
  const controller = new AbortController()
  const interrupt = () => controller.abort()
  process.once('SIGINT', interrupt)
  const startedAt = terminal.now()
  const { samples, stoppedBy } = await runner.runBench({
    places: reach.places,
    prompts,
    repeat: options.repeat,
    concurrency: options.concurrency,
    delayMs,
    stream: options.stream ?? false,
    maxCostNanoUsd,
    complete: asked.complete,
    tools: { sandbox, dialect: 'assay' },
    now: terminal.now,
    signal: controller.signal,
    onSample: ({ provider, model, level }, done, planned) =>
      out.progress(`${done} of ${planned}: ${provider}/${model}, ${level}`),
  })
  process.removeListener('SIGINT', interrupt)
  out.progress(null)
  const run = runner.benchRunOf(samples, {
    version: readVersion(),
    at: core.timestamp(startedAt),
    durationMs: terminal.now() - startedAt,
    stream: options.stream ?? false,
    repeat: options.repeat,
    stoppedBy,
  })
  if (samples.length > 0) await runner.appendBenchRun(path, run)
  if (options.out !== undefined) await writeRun(options.out, run)
  const changes = before && core.compareBench(before, run)
  const skipped = reach.skipped.map(({ provider }) => provider)
  out.show({ ...run, skipped, comparedWith: before?.id ?? null, changes: changes ?? [] }, () =>
    benchText(run, { columns: out.columns, colours }),
  )
  if (stoppedBy === 'max_cost') out.note(`Stopped: the next call could have gone over --max-cost ${options.maxCost}.`)
  if (before) out.note(changesText(changes, before, colours))
  if (stoppedBy === 'interrupt') return 130
  return exitCodeOf(run)
}

const ACCESS = 4
const NETWORK = 5
const USAGE = 2

/** Good as soon as one provider answered; else by what the calls ended with. */
const exitCodeOf = ({ rows }: BenchRun): number => {
  if (rows.some(({ answered }) => answered > 0)) return 0
  if (rows.length === 0) return USAGE
  return rows.every(({ error }) => error !== null && /unauthorized|forbidden|key|401|403/i.test(error))
    ? ACCESS
    : NETWORK
}

/** The run to compare with; `last` is the last that asked the same in the same form. */
const baselineOf = async (
  { baseline: named, stream = false }: BenchOptions,
  history: readonly BenchRun[],
): Promise<BenchRun | null> => {
  const { BENCH_PROMPT_SET } = await import('@assay/core')
  if (named === 'none') return null
  if (named === 'last')
    return history.findLast((run) => run.promptSet === BENCH_PROMPT_SET && run.stream === stream) ?? null
  const found = history.find(({ id }) => id === named)
  if (found) return found
  const { readBenchRun } = await import('@assay/runner')
  return readBenchRun(named)
}

const writeRun = async (path: string, run: BenchRun): Promise<void> => {
  const { writeFile } = await import('node:fs/promises')
  await writeFile(path, `${JSON.stringify(run, null, 2)}\n`)
}

const showHistory = async ({ out }: ActionContext, terminal: Terminal, options: BenchOptions): Promise<number> => {
  const [{ readConfig }, { benchHistoryPath, readBenchHistory }, { historyText }] = await Promise.all([
    import('@assay/core'),
    import('@assay/runner'),
    import('../print/bench.ts'),
  ])
  const runs = await readBenchHistory(benchHistoryPath(readConfig(terminal.environment).ASSAY_DATA))
  const colours = coloursFor(terminal.stdout, terminal)
  const shown = runs
    .map((run) => ({ ...run, rows: run.rows.filter((row) => isWanted(row, options)) }))
    .filter(({ rows }) => rows.length > 0)
  out.list(
    shown,
    () => historyText(shown, { columns: out.columns, colours }),
    'No run is kept yet: assay bench makes one.',
  )
  return 0
}

const isWanted = (
  { provider, model, level }: BenchRun['rows'][number],
  { providers, models, levels }: BenchOptions,
): boolean =>
  levels.includes(level) &&
  (!providers || providers.includes(provider)) &&
  (!models || models.some((named) => named === model || named === `${provider}/${model}`))

const levels = new Set<string>(['simple', 'medium', 'complex'])

const listOf = (text: string): string[] => {
  const names = text.split(',').map((name) => name.trim())
  if (names.includes('')) throw new InvalidArgumentError('it is a list with commas between, and one of it is empty.')
  return names
}

const levelsOf = (text: string): Complexity[] => {
  const names = listOf(text)
  const wrong = names.find((name) => !levels.has(name))
  if (wrong !== undefined) throw new InvalidArgumentError(`there is no level ${wrong}: simple, medium, complex.`)
  return names as Complexity[]
}

const countOf = (text: string): number => {
  const count = Number(text)
  if (!Number.isSafeInteger(count) || count < 1 || count > 1_000)
    throw new InvalidArgumentError('it is a whole number from 1 to 1000.')
  return count
}
