import { hash } from 'node:crypto'
import {
  countPlanned,
  expandSuite,
  modelsOf,
  timestamp,
  type Answer,
  type CaseResult,
  type PlannedCase,
  type Suite,
} from '@assay/core'
import type { RunSummary } from './event.ts'
import type { StoredJudgement, StoredTurn } from './journal.ts'
import { createRepeatGroups } from './repeat-groups.ts'
import { createRivals } from './rivals.ts'
import { runCase } from './run-case.ts'
import { createRunLines, type RunLines } from './run-lines.ts'
import type { RunOptions } from './run-options.ts'
import { resultKey, skippedResult } from './skipped-result.ts'
import { createStops } from './stops.ts'
import { createTally } from './tally.ts'
import { modelTarget } from './target.ts'
import { Track } from './track.ts'

/**
 * Runs every case of a suite on every model. Results are handed to `onEvent` in the order in which they come, and not
 * kept: a run of a million needs the memory of one in flight.
 */
export const runSuite = (suite: Suite, options: RunOptions): Promise<RunSummary> => new SuiteRun(suite, options).start()

type Running = { planned: PlannedCase; startedAtMs: number; attempt: number; isCut?: boolean }

/** So many answers may wait for those they are compared with before the models that are ahead wait too. */
const MOST_MEETING = 1_000

class SuiteRun {
  readonly #options: RunOptions
  readonly #concurrency: number
  readonly #tracks: Track[]
  readonly #running = new Set<Running>()
  /** Cases that wait for the other answers to be compared with. */
  readonly #meeting = new Set<Running>()
  readonly #lines: RunLines
  readonly #rivals: ReturnType<typeof createRivals>
  readonly #tally: ReturnType<typeof createTally>
  readonly #inner = new AbortController()
  readonly #name: string
  readonly #groups = createRepeatGroups()
  readonly #stops: ReturnType<typeof createStops>
  #stopped: string | null = null
  #notPassed = 0
  #resumed = 0
  #isStopping = false
  #isSmokeOver = false
  #isSmokeFailed = false
  #finish: () => void = () => {}
  #fail: (error: unknown) => void = () => {}
  #wakeUp: NodeJS.Timeout | null = null

  constructor(suite: Suite, options: RunOptions) {
    const { models, filter, repeat, passAt, now, environment } = options
    this.#options = options
    this.#concurrency = options.concurrency ?? 50
    this.#name = suite.name ?? 'suite'
    const expansion = { ...filter, repeat, passAt, environment, sha256: (text: string) => hash('sha256', text) }
    const ids = new Map(modelsOf(suite).map(({ label, id }) => [label, id]))
    this.#rivals = createRivals({ models: models.length })
    this.#lines = createRunLines(options, () => this.#pump())
    this.#tracks = models.map((model) => {
      const cases = expandSuite(suite, { ...expansion, models: [model] })
      return new Track({ model, cases, line: this.#lines.lineOf(ids.get(model) ?? model) })
    })
    const total = countPlanned(suite, { ...filter, repeat, passAt, models })
    const hasRepeats = total > countPlanned(suite, { ...filter, passAt: '1/1', models })
    this.#tally = createTally({ models, total, startedAtMs: now(), hasRepeats })
    this.#stops = createStops(options.stops ?? {}, { startedAtMs: now(), now })
  }

  async start(): Promise<RunSummary> {
    const { models, signal, now, onEvent, progressMs = 1_000 } = this.#options
    onEvent({
      event: 'run.started',
      name: this.#name,
      models: [...models],
      total: this.#tally.total,
      startedAt: timestamp(now()),
    })
    const ended = new Promise<void>((resolve, reject) => {
      this.#finish = resolve
      this.#fail = reject
    })
    const ticker = setInterval(() => this.#guarded(() => this.#progress()), progressMs)
    const stop = () => this.#stop()
    signal.addEventListener('abort', stop, { once: true })
    try {
      if (signal.aborted) this.#isStopping = true
      this.#pump()
      await ended
    } finally {
      clearInterval(ticker)
      if (this.#wakeUp) clearTimeout(this.#wakeUp)
      signal.removeEventListener('abort', stop)
    }
    this.#progress()
    const summary = this.#tally.summary({
      status: this.#isStopping ? 'interrupted' : 'completed',
      stopped: this.#stopped,
      isPass: !this.#isStopping && this.#stopped === null && this.#notPassed + this.#groups.notPassed() === 0,
      savedRepeats: this.#groups.saved(),
      resumed: this.#resumed,
      finishedAtMs: now(),
    })
    onEvent({ event: 'run.finished', ...summary })
    return summary
  }

