import { AssayError, getFailure, listFailures, sinceMs, timestamp } from '@assay/core'
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

/** The found thing, or the answer that an id of nobody and one of somebody else get alike. */
const known = <Found>(what: string, id: string, found: Found | null): Found => {
  if (found === null) throw new AssayError('resource.not_found', { what, id })
  return found
}
