import { setTimeout as delay } from 'node:timers/promises'
import type { Client } from '@assay/client'
import type { Execution, RegressionTest, Run } from '@assay/core'

/** Which regression tests to run, and what the run is for. */
export type Selection = Parameters<Client['runRegressionTests']>[0]['body']

/** One test after a run; without an execution the run ended before its turn. */
export type Tested = { test: RegressionTest; execution: Execution | undefined }

/** How far a run has come; of more than 200 tests, the newest 200 results are seen. */
export type Progress = { status: Run['status']; done: number }

const POLL_MS = 100
const ENDED: ReadonlySet<Run['status']> = new Set(['completed', 'failed', 'cancelled'])

/** Waits for the end of a run, telling how it stands while that changes. */
export const waitForRun = async (
  client: Client,
  runId: string,
  onChange: (progress: Progress) => void,
  signal?: AbortSignal,
): Promise<Run> => {
  const params = { id: runId }
  for (let last = ''; ; await delay(POLL_MS)) {
    signal?.throwIfAborted()
    const run = await client.getRun({ params })
    const { items } = await client.listRunResults({ params, query: { limit: 200 } })
    const progress = { status: run.status, done: new Set(items.map(({ caseKey }) => caseKey)).size }
    const now = JSON.stringify(progress)
    if (now !== last) onChange(progress)
    if (ENDED.has(run.status)) return run
    last = now
  }
}

const FOLLOW_MS = 250

/** Waits for the end of the run of a suite, telling how it stands while that changes. */
export const followRun = async (client: Client, id: string, onChange: (run: Run) => void): Promise<Run> => {
  for (let last = ''; ; await delay(FOLLOW_MS)) {
    const run = await client.getRun({ params: { id } })
    const now = `${run.status} ${run.totals?.total ?? 0}`
    if (now !== last) onChange(run)
    if (ENDED.has(run.status)) return run
    last = now
  }
}

/** The tests a selection means, each with its execution in the given run. */
export const testsOfRun = async (client: Client, runId: string, selection: Selection): Promise<Tested[]> => {
  const tests = await selectedTests(client, selection)
  return Promise.all(
    tests.map(async (test) => {
      const { items } = await client.listExecutions({ params: { id: test.id }, query: { limit: 20 } })
      return { test, execution: items.find((execution) => execution.runId === runId) }
    }),
  )
}

const selectedTests = async (client: Client, { testId, tag, groupId }: Selection): Promise<RegressionTest[]> => {
  if (testId) return [await client.getRegressionTest({ params: { id: testId } })]
  const tests: RegressionTest[] = []
  let cursor: string | null = null
  do {
    const page: Awaited<ReturnType<Client['listRegressionTests']>> = await client.listRegressionTests({
      query: {
        limit: 200,
        ...(tag ? { tag } : {}),
        ...(groupId ? { group: groupId } : {}),
        ...(cursor === null ? {} : { cursor }),
      },
    })
    tests.push(...page.items)
    cursor = page.nextCursor
  } while (cursor !== null)
  return tests.filter(({ state, isActive }) => state !== 'retired' && isActive)
}
