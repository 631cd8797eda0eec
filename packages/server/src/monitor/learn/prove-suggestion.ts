import { timestamp, type CaseResult, type RegressionTest, type Suggestion, type SuggestionProof } from '@assay/core'
import type { App } from '../../app.ts'
import { attempt } from '../runs/attempt/attempt.ts'
import { failsAsRecorded } from '../runs/recorded-evidence.ts'

const PASSES = 2

/**
 * Sees a test with the suggested change red on what was recorded, then green twice in a row on the product as it is.
 * Nothing is stored of it and no score moves.
 */
export const proveSuggestion = async (
  app: App,
  parts: { workspaceId: string; test: RegressionTest; suggestion: Suggestion; signal: AbortSignal },
): Promise<SuggestionProof> => {
  const { workspaceId, test, suggestion, signal } = parts
  const at = timestamp(app.now())
  if (suggestion.after.retired) {
    return { isVerified: true, red: 'The older test stays as it is.', green: 'Nothing else is changed.', at }
  }
  const asked = { workspaceId, runId: suggestion.id, test: changedTest(test, suggestion), signal }
  const seen = await failsAsRecorded(app, asked)
  const red = seen === null ? 'It does not fail on what was recorded.' : textOf(seen.result)
  for (let count = 1; count <= PASSES; count++) {
    const { result } = await attempt(app, asked)
    if (result.status === 'passed') continue
    return { isVerified: false, red, green: `Run ${count} of ${PASSES} did not pass: ${textOf(result)}`, at }
  }
  return { isVerified: seen !== null, red, green: `It passed ${PASSES} times in a row.`, at }
}

const changedTest = (test: RegressionTest, { after: { expected, model } }: Suggestion): RegressionTest => ({
  ...test,
  ...(expected && { expected }),
  ...(model === undefined ? {} : { target: { kind: 'model', model } }),
})

const MOST_CHARACTERS = 500

const textOf = ({ status, error, verdicts, reason }: CaseResult): string => {
  const failed = verdicts.filter(({ pass }) => !pass).map((verdict) => `${verdict.type}: ${verdict.reason}`)
  const text = error ? `${error.code}: ${error.message}` : failed.join('; ') || reason || status
  return text.slice(0, MOST_CHARACTERS)
}
