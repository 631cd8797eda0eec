import { DAY_MS, getTestMetrics, testMetricsOf, timestamp } from '@assay/core'
import { countTestMetrics } from '@assay/store'
import { implement } from '../../http/implement.ts'

export const onGetTestMetrics = implement(getTestMetrics, ({ app, inWorkspace }, { query: { days } }) =>
  inWorkspace(async (scope) => {
    const now = app.now()
    const from = timestamp(now - days * DAY_MS)
    return testMetricsOf(await countTestMetrics(scope, { from }), { from, to: timestamp(now) })
  }),
)
