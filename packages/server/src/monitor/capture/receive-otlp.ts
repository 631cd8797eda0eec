import { failuresOfLogs, failuresOfTraces, receiveLogs, receiveTraces, type FailureReport } from '@assay/core'
import { implement, type Exchange } from '../../http/implement.ts'
import { recordBatch } from './report-failure.ts'

export const onReceiveTraces = implement(receiveTraces, async (exchange, { body }) => {
  const { rejected, errorMessage } = await take(exchange, failuresOfTraces(body))
  return { partialSuccess: rejected === 0 ? {} : { rejectedSpans: rejected, errorMessage } }
})

export const onReceiveLogs = implement(receiveLogs, async (exchange, { body }) => {
  const { rejected, errorMessage } = await take(exchange, failuresOfLogs(body))
  return { partialSuccess: rejected === 0 ? {} : { rejectedLogRecords: rejected, errorMessage } }
})

/** Counts what an exporter sent; it learns how many were not taken and why of the first of them. */
const take = async (
  exchange: Exchange,
  failures: readonly FailureReport[],
): Promise<{ rejected: number; errorMessage: string }> => {
  const items = failures.length === 0 ? [] : await recordBatch(exchange, failures)
  const refused = items.flatMap((item) => ('error' in item ? [item.error.message] : []))
  return { rejected: refused.length, errorMessage: refused[0] ?? '' }
}
