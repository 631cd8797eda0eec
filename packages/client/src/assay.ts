import { redactReport, type BatchItem, type FailureReport, type FeedbackReply } from '@assay/core'
import { captureUnhandled } from './capture-unhandled.ts'
import { createClient, type Client, type ClientOptions } from './client.ts'
import type { ClientError } from './client-error.ts'
import { createCollapse } from './collapse.ts'
import { createOutbox, type SendOutcome } from './outbox.ts'
import { fitReport, reportOfError, type FailureContext } from './report-of-error.ts'
import { createWrap, type Wrap } from './wrap.ts'

export type AssayOptions = Pick<ClientOptions, 'url' | 'fetch'> & {
  /** A gateway key with the scope `failures`; `feedback` needs `inference`. */
  key: string
  environment?: FailureReport['environment']
  release?: string
  /** Takes out what only this application knows to be secret; runs after our own redaction. */
  redact?: (report: FailureReport) => FailureReport
}

/** What an application holds to report its failures. */
export type Assay = {
  /** Notes a failure to be sent soon. Never throws and never waits. */
  reportFailure(error: unknown, context?: FailureContext): void
  /** The same function or fetch handler, whose failures are reported and then thrown on. */
  wrap: Wrap
  /** Reports what nobody caught, in Node and in browsers, from now on; answers how to stop. */
  captureUnhandled(): () => void
  /**
   * Says whether an answer was good, by the id in its header `x-assay-request-id`. A voter has one voice for each
   * request, and the last one counts; `user` names the voter, and left out it is whoever asked.
   */
  feedback(requestId: string, given: GivenVote): Promise<FeedbackReply>
  /** Sends what waits; true when all of it arrived. Call it before the process ends. */
  flush(timeoutMs?: number): Promise<boolean>
}

/** A vote or a rating of 1 to 5, with what one has to say about it. */
export type GivenVote = ({ vote: 'up' | 'down' } | { rating: number }) & { comment?: string; user?: string }

const BUFFER_LIMIT = 100
const BATCH_SIZE = 20
const LINGER_MS = 1_000
const FLUSH_TIMEOUT_MS = 5_000

/** The SDK: failures of an application, redacted here, buffered, and sent in batches beside its work. */
export const createAssay = ({ environment = 'production', release, redact, ...connection }: AssayOptions): Assay => {
  const client = createClient(connection)
  const outbox = createOutbox<FailureReport>({
    limit: BUFFER_LIMIT,
    batchSize: BATCH_SIZE,
    lingerMs: LINGER_MS,
    send: (reports, dropped) => sendBatch(client, dropped === 0 ? reports : withDropped(reports, dropped)),
  })
  const collapse = createCollapse((report) => outbox.add(report))

  const reportFailure: Assay['reportFailure'] = (error, context = {}) => {
    try {
      const report: FailureReport = {
        at: new Date().toISOString(),
        eventId: globalThis.crypto.randomUUID(),
        ...reportOfError(error, context),
        environment,
        ...(release ? { release } : {}),
      }
      const fitting = fitReport(redactReport(report).value)
      collapse.add(redact ? redact(fitting) : fitting)
    } catch {
      // A report that cannot be made must not become a second failure of the application.
    }
  }

  const flush: Assay['flush'] = (timeoutMs = FLUSH_TIMEOUT_MS) => {
    collapse.release()
    return outbox.flush(timeoutMs)
  }

  return {
    reportFailure,
    wrap: createWrap(reportFailure),
    captureUnhandled: () => captureUnhandled({ reportFailure, flush }),
    feedback: (requestId, { user, ...given }) =>
      client.giveFeedback(
        { body: { requestId, ...given } },
        user === undefined ? {} : { headers: { 'x-assay-user': user } },
      ),
    flush,
  }
}

/** One call for all; a batch that is too large for the server goes in halves. */
const sendBatch = async (
  client: Pick<Client, 'reportFailures'>,
  failures: readonly FailureReport[],
): Promise<SendOutcome[]> => {
  try {
    const { items } = await client.reportFailures({ body: { failures: [...failures] } })
    return items.map(outcomeOf)
  } catch (error) {
    const { status } = error as ClientError
    if (status !== 413 || failures.length === 1) return failures.map(() => outcomeOf({ status }))
    const middle = Math.ceil(failures.length / 2)
    const first = await sendBatch(client, failures.slice(0, middle))
    return [...first, ...(await sendBatch(client, failures.slice(middle)))]
  }
}

/** What was lost while the buffer was full travels with the next batch that arrives. */
const withDropped = ([first, ...rest]: readonly FailureReport[], dropped: number): FailureReport[] =>
  first ? [{ ...first, context: { ...first.context, droppedReports: dropped } }, ...rest] : []

/** A refused report stays refused; a server that is away, busy or broken may take it later. */
const outcomeOf = ({ status }: Pick<BatchItem, 'status'>): SendOutcome => {
  if (status >= 200 && status < 300) return 'sent'
  return status >= 400 && status < 500 && status !== 429 ? 'drop' : 'again'
}
