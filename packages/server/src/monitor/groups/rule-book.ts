import {
  isAssayError,
  keyOfRule,
  subjectOf,
  timestamp,
  valuesOf,
  type Diagnosis,
  type FingerprintRule,
  type RuleKey,
  type RuleSubject,
} from '@assay/core'
import { announce, appendAudit, listFingerprintRules, updateFingerprintRule } from '@assay/store'
import type { App } from '../../app.ts'
import { keepRecent, type Recent } from '../../gateway/keys/recent.ts'

/** The workspaces' own words on what is one group. */
export type RuleBook = Pick<Recent<readonly FingerprintRule[]>, 'forget'> & {
  /** The key that the first rule which matches gives a report; null when none does. */
  keyOf(workspaceId: string, report: RuleSubject, diagnosis: Diagnosis): Promise<RuleKey | null>
}

/** What one rule says of a report; null when its pattern does not match. Throws `assertion.timeout` when it is too slow. */
export const applyRule = async (
  sandbox: App['sandbox'],
  rule: Pick<FingerprintRule, 'id' | 'name' | 'pattern' | 'template'>,
  { report, diagnosis }: { report: RuleSubject; diagnosis: Diagnosis },
): Promise<RuleKey | null> => {
  const outcome = await sandbox.regex({ pattern: rule.pattern, text: subjectOf(report) })
  if ('problem' in outcome || !outcome.matched) return null
  return keyOfRule(rule, valuesOf(report, diagnosis, outcome.groups ?? {}))
}

/** Tries the rules of a workspace in order. A pattern that takes too long is switched off: it would hold up every report. */
export const createRuleBook = (app: Pick<App, 'store' | 'sandbox' | 'now' | 'log'>): RuleBook => {
  const recent = keepRecent<readonly FingerprintRule[]>({
    now: app.now,
    read: async (workspaceId) => {
      const rules = await app.store.inWorkspace(workspaceId, listFingerprintRules)
      return rules.filter(({ enabled }) => enabled)
    },
  })

  const switchOff = async (workspaceId: string, { id, name }: FingerprintRule): Promise<void> => {
    app.log.warn({ workspaceId, rule: name }, 'a fingerprint rule took too long and is switched off')
    await app.store.inWorkspace(workspaceId, async (scope) => {
      const at = timestamp(app.now())
      const disabledReason = 'Its pattern took too long on a report.'
      const after = await updateFingerprintRule(scope, { id, enabled: false, disabledReason, updatedAt: at })
      if (after === null) return
      await appendAudit(scope, { at, actor: 'system', action: 'fingerprint_rule.switch_off', target: id, after })
      await announce(scope, { kind: 'monitor', workspaceId, id })
    })
    recent.forget(workspaceId)
  }

  return {
    forget: recent.forget,
    keyOf: async (workspaceId, report, diagnosis) => {
      for (const rule of await recent.of(workspaceId)) {
        try {
          const key = await applyRule(app.sandbox, rule, { report, diagnosis })
          if (key !== null) return key
        } catch (error) {
          if (!isAssayError(error, 'assertion.timeout')) throw error
          await switchOff(workspaceId, rule)
        }
      }
      return null
    },
  }
}
