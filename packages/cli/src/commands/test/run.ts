import { join } from 'node:path'
import type { CaseFilter, CaseResult, Dialect, Suite } from '@assay/core'
import type { Cassette, Journal, RunCache, RunEnded, RunEvent, RunListener, RunSummary, SuiteFile } from '@assay/runner'
import type { ActionContext } from '../../action.ts'
import { coloursFor, columnsOf, type Terminal } from '../../terminal/terminal.ts'
import { count } from '../../print/count.ts'
import { usageError } from '../../terminal/usage-error.ts'
import { readVersion } from '../../version.ts'
import type { Agents } from './agents.ts'
import { createAsked, createUnasked } from './asked.ts'
import { listenForInterrupt } from './interrupt.ts'
import type { Reachable } from './models.ts'
import type { TestOptions } from './options.ts'
import { earlierRun, type EarlierRun } from './earlier-run.ts'
import { resumeLine } from './resume-line.ts'
import { shortfallsOf } from './verdict.ts'

const [ACCESS, PROVIDER, TESTS_FAILED, INTERRUPTED] = [4, 5, 100, 130]

/** What is run: the suite as it was read, and the models it can be run on. */
export type Given = {
  /** The suite as it was named, and the file that this is. */
  path: string
  suitePath: string
  place: SuiteFile['place']
  /** Hears of each result, beside the listeners that the options ask for. */
  onResult?: (result: CaseResult) => void
  /** The function that is tested in place of models. */
  target: SuiteFile['target']
  suite: Suite
  dialect: Dialect
  filter: CaseFilter
  agents: Agents
  options: TestOptions
  /** The models that judge where the suite names none. */
  judges: { model: string | null; embedding: string | null }
} & Reachable

/** Runs a suite, keeping its journal, and answers the exit code. */
export const run = async (context: ActionContext, terminal: Terminal, given: Given): Promise<number> => {
  const { out } = context
  const [{ silentLog, readConfig, timestamp }, runner, { createScreen }, { openBaseline }, { openListeners }] =
    await Promise.all([
      import('@assay/core'),
      import('@assay/runner'),
      import('../../print/suite-screen.ts'),
      import('./baseline.ts'),
      import('./listeners.ts'),
    ])
  const { suite, dialect, target, models, missing, filter, options } = given
  const folder = readConfig(terminal.environment).ASSAY_DATA
  const screen = createScreen(terminal, {
    ...out,
    verbose: options.verbose ?? false,
    colours: coloursFor(terminal.stderr, terminal),
  })
  const planHash = runner.planHashOf(given, options)
  const against = await openBaseline({ folder, suite, options, note: out.note })
  const earlier = await earlierRun({ folder, planHash, options, models: given.models })
  await using journal = await openJournal(runner, { folder, planHash, earlier, given, terminal })
  screen.header({ suite, models })
  if (earlier?.kind === 'resume')
    out.note(`Going on with run ${journal.runId}, which has ${count(earlier.done.size, 'result')} already.`)
  await using sandbox = runner.createSandboxPool({ log: silentLog })
  const local = runner.localModels(terminal.environment, { isProxied: options.framework === 'litellm' })
  const cassette = await openCassette(runner, { suite, options, terminal })
  const named = options.models ?? []
  await using asked = await createAsked(local, terminal, { suite, named, allow: given.agents.allow })
  const stop = listenForInterrupt(() => screen.interrupted())
  const quarantine = runner.openQuarantine(folder, terminal.now)
  const turns = earlier?.kind === 'rescore' ? earlier.turns : null
  const unasked = await createUnasked()
  const startedAt = timestamp(terminal.now())
  const opened = openListeners(context, terminal, { given, folder, runId: journal.runId, startedAt })
  const listeners: RunListener[] = [
    ...opened,
    ...(against ? [against] : []),
    ...(given.onResult ? [{ result: given.onResult }] : []),
    ...(out.json ? [] : [screen.matrix(models)]),
  ]
  const onEvent = (event: RunEvent): void => {
    if (event.event === 'run.finished') return // It is told when it is known whether it is a pass.
    if (event.event === 'result') {
      if (turns === null) quarantine.result(event)
      for (const listener of listeners) listener.result?.(event)
    }
    if (event.event === 'run.started') {
      for (const listener of listeners) listener.start?.(event)
      // What an earlier part of the run came to belongs to its reports, though it is told no second time.
      const before = earlier?.kind === 'resume' ? earlier.done.values() : []
      for (const result of before) for (const listener of listeners) listener.result?.(result)
    }
    if (out.json) out.event(event)
    else screen.show(event)
  }
  try {
    const summary = await runner.runSuite(suite, {
      models,
      dialect,
      filter,
      missing,
      keepGoing: options.keepGoing,
      environment: environmentOf(suite, terminal, (name) =>
        options.replay === undefined ? '' : runner.placeholder(name),
      ),
      sandbox,
      complete: asked.complete,
      targetOf: turns
        ? (_complete, planned) => runner.storedTarget(turns.get(runner.resultKey(planned)) ?? [])
        : target
          ? () => target
          : runner.chooseTarget({
              ...asked,
              ask: cassette ? runner.cassetteAsk(cassette, asked.ask) : asked.ask,
              sandbox,
              now: terminal.now,
              mask: runner.maskOf(terminal.environment, suite.env),
              ofModels: given.agents.targetOf({
                ...asked,
                aroundTools: cassette ? runner.cassetteTools(cassette) : undefined,
              }),
            }),
      cache: cassette
        ? runner.cassetteModels(cassette)
        : options.cache
          ? cacheOf(runner, { folder, local, options })
          : undefined,
      judges: { ...given.judges, known: earlier?.judged, keepsVectors: !options.cache && cassette === null },
      ...(turns && !options.askJudges && { askJudge: unasked.complete }),
      quarantine,
      done: earlier?.kind === 'resume' ? earlier.done : undefined,
      record: (result: CaseResult, said, judged) => journal.append(result, said, judged),
      stops: {
        maxCostUsd: options.maxCost,
        maxTokens: options.maxTokens,
        maxDurationMs: options.maxDuration === undefined ? undefined : options.maxDuration * 1_000,
        failFast: options.failFast,
      },
      concurrency: options.concurrency,
      retries: options.maxRetries,
      repeat: options.repeat,
      passAt: options.passAt,
      signal: stop.signal,
      now: terminal.now,
      onEvent,
    })
    await journal.flush()
    const comparison = against?.compare()
    const shortfalls = shortfallsOf(summary, options, comparison ?? null)
    const ended: RunEnded = { ...summary, isPass: shortfalls.length === 0, runId: journal.runId, comparison }
    for (const listener of listeners) await listener.end?.(ended)
    listeners.length = 0
    if (out.json) out.event({ event: 'run.finished', ...ended })
    else screen.finished(ended, { shortfalls, columns: columnsOf(terminal.stderr, terminal) })
    for (const text of unasked.notes()) out.note(text)
    for (const title of quarantine.end())
      out.note(`Out of quarantine after 20 clean repeats, take it out of the file: ${title}`)
    if (summary.status === 'interrupted') out.note(`Go on with it: ${resumeLine(given.path, journal.runId, options)}`)
    const exitCode = exitCodeOf(ended, asked.lastError())
    if (!options.upload) return exitCode
    const { uploadEnded } = await import('./upload.ts')
    const uploaded = await uploadEnded(context, terminal, { folder: join(folder, 'runs'), runId: journal.runId, ended })
    return exitCode || uploaded
  } finally {
    for (const listener of listeners) listener.discard?.()
    stop[Symbol.dispose]()
  }
}

