import type { Alert, AlertEvent } from './alert.ts'
import type { FailureGroup, Severity } from './failure.ts'
import type { RegressionTest } from './regression-test.ts'

/** What is raised: everything of an alert that is not a matter of when. */
export type MonitorAlert = Pick<Alert, 'rule' | 'object' | 'severity' | 'title' | 'details'>

/** The events of a failure group, of a regression test, and of what runs them. */
export type GroupEvent = Extract<AlertEvent, `group.${string}`>
export type TestEvent = Extract<AlertEvent, `test.${string}` | `${'confidence' | 'health' | 'speed'}.dropped`>

export const groupEvents = ['group.new', 'group.reopened', 'group.rate', 'group.critical'] as const
export const testEvents = [
  'test.created',
  'test.regressed',
  'test.quarantined',
  'confidence.dropped',
  'health.dropped',
  'speed.dropped',
] as const

/** What an alert of a group needs to know of it. */
export type AlertedGroup = Pick<
  FailureGroup,
  'id' | 'title' | 'category' | 'family' | 'severity' | 'why' | 'occurrences' | 'users'
>

/**
 * An alert about a failure group; its object is the group's id. It carries category, family, the group's own severity,
 * why it is a group, how many failures and users it has, where the newest failure came from, and whatever `more` says.
 */
export const groupAlert = (
  rule: GroupEvent,
  group: AlertedGroup,
  newest: { environment: string; release: string | null; tags: readonly string[] },
  more: Record<string, unknown> = {},
): MonitorAlert => {
  const { id, title, category, family, severity, why, occurrences, users } = group
  return {
    rule,
    object: id,
    severity: rule === 'group.critical' ? 'critical' : alertSeverityOf[severity],
    title: shortened(groupTitles[rule](title)),
    details: {
      reason: shortened(why[0] ?? '', LONGEST_REASON),
      category,
      family,
      failureSeverity: severity,
      occurrences,
      users,
      environment: newest.environment,
      ...(newest.release === null ? {} : { release: newest.release }),
      tags: [...newest.tags],
      ...more,
    },
  }
}

const groupTitles: Record<GroupEvent, (title: string) => string> = {
  'group.new': (title) => `New failure: ${title}`,
  'group.reopened': (title) => `Back again: ${title}`,
  'group.rate': (title) => `More often than usual: ${title}`,
  'group.critical': (title) => `Nothing works until somebody acts: ${title}`,
}

/** What an alert of a test needs to know of it. */
export type AlertedTest = Pick<
  RegressionTest,
  'id' | 'name' | 'kind' | 'state' | 'stateReason' | 'confidence' | 'groupId' | 'tags'
>

/**
 * An alert about a regression test; its object is the test's id. It carries kind, state with its reason, confidence,
 * tags, environment, and whatever `more` says: `speed.dropped` the two medians, for instance.
 */
export const testAlert = (
  rule: TestEvent,
  test: AlertedTest,
  { environment, ...more }: Record<string, unknown> & { environment: string },
): MonitorAlert => {
  const { id, name, kind, state, stateReason, confidence, groupId, tags } = test
  const { severity, title } = testNews[rule]
  return {
    rule,
    object: id,
    severity: rule === 'test.regressed' && tags.includes('critical') ? 'critical' : severity,
    title: shortened(title(name)),
    details: {
      reason: shortened(stateReason, LONGEST_REASON),
      kind,
      state,
      confidence,
      environment,
      ...(groupId === null ? {} : { groupId }),
      tags: [...tags],
      ...more,
    },
  }
}

const testNews: Record<TestEvent, { severity: Alert['severity']; title: (name: string) => string }> = {
  'test.created': { severity: 'info', title: (name) => `A failure became the test ${name}` },
  'test.regressed': { severity: 'warning', title: (name) => `${name} fails again` },
  'test.quarantined': { severity: 'warning', title: (name) => `${name} flips and is in quarantine` },
  'confidence.dropped': { severity: 'warning', title: (name) => `The confidence of ${name} has dropped` },
  'health.dropped': { severity: 'warning', title: (name) => `${name} passes less often than it did` },
  'speed.dropped': { severity: 'warning', title: (name) => `${name} has become slower` },
}

/**
 * An alert about a gate that closed; its object says which gate, so that the same one says when it is open again
 * (`gateObject`). It carries the environment, the release, how many tests block it and the reasons, three at most.
 */
export const gateAlert = (gate: {
  environment: string
  tag?: string | undefined
  release?: string | null | undefined
  blocking: number
  reasons: readonly string[]
}): MonitorAlert => ({
  rule: 'gate.closed',
  object: gateObject(gate),
  severity: 'critical',
  title: `The gate of ${gateObject(gate)} is closed`,
  details: {
    reason: shortened(gate.reasons.slice(0, 3).join('; '), LONGEST_REASON),
    environment: gate.environment,
    blocking: gate.blocking,
    ...(gate.release ? { release: gate.release } : {}),
    tags: gate.tag === undefined ? [] : [gate.tag],
  },
})

/** Which gate: its environment, and the tag it asks for. */
export const gateObject = ({ environment, tag }: { environment: string; tag?: string | undefined }): string =>
  (tag === undefined ? environment : `${environment}, tag ${tag}`).slice(0, LONGEST_OBJECT)

/** An alert about a schedule whose runs fell due while nobody looked; its object is the schedule's id. */
export const missedAlert = (schedule: {
  id: string
  name: string
  environment: string
  tag: string | null
  missed: number
  since: string
}): MonitorAlert => ({
  rule: 'schedule.missed',
  object: schedule.id,
  severity: 'warning',
  title: shortened(`The schedule ${schedule.name} was missed ${times(schedule.missed)}`),
  details: {
    reason: 'the service was down when it fell due; one run catches up',
    missed: schedule.missed,
    since: schedule.since,
    environment: schedule.environment,
    tags: schedule.tag === null ? [] : [schedule.tag],
  },
})

/** An alert about a run in which nearly everything failed; its object is the environment, its `runId` the run. */
export const infrastructureAlert = (run: {
  id: string
  environment: string
  failed: number
  tests: number
}): MonitorAlert => ({
  rule: 'run.infrastructure',
  object: run.environment,
  severity: 'critical',
  title: `${run.failed} of ${run.tests} tests failed at once in ${run.environment}`,
  details: {
    reason: 'so many fail at once that the cause is not the product; no score moves',
    failed: run.failed,
    tests: run.tests,
    environment: run.environment,
    runId: run.id,
  },
})

/** Where a person reads more of an alert, behind the address of the workspace. */
export const alertPath = ({ id, rule, object, details }: Pick<Alert, 'id' | 'rule' | 'object' | 'details'>): string => {
  if (rule.startsWith('group.')) return `failures/${object}`
  if ((testEvents as readonly string[]).includes(rule)) return `regression-tests/${object}`
  if (rule === 'gate.closed') return 'regression-tests'
  const { runId } = details
  if (rule === 'run.infrastructure' && typeof runId === 'string') return `runs/${runId}`
  return `schedules?alert=${id}`
}

const alertSeverityOf: Record<Severity, Alert['severity']> = {
  low: 'info',
  medium: 'warning',
  high: 'warning',
  critical: 'critical',
}

const LONGEST_OBJECT = 200
const LONGEST_TITLE = 300
const LONGEST_REASON = 200

const shortened = (text: string, longest = LONGEST_TITLE): string =>
  text.length <= longest ? text : `${text.slice(0, longest - 1)}…`

const times = (count: number): string => (count === 1 ? 'once' : `${count} times`)
