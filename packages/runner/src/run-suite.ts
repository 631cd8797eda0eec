import { hash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  countPlanned,
  expandSuite,
  type CaseResult,
  timestamp,
  type CaseFilter,
  type Complete,
  type Dialect,
  type PlannedCase,
  type Sandbox,
  type Suite,
} from '@assay/core'
import type { RunEvent, RunSummary } from './event.ts'
import { createLane, type Lane } from './lane.ts'
import { createRepeatGroups } from './repeat-groups.ts'
import { createStops, type RunLimits } from './stops.ts'
import { createTally } from './tally.ts'
import { withRetry, type Call, type RetryOptions } from './retry.ts'
import { runCase } from './run-case.ts'
import { modelTarget, type Target } from './target.ts'
import type { StoredTurn } from './journal.ts'
import type { RunCache } from './run-cache.ts'

/** What a suite is run with. */
export type RunOptions = {
  models: readonly string[]
  complete: Complete
  /** What cases are run against, given the way to the models; a model that is asked once a turn when left out. */
  targetOf?: ((complete: Complete, planned: PlannedCase, again: Again) => Target) | undefined
  sandbox: Sandbox
  /** Stops the run: calls in flight get `graceMs` to end. */
  signal: AbortSignal
  now: () => number
  onEvent: (event: RunEvent) => void
  concurrency?: number | undefined
  retries?: number | undefined
  repeat?: number | undefined
  dialect?: Dialect
  filter?: CaseFilter
  /** Values that templates see as `env.NAME`. */
  environment?: Readonly<Record<string, string>> | undefined
  /** Why a case cannot be run here, by what it requires; null when it can. */
  missing?: ((planned: PlannedCase) => string | null) | undefined
  /** Overrides when the repeats of a case stop, as `2/3`. */
  passAt?: string | undefined
  /** What the run may use up in all; the rest is skipped. */
  stops?: RunLimits | undefined
  /** Answers of earlier runs. */
  cache?: RunCache | undefined
  /** Results that an earlier part of this run came to: they count, and their cases are not run again. */
  done?: ReadonlyMap<string, CaseResult> | undefined
  /** Keeps each result with what was said, before it is told. */
  record?: ((result: CaseResult, turns: readonly StoredTurn[]) => void) | undefined
  /** Goes on with the other cases when one of the smoke cases failed. */
  keepGoing?: boolean | undefined
  graceMs?: number
  progressMs?: number
  stuckMs?: number
  random?: () => number
  sleep?: RetryOptions['sleep']
}

/** The same call, made again after errors that pass, and seen by what limits how much is asked at once. */
export type Again = <Request, Reply>(next: Call<Request, Reply>) => Call<Request, Reply>

/**
 * Runs every case of a suite on every model. Results are handed to `onEvent` in the order in which they come, and not
 * kept: a run of a million needs the memory of one in flight.
 */
export const runSuite = (suite: Suite, options: RunOptions): Promise<RunSummary> => new SuiteRun(suite, options).start()

/** One model's part of the run: what is left of it and how many calls it stands at once. */
type Track = {
  model: string
  cases: Iterator<PlannedCase>
  /** Taken from the cases and not yet started. */
  next: PlannedCase | null
  lane: Lane
  active: number
  isDone: boolean
}

type Running = { planned: PlannedCase; startedAtMs: number; attempt: number }

