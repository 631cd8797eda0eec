import { hash } from 'node:crypto'
import { expandSuite, type CaseResult } from '@assay/core'
import type { ActionContext } from '../../action.ts'
import { reportProblem } from '../../terminal/problem.ts'
import type { Terminal } from '../../terminal/terminal.ts'
import { usageError } from '../../terminal/usage-error.ts'
import { givenOf, readNamed } from './given.ts'
import type { TestOptions } from './options.ts'
import { run, type Given } from './run.ts'
import { watchFiles } from './watch-files.ts'
import { listenForKeys } from './watch-keys.ts'

const INTERRUPTED = 130

/** Why something is to be run: a file changed, or somebody asked for it. */
type Wish = 'changed' | 'all' | 'failed'

/** What of a suite was seen last, so that only what differs is run again. */
type Seen = { plan: Map<string, string>; failed: Set<string> }

/** Runs a suite, and runs again what changed of it until somebody ends it. */
export const watch = async (
  context: ActionContext,
  terminal: Terminal,
  { named, options }: { named: string | undefined; options: TestOptions },
): Promise<number> => {
  refuseOthers(options)
  const { findSuite } = await import('@assay/runner')
  const path = await findSuite(named, process.cwd())
  const seen: Seen = { plan: new Map(), failed: new Set() }
  const wishes = createWishes()
  using files = watchFiles(() => wishes.make('changed'))
  using _keys = listenForKeys(terminal, {
    quit: () => wishes.end(0),
    rerun: () => wishes.make('all'),
    failed: () => wishes.make('failed'),
  })
  const onSignal = () => wishes.end(INTERRUPTED)
  process.on('SIGINT', onSignal)
  try {
    files.follow([path])
    wishes.make('all')
    for (;;) {
      const wish = await wishes.next()
      if (typeof wish === 'number') return wish
      const code = await runWish(context, terminal, { named, options, wish, seen, files })
      if (code === INTERRUPTED) wishes.end(INTERRUPTED)
      else if (code !== null) tellWatching(context, terminal, files.count())
    }
  } finally {
    process.removeListener('SIGINT', onSignal)
  }
}

type Round = {
  named: string | undefined
  options: TestOptions
  wish: Wish
  seen: Seen
  files: ReturnType<typeof watchFiles>
}

/** Runs what a wish means and answers the exit code; null when nothing is to be told. */
const runWish = async (context: ActionContext, terminal: Terminal, round: Round): Promise<number | null> => {
  const { named, options, wish, seen, files } = round
  const { out } = context
  try {
    const read = await readNamed(context, named, options)
    const isOwn = files.follow(read.files)
    const given = await givenOf(context, terminal, { read, options })
    const plan = planOf(given, terminal)
    const keys = keysOf(wish, { plan, seen, isOpaque: read.target !== null && isOwn })
    seen.plan = plan
    if (keys?.size === 0) {
      if (!isOwn && wish === 'changed') return null
      out.note(wish === 'failed' ? 'Nothing failed in the last run.' : 'Nothing that is asked or checked has changed.')
      return 0
    }
    clearScreen(context, terminal)
    if (keys) out.note(`${keys.size} of ${plan.size} cases ${wish === 'failed' ? 'failed before' : 'changed'}.`)
    const filter = keys ? { ...given.filter, keys } : given.filter
    return await run(context, terminal, { ...given, filter, onResult: (result) => remember(seen, result) })
  } catch (error) {
    return reportProblem(terminal, error, { json: out.json, verbose: options.verbose ?? false })
  }
}

/** The cases a wish means; null stands for all of them. */
const keysOf = (
  wish: Wish,
  { plan, seen, isOpaque }: { plan: Map<string, string>; seen: Seen; isOpaque: boolean },
): Set<string> | null => {
  if (wish === 'failed') return new Set(seen.failed)
  // What a function does cannot be seen from outside: when its files changed, everything is run.
  if (wish === 'all' || isOpaque) return null
  return new Set([...plan].filter(([key, text]) => seen.plan.get(key) !== text).map(([key]) => key))
}

/** Every case with all that decides its answers and their verdict. */
const planOf = ({ suite, models, filter, options }: Given, { environment }: Terminal): Map<string, string> => {
  const plan = new Map<string, string>()
  const planned = expandSuite(suite, {
    ...filter,
    models,
    repeat: options.repeat,
    passAt: options.passAt,
    sha256: (text) => hash('sha256', text),
    environment: Object.fromEntries(suite.env.map((name) => [name, environment[name] ?? ''])),
  })
  const around = JSON.stringify([suite.mcp, suite.workspace, suite.faults])
  for (const { at: _at, title: _title, ...one } of planned) {
    plan.set(one.caseKey, hash('sha256', (plan.get(one.caseKey) ?? around) + JSON.stringify(one)))
  }
  return plan
}

const remember = ({ failed }: Seen, { caseKey, status, quarantined }: CaseResult): void => {
  if ((status === 'failed' || status === 'error') && !quarantined) failed.add(caseKey)
  else failed.delete(caseKey)
}

/** A new run begins at the top; what scrolled away stays where it is. */
const clearScreen = ({ out }: ActionContext, { stderr, environment }: Terminal): void => {
  if (stderr.isTTY && !out.json && !out.quiet && environment['TERM'] !== 'dumb') stderr.write('\u001b[2J\u001b[H')
}

const tellWatching = ({ out }: ActionContext, { stdin }: Terminal, count: number): void => {
  const ways = stdin.isTTY ? 'q quits · r runs all again · f runs what failed' : 'Ctrl-C ends it'
  out.note(`Watching ${count} ${count === 1 ? 'file' : 'files'}. ${ways}.`)
}

const refuseOthers = ({ resume, rescore, validate, dryRun }: TestOptions): void => {
  const others = Object.entries({ resume, rescore, validate, 'dry-run': dryRun })
  const [name] = others.find(([, given]) => given !== undefined) ?? []
  if (name !== undefined) throw usageError(`--watch and --${name} exclude each other.`, 'Leave one of them out.')
}

/** What is wished for while something runs waits; wishes of one kind are one, and the widest wins. */
const createWishes = () => {
  let waiting: Wish | number | null = null
  let wake: (() => void) | null = null
  const put = (wish: Wish | number): void => {
    if (typeof waiting === 'number' || (waiting === 'all' && typeof wish !== 'number')) return
    waiting = wish
    wake?.()
  }
  return {
    make: (wish: Wish) => put(wish),
    end: (exitCode: number) => {
      put(exitCode)
      // A run that is under way hears of it as of Ctrl-C.
      if (exitCode === 0) process.emit('SIGINT')
    },
    next: async (): Promise<Wish | number> => {
      if (waiting === null) await new Promise<void>((resolve) => (wake = resolve))
      const wish = waiting ?? 'changed'
      if (typeof wish !== 'number') waiting = null
      return wish
    },
  }
}
