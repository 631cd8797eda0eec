import {
  AssayError,
  costOf,
  getRequest,
  listRequests,
  priceOf,
  pricesOn,
  scoreComplexity,
  type KeptBody,
  type PriceRow,
  type RequestDetail,
  type RequestRecord,
} from '@assay/core'
import * as stored from '@assay/store'
import type { WorkspaceScope } from '@assay/store'
import { implement } from '../http/implement.ts'

export const onListRequests = implement(listRequests, ({ inWorkspace }, { query }) =>
  inWorkspace((scope) => stored.listRequests(scope, query)),
)

export const onGetRequest = implement(getRequest, async ({ app, member, inWorkspace }, { params: { id } }) => {
  const { prices } = await app.priceBook.of(member().workspaceId)
  return inWorkspace(async (scope) => {
    const record = await knownRequest(scope, id)
    const body = await stored.findBody(scope, id)
    const { items: feedback } = await stored.listFeedback(scope, { requestId: id, limit: 50 })
    const today = pricesOn(app.nowIso().slice(0, 10), prices)
    return { ...record, rejected: pricedRejections(record, today), contributions: whyOf(record, body), body, feedback }
  })
})

const pricedRejections = (record: RequestRecord, prices: readonly PriceRow[]): RequestDetail['rejected'] =>
  record.rejected.map((rejected) => {
    const row = priceOf(rejected.provider, rejected.model, prices)
    return { ...rejected, costNanoUsd: row && costOf(record, row) }
  })

/** The score is told again from what is kept of the prompt; by a header or another kind of call it was not told at all. */
const whyOf = ({ score }: RequestRecord, body: KeptBody | null): RequestDetail['contributions'] =>
  body === null || score === null
    ? null
    : scoreComplexity(body.request).contributions.toSorted((one, other) => other.points - one.points)

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
