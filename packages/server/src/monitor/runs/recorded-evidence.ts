import { asksNothing, type CaseResult, type Evidence, type RegressionTest } from '@assay/core'
import { newestReplayable } from '@assay/store'
import type { App } from '../../app.ts'
import { askOnce, judgeText } from './attempt/attempt.ts'
import type { Tried } from './execute-test.ts'

type Asked = { workspaceId: string; runId: string; test: RegressionTest; signal: AbortSignal }

/** What a test was seen to fail on, and how. */
export type Seen = { source: Evidence['source']; result: CaseResult }

/**
 * How a test fails on what was recorded: the bad answer itself, or the fault with the protection off; null when it does
 * not. Where the fix is live already, this is the only way to know that the test can fail at all.
 */
export const failsAsRecorded = async (app: App, asked: Asked): Promise<Seen | null> => {
  const seen = await runRecorded(app, asked)
  return seen && isRed(asked.test, seen.result) ? seen : null
}

/**
 * True when a failed test failed as production did: the played fault came through, the same assertions fail as on the
 * recorded answer, or the error falls into the test's own group. What people wrote has no record: any failure is one.
 */
export const isRecordedFailure = async (
  app: App,
  { tried, ...asked }: Asked & { tried: Pick<Tried, 'results' | 'fingerprint'> },
): Promise<boolean> => {
  const { test } = asked
  const newest = tried.results.at(-1)
  if (newest === undefined) return false
  if (test.method === 'inject') return newest.status === 'error' || newest.status === 'failed'
  if (test.origin === 'manual' || test.origin === 'request') return true
  if (newest.status === 'error') return tried.fingerprint === test.expected.fingerprintAbsent
  if (newest.verdicts.some(({ type, pass }) => type === 'fingerprint-absent' && !pass)) return true
  const recorded = await runRecorded(app, asked)
  if (recorded === null || !isRed(test, recorded.result)) return false
  const { verdicts } = recorded.result
  return newest.verdicts.some(({ pass }, place) => !pass && verdicts[place]?.pass === false)
}

const isRed = ({ method }: RegressionTest, { status }: CaseResult): boolean =>
  method === 'inject' ? status === 'error' : status === 'failed'

const runRecorded = async (app: App, asked: Asked): Promise<Seen | null> => {
  const { workspaceId, test } = asked
  if (test.target.kind === 'fault') {
    const { result } = await askOnce(app, { ...asked, isProtected: false })
    return { source: 'unprotected', result }
  }
  if (test.badOutput !== null) return judgeBad(app, asked, { text: test.badOutput, source: 'given_output' })
  const { groupId } = test
  if (groupId === null) return null
  const failure = await app.store.inWorkspace(workspaceId, (scope) => newestReplayable(scope, groupId))
  return failure?.output ? judgeBad(app, asked, { text: failure.output, source: 'recorded_output' }) : null
}

const judgeBad = async (
  app: App,
  asked: Asked,
  { text, source }: { text: string; source: Evidence['source'] },
): Promise<Seen | null> => {
  const last = asked.test.phases.at(-1)
  const target = asksNothing(asked.test.target) ? null : asked.test.target
  if (target === null && last === undefined) return null
  const expected = last ? { ...last.expected, ...asked.test.expected } : asked.test.expected
  const test: RegressionTest = { ...asked.test, phases: [], expected }
  const { result } = await judgeText(app, { ...asked, test }, text)
  return { source, result }
}
