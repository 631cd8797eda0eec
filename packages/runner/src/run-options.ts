import type { CaseFilter, CaseResult, Complete, Dialect, PlannedCase, Sandbox } from '@assay/core'
import type { RunEvent } from './event.ts'
import type { StoredJudgement, StoredTurn } from './journal.ts'
import type { JudgeDefaults } from './judge/panel.ts'
import type { Call, RetryOptions } from './retry.ts'
import type { RunCache } from './run-cache.ts'
import type { RunLimits } from './stops.ts'
import type { Target } from './target.ts'

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
  record?: ((result: CaseResult, turns: readonly StoredTurn[], judged: readonly StoredJudgement[]) => void) | undefined
  /** The models that judge where the suite names none; without any, what needs one stays unscored. */
  judges?: JudgeDefaults | undefined
  /** The way to the judges, where it is another than that to the models. */
  askJudge?: Complete | undefined
  /** Says of a case that is written down as quarantined whether it still is; by its day alone when left out. */
  quarantine?: { holds(planned: PlannedCase): boolean } | undefined
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