type Runner = typeof import('@assay/runner')

const openJournal = async (
  runner: Runner,
  parts: { folder: string; planHash: string; earlier: EarlierRun | null; given: Given; terminal: Terminal },
): Promise<Journal> => {
  const { createId, timestamp } = await import('@assay/core')
  const { randomBytes } = await import('node:crypto')
  const { earlier, given, terminal, planHash } = parts
  const folder = join(parts.folder, 'runs')
  if (earlier?.kind === 'resume') return runner.continueJournal(folder, earlier.runId)
  return runner.beginJournal(folder, {
    kind: 'run',
    runId: createId({ now: terminal.now, randomBytes }),
    planHash,
    version: readVersion(),
    dialect: given.dialect,
    file: given.path,
    ...(given.suite.name !== undefined && { name: given.suite.name }),
    models: given.models,
    startedAt: timestamp(terminal.now()),
  })
}

const DAY_MS = 86_400_000

const cacheOf = (
  runner: Runner,
  { folder, local, options }: { folder: string; local: import('@assay/runner').LocalModels; options: TestOptions },
): RunCache =>
  runner.createRunCache({
    folder: `${folder}/cache`,
    now: Date.now,
    refresh: options.refreshCache ?? false,
    ...(options.cacheTtl !== undefined && { ttlMs: options.cacheTtl * DAY_MS }),
    placeOf: async (name) => {
      const { providerName, model, baseUrl } = await local.resolve(name)
      return { providerName, model, origin: baseUrl }
    },
  })

/** 0 all passed; 4 or 5 when no model ever answered; 100 when something did not pass. */
const exitCodeOf = ({ status, isPass, answered }: RunSummary, lastError: unknown): number => {
  if (status === 'interrupted') return INTERRUPTED
  if (isPass) return 0
  if (answered > 0 || lastError === null) return TESTS_FAILED
  const { details, exitCode } = lastError as { details?: { providerStatus?: number }; exitCode?: number }
  const isAccess = exitCode === ACCESS || details?.providerStatus === 401 || details?.providerStatus === 403
  return isAccess ? ACCESS : PROVIDER
}

/** The variables that the suite names, as its templates see them; one that is not set is empty. */
const environmentOf = (
  { env }: Suite,
  { environment }: Terminal,
  missing: (name: string) => string,
): Record<string, string> | undefined =>
  env.length === 0 ? undefined : Object.fromEntries(env.map((name) => [name, environment[name] ?? missing(name)]))

/** Where traffic is kept or taken from, when that is asked for. */
const openCassette = async (
  runner: Runner,
  { suite, options, terminal }: { suite: Suite; options: TestOptions; terminal: Terminal },
): Promise<Cassette | null> => {
  const { record, replay } = options
  if (record === undefined && replay === undefined) return null
  const isReplay = replay !== undefined
  if (isReplay && record !== undefined)
    throw usageError('--record and --replay exclude each other.', 'Name one of them.')
  if (options.rescore !== undefined) throw usageError('--rescore calls nothing.', 'Leave --record and --replay out.')
  const folder = replay ?? record ?? ''
  if (isReplay) {
    const { stat } = await import('node:fs/promises')
    const found = await stat(folder).catch(() => null)
    if (!found?.isDirectory()) throw usageError(`There is no folder ${folder}.`, `Record it first: --record ${folder}`)
  }
  const given = { folder, mask: runner.maskOf(terminal.environment, suite.env, { isWhole: true }) }
  return isReplay ? runner.createPlayer(given) : runner.createRecorder(given)
}
