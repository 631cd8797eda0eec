import {
  AssayError,
  identify,
  planRegressionTest,
  progressOf,
  redactReport,
  timestamp,
  type CapturedFailure,
  type Failure,
  type FailureReceipt,
  type RegressionTest,
} from '@assay/core'
import * as stored from '@assay/store'
import type { App } from '../../app.ts'
import { inTurns } from './in-turns.ts'
import { createReportLimits, type ReportLimits } from './report-limits.ts'
import { tellOfGroups } from '../alerts/tell-groups.ts'
import { tellOfNewTest } from '../alerts/tell-tests.ts'
import type { FailureWish } from './wishes.ts'

const MAX_CONTEXT_BYTES = 32_768
const MAX_REQUEST_BYTES = 262_144

/** Where failures are counted, whoever saw them. */
export type Reports = {
  /** Counts one failure; answered when it cannot be lost any more. */
  record(workspaceId: string, given: CapturedFailure): Promise<FailureReceipt>
  limits: ReportLimits
}

type Needed = Pick<App, 'store' | 'vault' | 'events' | 'alerts' | 'wishes' | 'ruleBook' | 'now' | 'createId'>

/**
 * A failure comes in: what must not be kept is taken out, the rules say what it is, and one transaction counts it
 * into its group and, at the threshold, makes the test. A kill leaves both or neither.
 */
export const createReports = (app: Needed): Reports => {
  const limits = createReportLimits(app.now)
  const count = inTurns((workspaceId: string, failures: readonly stored.FailureToRecord[]) =>
    app.store.inWorkspace(workspaceId, (scope) => countAll(app, scope, failures)),
  )
  return {
    limits,
    record: async (workspaceId, given) => {
      refuseTooLarge(given)
      const wish = await app.wishes.of(workspaceId)
      const receipt = await count(workspaceId, await prepared(app, { workspaceId, given, wish, limits }))
      announce(app, workspaceId, receipt, given.count)
      return receipt
    },
  }
}

/** One transaction: every count, and the tests that fall due by them. */
const countAll = async (
  app: Needed,
  scope: stored.WorkspaceScope,
  failures: readonly stored.FailureToRecord[],
): Promise<FailureReceipt[]> => {
  const recorded = await stored.recordFailures(scope, failures)
  const isAskable = new Set(
    recorded.filter((_, index) => failures[index]!.failure.request !== null).map(({ group }) => group.id),
  )
  for (const { group, news } of recorded) {
    const type = news === 'reopened' ? 'group.reopened' : 'group.changed'
    if (news === null || news === 'new') continue
    scope.afterCommit.push(() => app.events.publish(scope.workspaceId, { topic: 'failures', type, id: group.id }))
  }
  await tellOfGroups(app, scope, { recorded, failures })
  const tests = new Map<string, RegressionTest | null>()
  const statuses = new Map<string, stored.CountedGroup['testStatus']>()
  // The last of each group has seen all of its counts.
  for (const { group, duplicate } of new Map(recorded.map((one) => [one.group.id, one])).values()) {
    const due = duplicate ? null : await createDueTest(app, scope, group, isAskable.has(group.id))
    const test = due?.test ?? (group.testId === null ? null : await stored.findRegressionTest(scope, group.testId))
    tests.set(group.id, test)
    if (due) statuses.set(group.id, due.testStatus)
  }
  return recorded.map(({ failureId, duplicate, group }) => {
    const hasReached = group.testId !== null || progressOf(group) >= group.threshold
    return {
      failure: { id: failureId },
      group: { ...group, testStatus: (hasReached && statuses.get(group.id)) || group.testStatus },
      regressionTest: hasReached ? (tests.get(group.id) ?? null) : null,
      duplicate,
    }
  })
}

