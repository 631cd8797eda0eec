import { AssayError, getRequest, listRequests } from '@assay/core'
import * as stored from '@assay/store'
import { implement } from '../http/implement.ts'

export const onListRequests = implement(listRequests, ({ inWorkspace }, { query }) =>
  inWorkspace((scope) => stored.listRequests(scope, query)),
)

export const onGetRequest = implement(getRequest, async ({ inWorkspace }, { params: { id } }) => {
  const found = await inWorkspace((scope) => stored.findRequest(scope, id))
  if (found === null) throw new AssayError('resource.not_found', { what: 'request', id })
  return found
})
