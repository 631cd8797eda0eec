import { redactReport, type FailureReport, type FeedbackReply } from '@assay/core'
import { createClient, type ClientOptions } from './client.ts'
import type { ClientError } from './client-error.ts'
import { createOutbox } from './outbox.ts'
import { reportOfError, type FailureContext } from './report-of-error.ts'

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
  /** The same function, whose failures are reported and then thrown on. */
  wrap<Given extends unknown[], Result>(
    work: (...given: Given) => Result,
    context?: FailureContext,
  ): (...given: Given) => Result
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
const LINGER_MS = 1_000
const FLUSH_TIMEOUT_MS = 5_000

/** The SDK: failures of an application, redacted here, buffered, and sent beside its work. */
export const createAssay = ({ environment = 'production', release, redact, ...connection }: AssayOptions): Assay => {
  const client = createClient(connection)
  const outbox = createOutbox<FailureReport>({
    limit: BUFFER_LIMIT,
    lingerMs: LINGER_MS,
    send: async (report, dropped) => {
      try {
        await client.reportFailure({ body: dropped === 0 ? report : withDropped(report, dropped) })
        return 'sent'
      } catch (error) {
        return isWorthAnotherTry(error as ClientError) ? 'again' : 'drop'
      }
    },
  })

  const reportFailure: Assay['reportFailure'] = (error, context = {}) => {
    try {
      const report: FailureReport = {
        at: new Date().toISOString(),
        eventId: globalThis.crypto.randomUUID(),
        ...reportOfError(error, context),
        environment,
        ...(release ? { release } : {}),
      }
      const { value } = redactReport(report)
      outbox.add(redact ? redact(value) : value)
    } catch {
      // A report that cannot be made must not become a second failure of the application.
    }
  }

  return {
    reportFailure,
    wrap:
      (work, context) =>
      (...given) => {
        const report = (error: unknown): never => {
          reportFailure(error, context)
          throw error
        }
        try {
          const result = work(...given)
          return result instanceof Promise ? (result.catch(report) as typeof result) : result
        } catch (error) {
          return report(error)
        }
      },
    feedback: (requestId, { user, ...given }) =>
      client.giveFeedback(
        { body: { requestId, ...given } },
        user === undefined ? {} : { headers: { 'x-assay-user': user } },
      ),
    flush: (timeoutMs = FLUSH_TIMEOUT_MS) => outbox.flush(timeoutMs),
  }
}

/** What was lost while the buffer was full travels with the next report that arrives. */
const withDropped = (report: FailureReport, dropped: number): FailureReport => ({
  ...report,
  context: { ...report.context, droppedReports: dropped },
})

/** A refused report stays refused; a server that is away, busy or broken may take it later. */
const isWorthAnotherTry = ({ status }: ClientError): boolean => !(status >= 400 && status < 500) || status === 429
