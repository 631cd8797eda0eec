import {
  getTestTrend,
  percentilesOf,
  slowdowns,
  speedChange,
  targetText,
  testAlert,
  type RegressionTest,
  type Run,
  type TestTrend,
} from '@assay/core'
import { listTrendExecutions, type TrendExecution } from '@assay/store'
import type { App } from '../../app.ts'
import { implement } from '../../http/implement.ts'
import { requireTest } from '../tests/test-audit.ts'

export const onGetTestTrend = implement(getTestTrend, ({ inWorkspace }, { params: { id } }) =>
  inWorkspace(async (scope) => {
    const { target } = await requireTest(scope, id)
    const executions = await listTrendExecutions(scope, { testId: id })
    const versions = Map.groupBy(executions, ({ version }) => version)
    const items = [...versions].toSorted(([one], [other]) => other - one)
    return { items: items.map(([version, own]) => trendOf(own, { version, target: targetText(target) })) }
  }),
)

const trendOf = (
  executions: readonly TrendExecution[],
  { version, target }: Pick<TestTrend, 'version' | 'target'>,
): TestTrend => {
  const slower = new Set(slowdowns(executions))
  let hasPassed = false
  return {
    version,
    target,
    executions: executions.length,
    figures: percentilesOf(executions),
    speed: speedChange(executions),
    points: executions.map(({ id, at, outcome, durationMs, ttftMs, costNanoUsd }, place) => {
      const isRegression = outcome === 'fail' && hasPassed
      if (outcome === 'pass' || outcome === 'flaky') hasPassed = true
      if (outcome === 'fail') hasPassed = false
      return { id, at, outcome, durationMs, ttftMs, costNanoUsd, isSlowdown: slower.has(place), isRegression }
    }),
  }
}

/** Tells people when a test has become slower on its present version, and when it is fast again. */
export const watchSpeed = (
  { store, alerts }: Pick<App, 'store' | 'alerts'>,
  { workspaceId, test, run }: { workspaceId: string; test: RegressionTest; run: Pick<Run, 'environment'> },
): Promise<void> =>
  store.inWorkspace(workspaceId, async (scope) => {
    const { id, version } = test
    const change = speedChange(await listTrendExecutions(scope, { testId: id, version }))
    if (change === null) return
    if (!change.isSlower) return void (await alerts.resolveIn(scope, { rule: 'speed.dropped', object: id }))
    const { before, after, p } = change
    await alerts.raiseIn(
      scope,
      testAlert('speed.dropped', test, { environment: run.environment, beforeMs: before, afterMs: after, p }),
    )
  })