class SuiteRun {
  readonly #options: RunOptions
  readonly #concurrency: number
  readonly #tracks: Track[]
  readonly #running = new Set<Running>()
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
    this.#tracks = models.map((model) => ({
      model,
      cases: expandSuite(suite, { ...expansion, models: [model] }),
      next: null,
      lane: createLane({ ceiling: this.#concurrency, now }),
      active: 0,
      isDone: false,
    }))
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
    const isAll = this.#isStopping || this.#tracks.every(({ isDone }) => isDone)
    if (isAll && this.#running.size === 0) this.#finish()
  }

  #startNext(track: Track): boolean {
    if (track.isDone || track.active >= track.lane.limit) return false
    const waitMs = track.lane.closedUntilMs - this.#options.now()
    if (waitMs > 0) {
      this.#wakeUp ??= setTimeout(() => {
        this.#wakeUp = null
        this.#pump()
      }, waitMs)
      return false
    }
    const planned = this.#peek(track)
    if (planned === null) return false
    if (planned.kind !== 'smoke' && this.#isSmokeOpen()) return false
    const known = this.#options.done?.get(resultKey(planned))
    if (known) return this.#takeOver(track, planned, known)
    const reason = this.#skipped(planned)
    if (reason !== null) {
      track.next = null
      this.#tell(planned, skippedResult(planned, reason), [])
      return true
    }
    const turn = this.#groups.next(planned)
    if (turn === 'wait') return false
    track.next = null
    if (turn === 'saved') return true
    track.active++
    this.#run(track, planned).catch((error: unknown) => this.#breakOff(error))
    return true
  }

  #peek(track: Track): PlannedCase | null {
    if (track.next) return track.next
    const next = track.cases.next()
    if (next.done) {
      track.isDone = true
      return null
    }
    return (track.next = next.value)
  }

  /** Smoke cases are begun, or still to come: what follows waits for what they say. */
  #isSmokeOpen(): boolean {
    if (this.#isSmokeOver) return false
    for (const track of this.#tracks) if (!track.isDone && this.#peek(track)?.kind === 'smoke') return true
    for (const { planned } of this.#running) if (planned.kind === 'smoke') return true
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
    track.next = null
    this.#resumed++
    this.#count(planned, known)
    this.#tally.add(known)
    return true
  }

  #tell(planned: PlannedCase, result: CaseResult, turns: readonly StoredTurn[]): void {
    this.#options.record?.(result, turns)
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
    const { complete, cache, sandbox, now, dialect = 'assay', retries = 3, random = Math.random } = this.#options
    const running: Running = { planned, startedAtMs: now(), attempt: 1 }
    let attemptStartedAtMs = running.startedAtMs
    this.#running.add(running)
    const cached = cache ? cache.around(complete, planned.repeat) : complete
    const again: Again = (next) =>
      withRetry(next, {
        retries,
        random,
        sleep: this.#options.sleep ?? sleepUntil,
        onAttempt: (attempt) => {
          running.attempt = attempt
          attemptStartedAtMs = now()
        },
        onFailure: ({ isOverload, retryAfterMs }) => {
          if (isOverload) track.lane.onOverload({ startedAtMs: attemptStartedAtMs, retryAfterMs })
        },
      })
    const { targetOf = modelTarget } = this.#options
    const signal = this.#inner.signal
    const turns: StoredTurn[] = []
    const target = targetOf(again(cached), planned, again)
    const result = await runCase(planned, { target, sandbox, dialect, now, signal, turns })
    if (isQuarantined(planned, now())) result.quarantined = true
    if (running.attempt > 1) result.attempts = running.attempt
    this.#running.delete(running)
    track.active--
    if (result.response !== null) track.lane.onSuccess()
    const isBad = result.status === 'failed' || result.status === 'error'
    if (planned.kind === 'smoke' && isBad && !result.quarantined && !this.#options.keepGoing) this.#isSmokeFailed = true
    if (!signal.aborted || result.response !== null) this.#tell(planned, result, turns)
    this.#pump()
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

/** What tells one result of a run from another. */
export const resultKey = ({ caseKey, model, repeat }: Pick<CaseResult, 'caseKey' | 'model' | 'repeat'>): string =>
  JSON.stringify([caseKey, model, repeat])

const isQuarantined = ({ quarantine }: PlannedCase, now: number): boolean =>
  quarantine !== undefined && now < Date.parse(quarantine.until)

/** A case that was not run, and why. */
const skippedResult = (planned: PlannedCase, reason: string): CaseResult => {
  const { caseKey, title, model, repeat, input, kind, tags, assertHash } = planned
  return {
    caseKey,
    title,
    model,
    repeat,
    input,
    kind,
    ...(tags.length > 0 && { tags }),
    assertHash,
    status: 'skipped',
    reason,
    score: 0,
    error: null,
    response: null,
    verdicts: [],
    latencyMs: null,
    durationMs: 0,
    usage: null,
    costNanoUsd: null,
  }
}

const sleepUntil: RetryOptions['sleep'] = async (milliseconds, signal) => {
  await sleep(milliseconds, undefined, { signal })
}
