import type { CaseResult, PlannedCase } from '@assay/core'

/** What tells one result of a run from another. */
export const resultKey = ({ caseKey, model, repeat }: Pick<CaseResult, 'caseKey' | 'model' | 'repeat'>): string =>
  JSON.stringify([caseKey, model, repeat])

/** A case that was not run, and why. */
export const skippedResult = (planned: PlannedCase, reason: string): CaseResult => {
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
