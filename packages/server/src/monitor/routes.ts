import {
  AssayError,
  getFailure,
  getRegressionTest,
  listExecutions,
  listFailures,
  listRegressionTests,
  sinceMs,
  timestamp,
} from '@assay/core'
import * as stored from '@assay/store'
import { implement } from '../http/implement.ts'

export const onListFailures = implement(listFailures, ({ app, inWorkspace }, { query: { since, ...query } }) =>
  inWorkspace((scope) =>
    stored.listFailures(scope, {
      ...query,
      since: since === undefined ? undefined : timestamp(sinceMs(since, app.now())),
    }),
  ),
)

export const onGetFailure = implement(getFailure, async ({ inWorkspace }, { params: { id } }) =>
  known('failure', id, await inWorkspace((scope) => stored.findFailure(scope, id))),
)

export const onListRegressionTests = implement(listRegressionTests, ({ inWorkspace }, { query }) =>
  inWorkspace((scope) => stored.listRegressionTests(scope, query)),
)

export const onGetRegressionTest = implement(getRegressionTest, async ({ inWorkspace }, { params: { id } }) =>
  known('regression test', id, await inWorkspace((scope) => stored.findRegressionTest(scope, id))),
)

export const onListExecutions = implement(listExecutions, ({ inWorkspace }, { params: { id }, query }) =>
  inWorkspace(async (scope) => {
    known('regression test', id, await stored.findRegressionTest(scope, id))
    return stored.listExecutions(scope, { testId: id, ...query })
  }),
)

/** The found thing, or the answer that an id of nobody and one of somebody else get alike. */
const known = <Found>(what: string, id: string, found: Found | null): Found => {
  if (found === null) throw new AssayError('resource.not_found', { what, id })
  return found
}
