import type { CaseResult, Comparison } from '@assay/core'
import type { RunEvent, RunSummary } from '../event.ts'

/** How a run began, as reports need it. */
export type RunBegan = RunEvent & { event: 'run.started' }

/** How a run ended: its sums, its name among runs, and how it compares with its baseline. */
export type RunEnded = RunSummary & { runId: string; comparison?: (Comparison & { baseline: string }) | undefined }

/** What is told of a run while it goes on. */
export type RunListener = {
  start?(began: RunBegan): void
  result?(result: CaseResult): void
  end?(ended: RunEnded): void | Promise<void>
  /** Takes away what was begun, after a run that never ended. */
  discard?(): void
}

/** A kind of report, written in pieces while the run goes on. */
export type Format = {
  start(began: RunBegan): string
  result(result: CaseResult): string
  end(ended: RunEnded): string
  /** What stands first and is known last: it takes the place of as many bytes that `start` began with. */
  head?(ended: RunEnded): string
}
