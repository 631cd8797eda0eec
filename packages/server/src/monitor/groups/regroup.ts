import {
  describedBy,
  GROUPING_VERSION,
  identify,
  regroupFailures,
  timestamp,
  type Failure,
  type Regrouping,
} from '@assay/core'
import * as stored from '@assay/store'
import { actorOf } from '../../http/caller.ts'
import { implement, type Exchange } from '../../http/implement.ts'
import { note, settled, tell } from './routes.ts'

const PAGE = 500
/** So many failures one regrouping looks at; what is older stays where it is. */
const MOST_FAILURES = 100_000
const MOST_SHOWN = 100

export const onRegroupFailures = implement(regroupFailures, async (exchange, { body: { apply, since } }) => {
  const { app, caller, inWorkspace } = exchange
  const { looked, isComplete, ...plan } = await planRegrouping(exchange, since)
  const undo = new Error('undone')
  let told: Pick<Regrouping, 'moves' | 'moved' | 'change'> = { moves: [], moved: 0, change: null }
  const touched = new Set<string>()
  await inWorkspace(async (scope) => {
    const by = { id: app.createId(), actor: actorOf(caller), at: timestamp(app.now()) }
    const { moves, change } = await stored.regroup(scope, { ...plan, ...by, createId: app.createId })
    const ids = moves.flatMap(({ groupId, intoId }) => [groupId, intoId])
    told = { ...(await describe(scope, { moves, plan })), change: apply ? change : null }
    // Done and looked at, then undone: what is told is what would be.
    if (!apply) throw undo
    if (change === null) return
    for (const id of new Set(moves.map(({ intoId }) => intoId))) await settled(exchange, scope, id)
    await note(exchange, scope, {
      action: 'failure_group.regroup',
      target: change.id,
      after: { moved: told.moved, groupingVersion: GROUPING_VERSION },
    })
    for (const id of ids) touched.add(id)
  }).catch((error: unknown) => {
    if (error !== undo) throw error
  })
  tell(exchange, [...touched])
  return { dryRun: !apply, groupingVersion: GROUPING_VERSION, looked, isComplete, ...told }
})

type Plan = stored.RegroupPlan & { looked: number; isComplete: boolean; why: Map<string, string> }

/** Looks at the kept failures page by page, so that no transaction is long. */
const planRegrouping = async (exchange: Exchange, since: string | undefined): Promise<Plan> => {
  const shares = new Map<string, stored.Misplaced & { failureIds: string[] }>()
  const arrivals = new Map<string, stored.Arrival>()
  const why = new Map<string, string>()
  const votes = new Map<string, Map<string | null, number>>()
  let looked = 0
  let after: Failure | undefined
  for (;;) {
    const page = await exchange.inWorkspace((scope) => stored.listCountedFailures(scope, { limit: PAGE, since, after }))
    for (const one of page) {
      const { failure } = one
      const cause = await causeOf(exchange, one)
      const key = cause.diagnosis.fingerprint === one.fingerprint ? null : cause.diagnosis.fingerprint
      const ofGroup = votes.get(failure.groupId) ?? new Map<string | null, number>()
      votes.set(failure.groupId, ofGroup.set(key, (ofGroup.get(key) ?? 0) + 1))
      if (key === null) continue
      const share = JSON.stringify([one.aliasId, key])
      const known = shares.get(share) ?? {
        aliasId: one.aliasId,
        groupId: failure.groupId,
        fingerprint: key,
        failureIds: [],
      }
      known.failureIds.push(failure.id)
      shares.set(share, known)
      arrivals.set(key, { ...cause, id: exchange.app.createId(), at: failure.at, threshold: 3, countBy: 'occurrences' })
      why.set(key, cause.diagnosis.why.at(-1) ?? '')
    }
    looked += page.length
    after = page.at(-1)?.failure
    if (page.length < PAGE)
      return { misplaced: [...shares.values()], arrivals, why, looked, isComplete: true, renamed: renamedBy(votes) }
    if (looked >= MOST_FAILURES)
      return { misplaced: [...shares.values()], arrivals, why, looked, isComplete: false, renamed: renamedBy(votes) }
  }
}

/** What a kept failure is known by today; what its reporter said of its category counts as it did then. */
const causeOf = async (
  { app, member }: Exchange,
  { failure, fingerprint }: stored.CountedFailure,
): Promise<stored.Cause> => {
  const described = describedBy(failure)
  const plain = identify(described)
  const rule = await app.ruleBook.keyOf(member().workspaceId, failure, plain.diagnosis)
  if (rule) {
    const { why } = plain.diagnosis
    return { diagnosis: { ...plain.diagnosis, fingerprint: rule.fingerprint, why: [...why, rule.why] }, isByRule: true }
  }
  const asSaid = identify({ ...described, category: failure.category })
  return asSaid.diagnosis.fingerprint === fingerprint ? asSaid : plain
}

/** Groups that keep none of their failures, and what most of them are known by now; one group for each fingerprint. */
const renamedBy = (votes: ReadonlyMap<string, ReadonlyMap<string | null, number>>): Map<string, string> => {
  const largest = new Map<string, { groupId: string; count: number }>()
  for (const [groupId, keys] of votes) {
    if (keys.has(null)) continue
    const [key, count] = [...keys].toSorted(([, a], [, b]) => b - a)[0]!
    const best = largest.get(key!)
    if (best === undefined || count > best.count) largest.set(key!, { groupId, count })
  }
  return new Map([...largest].map(([key, { groupId }]) => [groupId, key]))
}

const describe = async (
  scope: stored.WorkspaceScope,
  { moves, plan }: { moves: readonly stored.RegroupMove[]; plan: Pick<Plan, 'why' | 'arrivals'> },
): Promise<Pick<Regrouping, 'moves' | 'moved'>> => {
  const routes = [
    ...Map.groupBy(moves, ({ groupId, intoId, fingerprint }) => `${groupId} ${intoId} ${fingerprint}`).values(),
  ]
    .map((members) => ({
      ...members[0]!,
      failures: members.reduce((sum, { failureIds }) => sum + failureIds.length, 0),
    }))
    .toSorted((a, b) => b.failures - a.failures)
  const names = await stored.nameGroups(
    scope,
    moves.flatMap(({ groupId, intoId }) => [groupId, intoId]),
  )
  const founded = new Set([...plan.arrivals.values()].map(({ id }) => id))
  return {
    moved: routes.reduce((sum, { failures }) => sum + failures, 0),
    moves: routes.slice(0, MOST_SHOWN).map(({ groupId, intoId, fingerprint, failures }) => ({
      from: names.get(groupId)!,
      into: founded.has(intoId) ? null : names.get(intoId)!,
      fingerprint,
      failures,
      why: plan.why.get(fingerprint) ?? '',
    })),
  }
}
