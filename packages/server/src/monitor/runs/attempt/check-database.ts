import type { CaseResult, Verdict } from '@assay/core'
import type { App } from '../../../app.ts'
import type { Attempted, Attempting } from './attempt.ts'

const MOST_TOLD = 20

/** Compares the tables of this service with what its migrations make of an empty database. */
export const checkDatabase = async (
  { store, now }: Pick<App, 'store' | 'now'>,
  { test }: Attempting,
): Promise<Attempted> => {
  const startedAt = now()
  const differences = await store.compareSchema()
  const pass = differences.length === 0
  const more = differences.length > MOST_TOLD ? `; and ${differences.length - MOST_TOLD} more` : ''
  const verdict: Verdict = {
    type: 'schema-of-database',
    pass,
    score: pass ? 1 : 0,
    reason: pass ? 'every table is as the migrations make it' : differences.slice(0, MOST_TOLD).join('; ') + more,
    weight: 1,
  }
  const durationMs = now() - startedAt
  const result: CaseResult = {
    caseKey: test.id,
    title: test.name,
    model: 'database',
    repeat: 1,
    status: pass ? 'passed' : 'failed',
    score: pass ? 1 : 0,
    input: 'the schema of the database',
    response: pass ? 'as the migrations make it' : `${differences.length} differences`,
    error: null,
    verdicts: [verdict],
    latencyMs: durationMs,
    durationMs,
    usage: null,
    costNanoUsd: 0,
  }
  return { result, fingerprint: null, ttftMs: null }
}
