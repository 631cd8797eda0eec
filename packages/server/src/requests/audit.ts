import { listAudit } from '@assay/core'
import * as stored from '@assay/store'
import { implement } from '../http/implement.ts'

export const onListAudit = implement(listAudit, ({ inWorkspace }, { query }) =>
  inWorkspace((scope) => stored.listAudit(scope, query)),
)
