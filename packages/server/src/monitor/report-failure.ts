import {
  AssayError,
  diagnose,
  planRegressionTest,
  redactReport,
  reportFailure,
  timestamp,
  type Diagnosis,
  type Failure,
  type FailureGroup,
  type FailureReceipt,
  type FailureReport,
  type RegressionTest,
} from '@assay/core'
import * as stored from '@assay/store'
import type { App } from '../app.ts'
import { implement } from '../http/implement.ts'

/** At how many occurrences a group gets its test. */
const THRESHOLD = 3
const MAX_CONTEXT_BYTES = 32_768
const MAX_REQUEST_BYTES = 262_144

export const onReportFailure = implement(reportFailure, async ({ app, member, setStatus }, { body }) => {
  const receipt = await recordReport(app, member().workspaceId, body)
  if (receipt.duplicate) setStatus(200)
  return receipt
})

/** What recording needs of the application. */
export type Recording = Pick<App, 'store' | 'vault' | 'events' | 'now' | 'createId'>

/**
 * A failure comes in: what must not be kept is taken out, the rules say what it is, and one transaction counts it
 * into its group and, at the threshold, makes the test. A kill leaves both or neither.
 */
export const recordReport = async (
  app: Recording,
  workspaceId: string,
  given: FailureReport,
): Promise<FailureReceipt> => {
  refuseTooLarge(given)
  const { value: report, redactions } = redactReport(given)
  const diagnosis = diagnose(report)
  const userHash = given.userId === undefined ? null : await app.vault.digest(workspaceId, 'user id', given.userId)
  const failure = failureOf(app, { report, diagnosis, redactions })
  const receipt = await app.store.inWorkspace(workspaceId, async (scope) => {
    const { failureId, group, duplicate } = await stored.recordFailure(scope, {
      failure,
      diagnosis,
      eventKey: eventKeyOf(given, diagnosis),
      userHash,
      threshold: THRESHOLD,
    })
    const test = duplicate ? null : await createDueTest(app, scope, group)
    return test
      ? receiptOf({ failureId, duplicate, test, group: { ...group, testId: test.id, testStatus: 'created' } })
      : receiptOf({ failureId, duplicate, group, test: await testOf(scope, group) })
  })
  announce(app, workspaceId, receipt, given.count)
  return receipt
}

/** Makes the test of a group that has just reached its threshold; the group's row is locked by the count. */
const createDueTest = async (
  app: Recording,
  scope: stored.WorkspaceScope,
  group: FailureGroup,
): Promise<RegressionTest | null> => {
  if (group.occurrences < group.threshold || group.testId !== null) return null
  const failure = await stored.newestReplayable(scope, group.id)
  const plan = planRegressionTest({ group, failure, id: app.createId(), now: timestamp(app.now()) })
  if (plan.kind === 'test') return stored.createRegressionTest(scope, { ...plan.test, groupId: group.id })
  if (group.testStatus !== plan.kind) {
    await stored.setTestStatus(scope, { groupId: group.id, testStatus: plan.kind })
  }
  return null
}

const testOf = async (scope: stored.WorkspaceScope, { testId }: FailureGroup): Promise<RegressionTest | null> =>
  testId === null ? null : stored.findRegressionTest(scope, testId)

const receiptOf = (parts: {
  failureId: string
  duplicate: boolean
  group: FailureGroup
  test: RegressionTest | null
}): FailureReceipt => ({
  failure: { id: parts.failureId },
  group: parts.group,
  regressionTest: parts.test,
  duplicate: parts.duplicate,
})

const failureOf = (
  app: Recording,
  parts: { report: FailureReport; diagnosis: Diagnosis; redactions: Record<string, number> },
): Omit<Failure, 'groupId'> => {
  const { report, diagnosis, redactions } = parts
  const receivedAt = timestamp(app.now())
  return {
    id: app.createId(),
    at: report.at ?? receivedAt,
    receivedAt,
    name: report.name ?? null,
    message: report.message,
    stack: report.stack ?? null,
    httpStatus: report.httpStatus ?? null,
    provider: report.provider ?? null,
    model: report.model ?? null,
    requestId: report.requestId ?? null,
    environment: report.environment,
    release: report.release ?? null,
    category: diagnosis.category,
    severity: diagnosis.severity,
    count: report.count,
    tags: report.tags,
    context: report.context ?? null,
    request: report.request ?? null,
    output: report.output ?? null,
    redactions,
  }
}

/** What makes two reports the same event: their own id, or one request failing in one way. */
const eventKeyOf = ({ eventId, requestId }: FailureReport, { fingerprint }: Diagnosis): string | null => {
  if (eventId !== undefined) return `event:${eventId}`
  return requestId === undefined ? null : `request:${requestId}:${fingerprint}`
}

const refuseTooLarge = ({ context, request }: FailureReport): void => {
  for (const [what, value, limitBytes] of [
    ['context', context, MAX_CONTEXT_BYTES],
    ['request', request, MAX_REQUEST_BYTES],
  ] as const) {
    if (value !== undefined && Buffer.byteLength(JSON.stringify(value)) > limitBytes) {
      throw new AssayError('input.too_large', { what, limitBytes })
    }
  }
}

const announce = (app: Recording, workspaceId: string, receipt: FailureReceipt, count: number): void => {
  if (receipt.duplicate) return
  const { group, regressionTest } = receipt
  app.events.publish(workspaceId, {
    topic: 'failures',
    type: 'failure.recorded',
    id: group.id,
    counters: { occurrences: group.occurrences },
  })
  const isNew = regressionTest !== null && group.occurrences - count < group.threshold
  if (isNew) app.events.publish(workspaceId, { topic: 'failures', type: 'test.created', id: regressionTest.id })
}
