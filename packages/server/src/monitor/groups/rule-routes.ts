import {
  AssayError,
  createFingerprintRule,
  describedBy,
  diagnose,
  isAssayError,
  listFingerprintRules,
  MOST_FINGERPRINT_RULES,
  problemsOfRule,
  removeFingerprintRule,
  timestamp,
  tryFingerprintRule,
  updateFingerprintRule,
  type Failure,
  type FingerprintRule,
  type RuleKey,
  type RuleTrial,
} from '@assay/core'
import * as stored from '@assay/store'
import type { App } from '../../app.ts'
import { actorOf } from '../../http/caller.ts'
import { implement, type Exchange } from '../../http/implement.ts'
import { applyRule } from './rule-book.ts'

export const onListFingerprintRules = implement(listFingerprintRules, async ({ inWorkspace }) => ({
  items: await inWorkspace(stored.listFingerprintRules),
}))

export const onCreateFingerprintRule = implement(createFingerprintRule, async (exchange, { body }) => {
  const { app, inWorkspace } = exchange
  await refuseWrong(exchange, body)
  const at = timestamp(app.now())
  const rule: FingerprintRule = { ...body, id: app.createId(), disabledReason: null, createdAt: at, updatedAt: at }
  await inWorkspace(async (scope) => {
    const others = await stored.listFingerprintRules(scope)
    refuseTwin(others, rule)
    if (others.length >= MOST_FINGERPRINT_RULES) {
      throw invalid([{ path: '', message: `there are ${MOST_FINGERPRINT_RULES} rules already` }])
    }
    await stored.insertFingerprintRule(scope, { rule, place: others.length })
    await note(exchange, scope, { action: 'fingerprint_rule.create', target: rule.id, after: rule })
  })
  return changed(exchange, rule)
})

export const onUpdateFingerprintRule = implement(
  updateFingerprintRule,
  async (exchange, { params: { id }, body: { place, ...body } }) => {
    const { app, inWorkspace } = exchange
    const before = (await inWorkspace(stored.listFingerprintRules)).find((rule) => rule.id === id)
    if (!before) throw unknown(id)
    const given = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined))
    const wanted: FingerprintRule = {
      ...before,
      ...given,
      disabledReason: body.enabled === true || body.pattern !== undefined ? null : before.disabledReason,
      updatedAt: timestamp(app.now()),
    }
    await refuseWrong(exchange, wanted)
    const rule = await inWorkspace(async (scope) => {
      const others = await stored.listFingerprintRules(scope)
      refuseTwin(others, wanted)
      const after = await stored.updateFingerprintRule(scope, wanted)
      if (after === null) throw unknown(id)
      if (place !== undefined) {
        const ids = others.map((rule) => rule.id).filter((other) => other !== id)
        await stored.orderFingerprintRules(scope, ids.toSpliced(place, 0, id))
      }
      await note(exchange, scope, { action: 'fingerprint_rule.update', target: id, before, after: { ...after, place } })
      return after
    })
    return changed(exchange, rule)
  },
)

export const onRemoveFingerprintRule = implement(removeFingerprintRule, async (exchange, { params: { id } }) => {
  const rule = await exchange.inWorkspace(async (scope) => {
    const before = await stored.removeFingerprintRule(scope, id)
    if (before === null) throw unknown(id)
    await note(exchange, scope, { action: 'fingerprint_rule.remove', target: id, before })
    return before
  })
  return changed(exchange, rule)
})

const AT_ONCE = 32
const MOST_SHOWN = 50
/** From here on a pattern is too slow to be tried any further. */
const MOST_SLOW = 3

export const onTryFingerprintRule = implement(tryFingerprintRule, async (exchange, { body }): Promise<RuleTrial> => {
  const { app, inWorkspace } = exchange
  await refuseWrong(exchange, body)
  const failures = await inWorkspace((scope) => stored.listCountedFailures(scope, { limit: body.limit }))
  const rule = { ...body, id: 'trial', name: 'trial' }
  const found: { key: string; fingerprint: string; groupId: string; example: string }[] = []
  let tooSlow = 0
  let looked = 0
  for (let from = 0; from < failures.length; from += AT_ONCE) {
    const some = failures.slice(from, from + AT_ONCE)
    looked += some.length
    const keys = await Promise.all(some.map(({ failure }) => tryRule(app.sandbox, rule, failure)))
    for (const [index, key] of keys.entries()) {
      const { groupId, message } = some[index]!.failure
      if (key === 'too slow') tooSlow++
      else if (key) found.push({ ...key, groupId, example: message.slice(0, 200) })
    }
    if (tooSlow >= MOST_SLOW) break
  }
  const groups = [...Map.groupBy(found, ({ key }) => key)]
    .map(([key, members]) => ({
      key,
      fingerprint: members[0]!.fingerprint,
      failures: members.length,
      groups: new Set(members.map(({ groupId }) => groupId)).size,
      example: members[0]!.example,
    }))
    .toSorted((a, b) => b.failures - a.failures || (a.key < b.key ? -1 : 1))
  return { looked, matched: found.length, tooSlow, groups: groups.slice(0, MOST_SHOWN) }
})

const tryRule = async (
  sandbox: App['sandbox'],
  rule: Parameters<typeof applyRule>[1],
  failure: Failure,
): Promise<RuleKey | 'too slow' | null> => {
  try {
    return await applyRule(sandbox, rule, { report: failure, diagnosis: diagnose(describedBy(failure)) })
  } catch (error) {
    if (isAssayError(error, 'assertion.timeout')) return 'too slow'
    throw error
  }
}

/** Refuses what could never match: a pattern that does not compile, a template that names what nobody knows. */
const refuseWrong = async ({ app }: Exchange, rule: Pick<FingerprintRule, 'pattern' | 'template'>): Promise<void> => {
  const outcome = await app.sandbox.regex({ pattern: rule.pattern, text: '' })
  const issues = [
    ...('problem' in outcome ? [{ path: 'pattern', message: outcome.problem }] : []),
    ...('matched' in outcome && outcome.matched
      ? [{ path: 'pattern', message: 'matches an empty text, and so every failure' }]
      : []),
    ...problemsOfRule(rule),
  ]
  if (issues.length > 0) throw invalid(issues)
}

const refuseTwin = (rules: readonly FingerprintRule[], { id, name }: Pick<FingerprintRule, 'id' | 'name'>): void => {
  if (rules.some((other) => other.name === name && other.id !== id)) {
    throw new AssayError('monitor.rule_name_taken', { name })
  }
}

const invalid = (issues: { path: string; message: string }[]): AssayError =>
  new AssayError('input.invalid', { what: 'fingerprint rule', issues })

const unknown = (id: string): AssayError => new AssayError('resource.not_found', { what: 'fingerprint rule', id })

const changed = ({ app, member }: Exchange, rule: FingerprintRule): FingerprintRule => {
  app.ruleBook.forget(member().workspaceId)
  return rule
}

/** Writes the change down, and tells the other processes of it. */
const note = async (
  { app, caller, requestId }: Exchange,
  scope: stored.WorkspaceScope,
  entry: Pick<stored.AuditEntry, 'action' | 'target' | 'before' | 'after'>,
): Promise<void> => {
  await stored.appendAudit(scope, { ...entry, at: timestamp(app.now()), actor: actorOf(caller), requestId })
  await stored.announce(scope, { kind: 'monitor', workspaceId: scope.workspaceId, id: entry.target })
}
