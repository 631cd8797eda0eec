import { z } from 'zod'
import { Timestamp } from '../clock.ts'
import { contract } from '../contract.ts'
import { IdParams, PageQuery, pageOf } from '../page.ts'
import { RequestRecord, requestStatuses } from './request.ts'

export const listRequests = contract({
  method: 'get',
  path: '/api/v1/requests',
  access: { who: 'person', role: 'viewer', scope: 'read' },
  summary: 'The request log, newest first',
  query: PageQuery.extend({
    status: z.enum(requestStatuses).optional(),
    model: z.string().max(256).optional().describe('Exact requested or answering model.'),
    provider: z.string().max(64).optional(),
    text: z.string().max(200).optional().describe('Part of the prompt preview.'),
    since: Timestamp.optional(),
  }),
  reply: pageOf(RequestRecord),
})

export const getRequest = contract({
  method: 'get',
  path: '/api/v1/requests/{id}',
  access: { who: 'person', role: 'viewer', scope: 'read' },
  summary: 'One request with its attempts and cost',
  params: IdParams,
  reply: RequestRecord,
})
