import { formatUsd, type CaseResult, type Expected, type RegressionTest } from '@assay/core'

/** What must hold, for people. */
export const expectedText = ({ expected, phases }: Pick<RegressionTest, 'expected' | 'phases'>): string => {
  const whole = partsOf(expected)
  const inPhases = phases.map((phase) => `${phase.name}: ${partsOf(phase.expected).join(', ')}`)
  return [...inPhases, ...whole].join('; ')
}

const partsOf = (expected: Expected): string[] => [
  expected.shouldNotFail === false
    ? 'the request is answered, or refused with a clear error'
    : 'the request is answered',
  ...(expected.minimumFiles === undefined ? [] : [`at least ${expected.minimumFiles} files`]),
  ...(expected.schema ? ['the answer fits its JSON Schema'] : []),
  ...(expected.assertions ?? []).map(({ type, value }) =>
    value === undefined ? type : `${type} ${JSON.stringify(value).slice(0, 200)}`,
  ),
  ...(expected.maxDurationMs === undefined ? [] : [`within ${expected.maxDurationMs} ms`]),
  ...(expected.maxCostUsd === undefined ? [] : [`for at most ${formatUsd(expected.maxCostUsd * 1e9)}`]),
]

const MAX_TEXT = 2_000

/** What came, for people: what failed of it, else what was said. */
export const actualText = (result: CaseResult | undefined): string => {
  if (result === undefined) return 'it was not run'
  const failed = result.verdicts.filter(({ pass }) => !pass).map(({ type, reason }) => `${type}: ${reason}`)
  if (result.status === 'error') return [result.error?.message ?? 'an error', ...failed].join('; ').slice(0, MAX_TEXT)
  return (failed.length > 0 ? failed.join('; ') : (result.response ?? result.reason ?? '')).slice(0, MAX_TEXT)
}
