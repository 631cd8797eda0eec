import { AssayError, getRun, listRunResults, listRuns } from '@assay/core'
import * as stored from '@assay/store'
import { implement } from '../http/implement.ts'

export const onListRuns = implement(listRuns, ({ inWorkspace }, { query }) =>
  inWorkspace((scope) => stored.listRuns(scope, query)),
)

export const onGetRun = implement(getRun, ({ inWorkspace }, { params: { id } }) =>
  inWorkspace((scope) => requireRun(scope, id)),
)

export const onListRunResults = implement(listRunResults, ({ inWorkspace }, { params: { id }, query }) =>
  inWorkspace(async (scope) => {
    await requireRun(scope, id)
    return stored.listRunResults(scope, { runId: id, ...query })
  }),
)

const requireRun = async (scope: stored.WorkspaceScope, id: string) => {
  const run = await stored.findRun(scope, id)
  if (run === null) throw new AssayError('resource.not_found', { what: 'run', id })
  return run
}
