import type { CaseResult, RepeatsSummary, RunTotals } from '@assay/core'

/** A case that has been going on for long. */
export type WaitingCase = { caseKey: string; title: string; model: string; attempt: number; waitedMs: number }

/** What a run ended with, in all and for each model. */
export type RunSummary = {
  status: 'completed' | 'interrupted'
  totals: RunTotals
  models: ({ model: string } & RunTotals)[]
  /** Results with an answer of a model; with none at all the models were never reached. */
  answered: number
  /** How often each error code ended a case. */
  errors: Record<string, number>
  /** Why the run ended before its end: `limit.max_cost` and its like. */
  stopped: string | null
  /** Nothing failed that counts: quarantined cases do not, and repeats count by what they decide together. */
  isPass: boolean
  /** Repeats that were not made because the case was decided. */
  savedRepeats: number
  /** Results of an earlier part of the run, read from its journal. */
  resumed: number
  /** What was paid in this run: answers out of the cache cost nothing. */
  spentNanoUsd: number
  /** The pass rate of each case that ran more than once. */
  repeats: ({ caseKey: string; title: string; model: string } & RepeatsSummary)[]
  slowest: { title: string; model: string; durationMs: number } | null
  startedAt: string
  finishedAt: string
}

/** What a run tells while it goes on: the lines of `assay test --json`. Results are told here and kept nowhere. */
export type RunEvent =
  | { event: 'run.started'; name: string; models: string[]; total: number; startedAt: string }
  | ({ event: 'result' } & CaseResult)
  | {
      event: 'progress'
      done: number
      total: number
      passed: number
      failed: number
      error: number
      costNanoUsd: number
      waiting: WaitingCase[]
    }
  | ({ event: 'run.finished' } & RunSummary)
