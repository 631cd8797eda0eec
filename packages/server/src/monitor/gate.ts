import {
  AssayError,
  checkGate,
  decideGate,
  gateAlert,
  gateObject,
  timestamp,
  type Gate,
  type GateClosure,
  type GatePolicy,
  type Run,
} from '@assay/core'
import * as stored from '@assay/store'
import type { App } from '../app.ts'
import { actorOf } from '../http/caller.ts'
import { implement } from '../http/implement.ts'

export const onCheckGate = implement(checkGate, ({ app, caller, inWorkspace }, { body: policy }) =>
  inWorkspace((scope) => checkGateIn(app, scope, { policy, actor: actorOf(caller) })),
)

/** Looks at the tests, and keeps what it said in the same transaction: what closed a gate is what it prevented. */
const checkGateIn = async (
  { now, createId, alerts }: Pick<App, 'now' | 'createId' | 'alerts'>,
  scope: stored.WorkspaceScope,
  { policy, actor }: { policy: GatePolicy; actor: string },
): Promise<Gate> => {
  const { tag, environment, runId } = policy
  const run = runId === undefined ? null : await stored.findRun(scope, runId)
  if (runId !== undefined && run === null) throw new AssayError('resource.not_found', { what: 'run', id: runId })
  // A run has one environment, and its results are meant whatever that is.
  const subjects = await stored.readGateSubjects(scope, run ? { tag, runId } : { tag, environment })
  const at = timestamp(now())
  const gate: Gate = { id: createId(), ...decideGate({ subjects, policy, run, now: now() }), policy, at }
  await stored.recordGate(scope, { gate, closures: closuresOf(gate), actor })
  await tell(alerts, scope, { gate, run })
  return gate
}

/** A gate that failing tests have closed; what is merely not known has kept nothing from production. */
const closuresOf = ({ state, tests, reasons, policy, at }: Gate): GateClosure[] => {
  if (state !== 'closed') return []
  const failed = new Set(reasons.flatMap(({ code, testId }) => (code === 'failed' && testId ? [testId] : [])))
  return tests
    .filter(({ id }) => failed.has(id))
    .map(({ id, groupId }) => ({ testId: id, groupId, release: policy.release ?? null, at }))
}

/** People hear of a gate that closed; the same gate open again takes that back. What models answered stays out of it. */
const tell = async (
  alerts: App['alerts'],
  scope: stored.WorkspaceScope,
  { gate, run }: { gate: Gate; run: Run | null },
): Promise<void> => {
  const { state, policy, reasons, tests } = gate
  if (state === 'unknown') return
  const which = { environment: run?.environment ?? policy.environment ?? 'any environment', tag: policy.tag }
  if (state === 'open') return void (await alerts.resolveIn(scope, { rule: 'gate.closed', object: gateObject(which) }))
  await alerts.raiseIn(
    scope,
    gateAlert({
      ...which,
      release: policy.release,
      blocking: tests.filter(({ isBlocking }) => isBlocking).length,
      reasons: reasons.map(({ code, test, message }) =>
        code === 'failed' ? `${test} fails` : [test, message].filter(Boolean).join(': '),
      ),
    }),
  )
}