/** Makes the test of a group that has just reached its threshold; the group's row is locked by the count. */
export const createDueTest = async (
  app: Pick<App, 'createId' | 'now' | 'alerts'>,
  scope: stored.WorkspaceScope,
  group: stored.CountedGroup,
  isAskable: boolean,
): Promise<{ test: RegressionTest | null; testStatus: stored.CountedGroup['testStatus'] } | null> => {
  if (progressOf(group) < group.threshold || group.testId !== null) return null
  // Looked for in vain already, or nothing that a test could mend.
  if (group.testStatus === 'alert_only' || (group.testStatus === 'needs_request' && !isAskable)) return null
  const failure = await stored.newestReplayable(scope, group.id)
  const plan = planRegressionTest({ group, failure, id: app.createId(), now: timestamp(app.now()) })
  if (plan.kind === 'test') {
    const test = await stored.createRegressionTest(scope, { ...plan.test, groupId: group.id })
    await tellOfNewTest(app, scope, { test, environment: failure?.environment ?? 'production' })
    return { test, testStatus: 'created' }
  }
  if (group.testStatus !== plan.kind) {
    await stored.setTestStatus(scope, { groupId: group.id, testStatus: plan.kind })
  }
  return { test: null, testStatus: plan.kind }
}

/** A report as it will be kept: redacted, cut, judged, and without bodies where none are wanted. */
const prepared = async (
  app: Needed,
  parts: { workspaceId: string; given: CapturedFailure; wish: FailureWish; limits: ReportLimits },
): Promise<stored.FailureToRecord> => {
  const { workspaceId, given, wish, limits } = parts
  const { value: report, redactions } = redactReport(given, wish.own)
  const { diagnosis, ...cause } = identify(report)
  const rule = await app.ruleBook.keyOf(workspaceId, report, diagnosis)
  const bodies = bodiesOf(wish, () => limits.keepsBodies(`${workspaceId} ${diagnosis.fingerprint}`))
  const receivedAt = timestamp(app.now())
  const failure: Omit<Failure, 'groupId'> = {
    id: app.createId(),
    at: report.at ?? receivedAt,
    receivedAt,
    name: report.name ?? null,
    message: report.message,
    stack: report.stack ?? null,
    causes: report.causes ?? null,
    httpStatus: report.httpStatus ?? null,
    provider: report.provider ?? null,
    model: report.model ?? null,
    providerCode: report.providerCode ?? null,
    providerType: report.providerType ?? null,
    requestId: report.requestId ?? null,
    conversationId: report.conversationId ?? null,
    environment: report.environment,
    release: report.release ?? null,
    package: report.package ?? null,
    packageVersion: report.packageVersion ?? null,
    framework: report.framework ?? null,
    category: diagnosis.category,
    severity: diagnosis.severity,
    absorbed: report.absorbed ?? false,
    count: report.count,
    tags: report.tags,
    context: report.context ?? null,
    request: bodies === 'kept' ? (report.request ?? null) : null,
    output: bodies === 'kept' ? (report.output ?? null) : null,
    bodies,
    truncated: report.truncated ?? [],
    redactions,
  }
  return {
    failure,
    ...cause,
    diagnosis: rule ? { ...diagnosis, fingerprint: rule.fingerprint, why: [...diagnosis.why, rule.why] } : diagnosis,
    isByRule: rule !== null,
    eventKey: eventKeyOf(given, diagnosis.fingerprint),
    userHash: given.userId === undefined ? null : await app.vault.digest(workspaceId, 'user id', given.userId),
    threshold: wish.threshold,
    countBy: wish.countBy,
  }
}

const bodiesOf = (wish: FailureWish, keepsBodies: () => boolean): Failure['bodies'] => {
  if (!keepsBodies()) return 'sampled_out'
  return wish.bodies === 'off' ? 'off' : 'kept'
}

/** What makes two reports the same event: their own id, or one request failing in one way. */
const eventKeyOf = ({ eventId, requestId }: CapturedFailure, fingerprint: string): string | null => {
  if (eventId !== undefined) return `event:${eventId}`
  return requestId === undefined ? null : `request:${requestId}:${fingerprint}`
}

const refuseTooLarge = ({ context, request }: CapturedFailure): void => {
  for (const [what, value, limitBytes] of [
    ['context', context, MAX_CONTEXT_BYTES],
    ['request', request, MAX_REQUEST_BYTES],
  ] as const) {
    if (value !== undefined && Buffer.byteLength(JSON.stringify(value)) > limitBytes) {
      throw new AssayError('input.too_large', { what, limitBytes })
    }
  }
}

const announce = (app: Needed, workspaceId: string, receipt: FailureReceipt, count: number): void => {
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
