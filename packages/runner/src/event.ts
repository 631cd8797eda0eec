import type { CaseResult, RunTotals } from '@assay/core'

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
