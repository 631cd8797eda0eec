import { join } from 'node:path'
import type { CaseResult } from '@assay/core'
import type { StoredJudgement, StoredTurn } from '@assay/runner'
import { usageError } from '../../terminal/usage-error.ts'
import type { TestOptions } from './options.ts'

/** A run that is gone on with, or whose answers are held to other assertions. */
export type EarlierRun =
  | ({ kind: 'resume'; done: Map<string, CaseResult> } & Earlier)
  | ({ kind: 'rescore'; turns: Map<string, readonly StoredTurn[]> } & Earlier)

type Earlier = { runId: string; judged: Map<string, StoredJudgement> }

/** The run that `--resume` or `--rescore` means, read from its journal; null when neither is given. */
export const earlierRun = async ({
  folder,
  planHash,
  options,
  models,
}: {
  folder: string
  planHash: string
  models: readonly string[]
  options: TestOptions
}): Promise<EarlierRun | null> => {
  const named = options.resume ?? options.rescore
  if (named === undefined) {
    if (!options.retryErrors && !options.retryFailed) return null
    throw usageError('--retry-errors and --retry-failed belong to --resume.', 'Add --resume, or leave them out.')
  }
  if (options.resume !== undefined && options.rescore !== undefined) {
    throw usageError('--resume and --rescore exclude each other.', 'Name one of them.')
  }
  const [{ AssayError }, runner] = await Promise.all([import('@assay/core'), import('@assay/runner')])
  const runs = join(folder, 'runs')
  const runId = named === true ? (await runner.runIds(runs)).at(-1) : named
  if (runId === undefined) throw new AssayError('suite.run_unknown', { runId: '(the newest)', known: [] })
  const head = await runner.readHead(runs, runId)
  const judged = new Map<string, StoredJudgement>()
  if (options.rescore !== undefined) {
    const turns = new Map<string, readonly StoredTurn[]>()
    for await (const { result, turns: said, judged: heard = [] } of runner.readEntries(runs, runId)) {
      for (const one of heard) judged.set(one.key, one)
      if (said.length > 0) turns.set(runner.resultKey(result), said)
    }
    return { kind: 'rescore', runId, turns, judged }
  }
  if (head.planHash !== planHash) {
    const [then, now] = [head.models.join(', '), models.join(', ')]
    const differs = then === now ? 'the suite or the options of the run' : `the models (${then} then, ${now} now)`
    throw new AssayError('suite.other_run', { runId, differs: [differs] })
  }
  const done = new Map<string, CaseResult>()
  for await (const { result, judged: heard = [] } of runner.readEntries(runs, runId)) {
    for (const one of heard) judged.set(one.key, one)
    const isAgain =
      result.status === 'skipped' ||
      ((result.status === 'error' || result.status === 'unscored') && (options.retryErrors ?? options.retryFailed)) ||
      (result.status === 'failed' && options.retryFailed)
    if (isAgain) done.delete(runner.resultKey(result))
    else done.set(runner.resultKey(result), result)
  }
  return { kind: 'resume', runId, done, judged }
}
