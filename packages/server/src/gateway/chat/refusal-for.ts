import type { OutgoingHttpHeaders } from 'node:http'
import { isRateLimited, type Candidate } from '@assay/core'
import { providerHeaders, retryAfterOf } from '../entry/answer.ts'
import { routeHeader } from '../entry/answer-headers.ts'
import { answerOfFault, failedTryOf, type Fault } from '../attempt/fault.ts'
import type { ChatJob } from './chat-job.ts'

/** What a caller is told of a request that failed before anything of an answer was sent. */
export const refusalFor = (
  { record, caller }: Pick<ChatJob, 'record' | 'caller'>,
  fault: Fault,
  tried: { candidate: Candidate; attempts: number },
): { status: number; body: string; headers: OutgoingHttpHeaders } => {
  const { status, body } = answerOfFault(fault, record.id, caller?.dialect)
  const headers = {
    'x-assay-cache': record.cache,
    ...routeHeader({ record, ...tried }),
    ...(isRateLimited(failedTryOf(fault)) ? { 'retry-after': '1' } : undefined),
    ...retryAfterOf(fault.error),
    ...providerHeaders(fault.headers),
  }
  return { status, body, headers }
}
