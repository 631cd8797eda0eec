import { CaseResult } from '@assay/core'

/** What a model server says of itself need not be storable, such as a number of tokens beyond any integer. */
export const storableResult = (result: CaseResult): CaseResult => {
  const parsed = CaseResult.safeParse(result)
  if (parsed.success) return parsed.data
  const where = [...new Set(parsed.error.issues.map(({ path }) => path.join('.')))].join(', ')
  const { caseKey, title, model, repeat, input, durationMs } = result
  return {
    caseKey,
    title,
    model,
    repeat,
    input,
    durationMs,
    status: 'error',
    score: 0,
    error: { code: 'internal.unexpected', message: `The result cannot be kept: ${where} is out of range.` },
    response: null,
    verdicts: [],
    latencyMs: null,
    usage: null,
    costNanoUsd: null,
  }
}
