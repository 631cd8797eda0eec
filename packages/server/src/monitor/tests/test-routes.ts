import {
  AssayError,
  getRegressionTest,
  isUnverified,
  listExecutions,
  listRegressionTests,
  quarantineRegressionTest,
  retireRegressionTest,
  untilOf,
  DAY_MS,
  timestamp,
  type Quarantine,
  type RegressionTest,
  type Timestamp,
} from '@assay/core'
import * as stored from '@assay/store'
import { endNewsOfTest } from '../alerts/tell-tests.ts'
import { implement } from '../../http/implement.ts'
import { noteTest, requireTest } from './test-audit.ts'

export const onListRegressionTests = implement(listRegressionTests, ({ inWorkspace }, { query }) =>
  inWorkspace((scope) => stored.listRegressionTests(scope, query)),
)

export const onGetRegressionTest = implement(getRegressionTest, ({ inWorkspace }, { params: { id } }) =>
  inWorkspace((scope) => requireTest(scope, id)),
)

export const onListExecutions = implement(listExecutions, ({ inWorkspace }, { params: { id }, query }) =>
  inWorkspace(async (scope) => {
    await requireTest(scope, id)
    return stored.listExecutions(scope, { testId: id, ...query })
  }),
)

/** A retired test keeps its history and its group, so that no other one is made of it. */
export const onRetireRegressionTest = implement(retireRegressionTest, (exchange, { params: { id } }) =>
  exchange.inWorkspace(async (scope) => {
    const before = await requireTest(scope, id, { forUpdate: true })
    if (before.state === 'retired') return before
    const updatedAt = exchange.app.nowIso()
    const quarantine = endedOf(before.quarantine, updatedAt)
    const after: RegressionTest = {
      ...before,
      state: 'retired',
      stateReason: 'Put away by hand.',
      isActive: false,
      quarantine,
      updatedAt,
    }
    await stored.saveRegressionTest(scope, after)
    await endNewsOfTest(exchange.app, scope, id)
    await noteTest(scope, exchange, { action: 'regression_test.retire', before, after })
    return after
  }),
)

export const onQuarantineRegressionTest = implement(quarantineRegressionTest, (exchange, { params: { id }, body }) =>
  exchange.inWorkspace(async (scope) => {
    const before = await requireTest(scope, id, { forUpdate: true })
    const now = exchange.app.nowIso()
    const after = body.quarantined ? inQuarantine(before, { ...body, now }) : outOfQuarantine(before, now)
    await stored.saveRegressionTest(scope, after)
    if (!body.quarantined) await exchange.app.alerts.resolveIn(scope, { rule: 'test.quarantined', object: id })
    await noteTest(scope, exchange, { action: 'regression_test.quarantine', before, after })
    return after
  }),
)

const inQuarantine = (
  test: RegressionTest,
  { days, reason = 'by hand', now }: { days?: number | undefined; reason?: string | undefined; now: Timestamp },
): RegressionTest => {
  const { name, state } = test
  if (isUnverified(test) || state === 'retired' || state === 'broken')
    throw new AssayError('monitor.test_state', { name, state, wanted: 'put in quarantine' })
  const times = (test.quarantine?.times ?? 0) + 1
  const until = days === undefined ? untilOf(now, times) : timestamp(Date.parse(now) + days * DAY_MS)
  return {
    ...test,
    state: 'flaky',
    stateReason: `In quarantine since ${now}: ${reason}.`,
    quarantine: { since: now, until, reason, by: 'person', times, endedAt: null },
    updatedAt: now,
  }
}

const outOfQuarantine = (test: RegressionTest, now: Timestamp): RegressionTest => {
  const { name, state } = test
  if (state !== 'flaky') throw new AssayError('monitor.test_state', { name, state, wanted: 'taken out of quarantine' })
  return {
    ...test,
    state: 'active',
    stateReason: 'Taken out of quarantine by hand.',
    quarantine: endedOf(test.quarantine, now),
    updatedAt: now,
  }
}

const endedOf = (quarantine: Quarantine | null, now: Timestamp): Quarantine | null =>
  quarantine && { ...quarantine, endedAt: quarantine.endedAt ?? now }
