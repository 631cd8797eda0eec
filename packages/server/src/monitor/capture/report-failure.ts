import {
  AssayError,
  FailureReport,
  issuesOf,
  reportFailure,
  reportFailures,
  type BatchItem,
  type FailureReceipt,
} from '@assay/core'
import type { App } from '../../app.ts'
import type { Member } from '../../http/caller.ts'
import { implement, type Exchange } from '../../http/implement.ts'
import { asAssayError, problemOf } from '../../http/problem.ts'
import { EVENTS_PER_SECOND, type ReportLimits } from './report-limits.ts'

export const onReportFailure = implement(reportFailure, async ({ app, member, setStatus }, { body }) => {
  const caller = member()
  const { granted, retryAfterSeconds } = take(app.reports.limits, caller, 1)
  if (granted < 1) throw tooMany(retryAfterSeconds)
  const receipt = await app.reports.record(caller.workspaceId, body)
  if (receipt.duplicate) setStatus(200)
  return receipt
})

export const onReportFailures = implement(reportFailures, async (exchange, { body }) => ({
  items: await recordBatch(exchange, body.failures),
}))

/** Each report is judged for itself; what is over the key's limit is refused in its place, or all where nothing is left. */
export const recordBatch = async (
  { app, member, requestId }: Exchange,
  failures: readonly unknown[],
): Promise<BatchItem[]> => {
  const caller = member()
  const { granted, retryAfterSeconds } = take(app.reports.limits, caller, failures.length)
  if (granted === 0) throw tooMany(retryAfterSeconds)
  return Promise.all(
    failures.map(async (given, index): Promise<BatchItem> => {
      try {
        if (index >= granted) throw tooMany(retryAfterSeconds)
        return answered(await recordOne(app, caller.workspaceId, { given, index }))
      } catch (error) {
        const problem = asAssayError(error, { log: app.log, requestId })
        const { requestId: _, ...said } = problemOf(problem, requestId).error
        return { status: problem.status, error: said }
      }
    }),
  )
}

const recordOne = async (
  app: Pick<App, 'reports'>,
  workspaceId: string,
  { given, index }: { given: unknown; index: number },
): Promise<FailureReceipt> => {
  const parsed = FailureReport.safeParse(given)
  if (!parsed.success) {
    throw new AssayError('input.invalid', { what: `failures[${index}]`, issues: issuesOf(parsed.error) })
  }
  return app.reports.record(workspaceId, parsed.data)
}

const answered = (receipt: FailureReceipt): BatchItem => ({ status: receipt.duplicate ? 200 : 201, ...receipt })

/** A key has its limit; who sits at the machine has none. */
const take = (limits: ReportLimits, caller: Member, wanted: number): ReturnType<ReportLimits['take']> =>
  caller.kind === 'key'
    ? limits.take(caller.keyId ?? `operator of ${caller.workspaceId}`, wanted)
    : { granted: wanted, retryAfterSeconds: 0 }

const tooMany = (retryAfterSeconds: number): AssayError<'http.rate_limited'> =>
  new AssayError('http.rate_limited', {
    what: 'failures a second were reported with this key',
    limit: EVENTS_PER_SECOND,
    retryAfterSeconds,
  })
