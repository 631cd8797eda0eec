import { AssayError, getRequest, listRequests, type KeptBody, type RequestRecord } from '@assay/core'
import * as stored from '@assay/store'
import type { WorkspaceScope } from '@assay/store'
import { implement } from '../http/implement.ts'

export const onListRequests = implement(listRequests, ({ inWorkspace }, { query }) =>
  inWorkspace((scope) => stored.listRequests(scope, query)),
)

export const onGetRequest = implement(getRequest, ({ inWorkspace }, { params: { id } }) =>
  inWorkspace(async (scope) => {
    const record = await knownRequest(scope, id)
    const { items: feedback } = await stored.listFeedback(scope, { requestId: id, limit: 50 })
    return { ...record, body: await stored.findBody(scope, id), feedback }
  }),
)

/** A request of the workspace, or the answer that an id of nobody and one of somebody else get alike. */
export const knownRequest = async (scope: WorkspaceScope, id: string): Promise<RequestRecord> => {
  const found = await stored.findRequest(scope, id)
  if (found === null) throw new AssayError('resource.not_found', { what: 'request', id })
  return found
}

/** The same with its body, for what can only be done with one. */
export const requestWithBody = async (
  scope: WorkspaceScope,
  id: string,
): Promise<{ record: RequestRecord; body: KeptBody }> => {
  const record = await knownRequest(scope, id)
  const body = await stored.findBody(scope, id)
  if (body === null) throw new AssayError('requests.no_body', { id })
  return { record, body }
}