  /** Starts as many cases as are allowed; called whenever one ended. */
  #pump(): void {
    try {
      let isStarted = true
      while (isStarted && !this.#isStopping) {
        isStarted = false
        // One from each model in turn, so that a slow one does not hold up the others.
        for (const track of this.#tracks) {
          if (this.#running.size < this.#concurrency && this.#startNext(track)) isStarted = true
        }
      }
    } catch (error) {
      this.#breakOff(error)
    }
    if (this.#running.size > 0) return
    if (this.#meeting.size > 0 && this.#wakeUp === null) this.#rivals.releaseAll()
    const isAll = this.#isStopping || this.#tracks.every(({ isDone }) => isDone)
    if (isAll && this.#running.size === 0 && this.#meeting.size === 0) this.#finish()
  }

  #startNext(track: Track): boolean {
    if (track.isDone) return false
    const waitMs = track.line.lane.closedUntilMs - this.#options.now()
    if (waitMs > 0) {
      this.#wakeUp ??= setTimeout(() => {
        this.#wakeUp = null
        this.#pump()
      }, waitMs)
      return false
    }
    if (!track.line.isFree) return false
    const planned = track.peek()
    if (planned === null) return false
    if (planned.kind !== 'smoke' && this.#isSmokeOpen()) return false
    const known = this.#options.done?.get(resultKey(planned))
    if (known) return this.#takeOver(track, planned, known)
    const compares = this.#rivals.compares(planned)
    if (compares && this.#meeting.size >= MOST_MEETING && !this.#rivals.isAwaited(planned)) return false
    const reason = this.#skipped(planned)
    if (reason !== null) {
      track.take()
      if (compares) this.#rivals.known(planned, null)
      this.#tell(planned, skippedResult(planned, reason))
      return true
    }
    // The place is taken first: a repeat that was begun must run.
    if (!track.line.tryEnter()) return false
    const turn = this.#groups.next(planned)
    if (turn !== 'start') track.line.release()
    if (turn === 'wait') return false
    track.take()
    if (turn === 'saved') {
      if (compares) this.#rivals.known(planned, null)
      return true
    }
    this.#run(track, planned).catch((error: unknown) => this.#breakOff(error))
    return true
  }

  /** Smoke cases are begun, or still to come: what follows waits for what they say. */
  #isSmokeOpen(): boolean {
    if (this.#isSmokeOver) return false
    for (const track of this.#tracks) if (!track.isDone && track.peek()?.kind === 'smoke') return true
    for (const { planned } of [...this.#running, ...this.#meeting]) if (planned.kind === 'smoke') return true
    this.#isSmokeOver = true
    return false
  }

  #skipped(planned: PlannedCase): string | null {
    this.#stopped ??= this.#stops.reached()
    if (this.#stopped !== null) return this.#stopped
    if (this.#isSmokeFailed && planned.kind !== 'smoke') return 'smoke failed'
    return planned.requires.length > 0 ? (this.#options.missing?.(planned) ?? null) : null
  }

  /** A result of an earlier part of the run: it counts as if it had just come, and is told no second time. */
  #takeOver(track: Track, planned: PlannedCase, known: CaseResult): boolean {
    if (this.#groups.next(planned) === 'wait') return false
    track.take()
    this.#resumed++
    if (this.#rivals.compares(planned)) this.#rivals.known(planned, known)
    this.#count(planned, known)
    this.#tally.add(known)
    return true
  }

  #tell(
    planned: PlannedCase,
    result: CaseResult,
    { turns = [], judged = [] }: { turns?: readonly StoredTurn[]; judged?: readonly StoredJudgement[] } = {},
  ): void {
    this.#options.record?.(result, turns, judged)
    this.#count(planned, result)
    this.#stops.add(result)
    this.#tally.add(result)
    this.#options.onEvent({ event: 'result', ...result })
  }

  #count(planned: PlannedCase, { status, quarantined }: CaseResult): void {
    if (this.#groups.isGroup(planned) && status !== 'skipped') this.#groups.ended(planned, status === 'passed')
    else if ((status === 'failed' || status === 'error') && !quarantined) this.#notPassed++
  }

  /** A template or a listener that throws fails the run: nothing more is started, and the caller is told. */
  #breakOff(error: unknown): void {
    this.#isStopping = true
    this.#inner.abort()
    this.#fail(error)
  }

  /** For what a timer calls: nobody above it would catch. */
  #guarded(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.#breakOff(error)
    }
  }

  async #run(track: Track, planned: PlannedCase): Promise<void> {
    const { complete, sandbox, now, dialect = 'assay', targetOf = modelTarget } = this.#options
    const running: Running = { planned, startedAtMs: now(), attempt: 1 }
    this.#running.add(running)
    const { line } = track
    const onAttempt = (attempt: number) => (running.attempt = attempt)
    const asked = this.#lines.through(complete, { line, repeat: planned.repeat, onAttempt })
    const signal = this.#inner.signal
    const turns: StoredTurn[] = []
    const judged: StoredJudgement[] = []
    let isInLine = true
    const leave = (): void => {
      if (isInLine) track.line.leave()
      isInLine = false
    }
    const compares = this.#rivals.compares(planned)
    const result = await runCase(planned, {
      target: targetOf(asked, planned, this.#lines.again({ line, onAttempt })),
      sandbox,
      dialect,
      now,
      signal,
      turns,
      judged,
      panel: this.#lines.panelOf(planned, signal),
      onAnswered: () => {
        track.line.lane.onSuccess()
        leave()
      },
      ...(compares && { meet: (output: string) => this.#meet(running, output) }),
    })
    if (compares && result.response === null) this.#rivals.known(planned, null)
    if (this.#isQuarantined(planned)) result.quarantined = true
    if (running.attempt > 1) result.attempts = running.attempt
    this.#running.delete(running)
    const isBad = result.status === 'failed' || result.status === 'error'
    if (planned.kind === 'smoke' && isBad && !result.quarantined && !this.#options.keepGoing) this.#isSmokeFailed = true
    if (this.#isWhole(running, result)) this.#tell(planned, result, { turns, judged })
    leave()
    this.#pump()
  }

  #isQuarantined(planned: PlannedCase): boolean {
    const { now, quarantine } = this.#options
    if (planned.quarantine === undefined) return false
    return quarantine?.holds(planned) ?? now() < Date.parse(planned.quarantine.until)
  }

  /** A result that only came about because the run was broken off is none. */
  #isWhole(running: Running, result: CaseResult): boolean {
    if (running.isCut) return false
    return !this.#inner.signal.aborted || result.response !== null
  }

  /** Waits for the other answers to the same case; meanwhile others may run. */
  #meet(running: Running, output: string): Promise<Answer['rivals']> {
    this.#running.delete(running)
    this.#meeting.add(running)
    const met = new Promise<Answer['rivals']>((resolve) => {
      this.#rivals.meet(running.planned, output, (rivals) => {
        this.#meeting.delete(running)
        this.#running.add(running)
        // Some will never come: what is said without them would be told as if they had.
        if (this.#isStopping && rivals && rivals.outputs.length < rivals.expected) running.isCut = true
        resolve(rivals)
      })
    })
    this.#pump()
    return met
  }

  /** Starts nothing more; what is under way may end in time, then it is broken off. */
  #stop(): void {
    this.#isStopping = true
    const cut = setTimeout(() => this.#inner.abort(), this.#options.graceMs ?? 5_000)
    this.#inner.signal.addEventListener('abort', () => clearTimeout(cut))
    cut.unref()
    this.#pump()
  }

  #progress(): void {
    const { now, onEvent, stuckMs = 30_000 } = this.#options
    const waiting = [...this.#running]
      .map(({ planned: { caseKey, title, model }, startedAtMs, attempt }) => ({
        caseKey,
        title,
        model,
        attempt,
        waitedMs: now() - startedAtMs,
      }))
      .filter(({ waitedMs }) => waitedMs >= stuckMs)
    onEvent({ event: 'progress', ...this.#tally.progress(), waiting })
  }
}
