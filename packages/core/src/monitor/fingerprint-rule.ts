import { z } from 'zod'
import { Timestamp } from '../clock.ts'
import type { Diagnosis } from './failure.ts'
import { sha256 } from './sha256.ts'

/** So many rules a workspace may have. */
export const MOST_FINGERPRINT_RULES = 50

/** What a template may name beside `param.<name>`. */
export const ruleVariables = ['category', 'subcategory', 'family', 'severity'] as const
/** What `param.<name>` is of a report where the pattern has no group of that name. */
export const ruleParams = ['name', 'provider', 'model', 'code', 'type', 'status', 'environment', 'release'] as const

export const fingerprintRuleFields = {
  name: z.string().trim().min(1).max(100),
  pattern: z.string().min(1).max(1_000).describe('A regular expression over "class: message" of a report.'),
  template: z
    .string()
    .min(1)
    .max(300)
    .describe(
      `What failures of one group have in common, such as \`{{category}}:{{param.model}}\`. Names: ${ruleVariables.join(', ')}; ` +
        `\`param.<name>\` is a named group of the pattern, else one of ${ruleParams.join(', ')} of the report.`,
    ),
  enabled: z.boolean().default(true),
}

/** A workspace's own word on what is one group; goes before aliases and the built-in fingerprint. */
export const FingerprintRule = z.object({
  id: z.uuid(),
  ...fingerprintRuleFields,
  disabledReason: z.string().nullable().describe('Why it was switched off by itself.'),
  createdAt: Timestamp,
  updatedAt: Timestamp,
})
export type FingerprintRule = z.infer<typeof FingerprintRule>

/** What a rule made of a report: the key that its group is known by, and the words that it stands for. */
export type RuleKey = { fingerprint: string; key: string; why: string }

/** The values that a template may name. */
export type RuleValues = Record<string, string>

const hole = /\{\{\s{0,8}([^{}]{0,100}?)\s{0,8}\}\}/g

/** What is wrong with a rule, by its field; empty when nothing is. */
export const problemsOfRule = ({
  pattern,
  template,
}: Pick<FingerprintRule, 'pattern' | 'template'>): { path: string; message: string }[] => {
  const named = [...pattern.matchAll(/\(\?<([A-Za-z_$][\w$]*)>/g)].map(([, name]) => name!)
  const names = [...template.matchAll(hole)].map(([, name]) => name!)
  const known = [...ruleVariables, ...[...new Set([...named, ...ruleParams])].map((name) => `param.${name}`)]
  const unknown = names.filter((name) => !known.includes(name))
  const rest = template.replaceAll(hole, '')
  return [
    ...unknown.map((name) => ({
      path: 'template',
      message: `{{${name}}} is unknown; there are ${known.map((one) => `{{${one}}}`).join(', ')}`,
    })),
    ...(rest.includes('{{') || rest.includes('}}')
      ? [{ path: 'template', message: 'has braces that do not close as {{name}}' }]
      : []),
  ]
}

/** The group that a rule which matched gives a failure. */
export const keyOfRule = (rule: Pick<FingerprintRule, 'id' | 'name' | 'template'>, values: RuleValues): RuleKey => {
  const key = rule.template.replaceAll(hole, (_, name: string) => values[name] ?? '')
  return {
    key,
    fingerprint: sha256(['rule', rule.id, key].join('\u0000')).slice(0, 16),
    why: `grouped by the rule "${rule.name}" as "${key}"`,
  }
}

/** The parts of a report that rules look at. */
export type RuleSubject = {
  name?: string | null | undefined
  message: string
  provider?: string | null | undefined
  model?: string | null | undefined
  providerCode?: string | null | undefined
  providerType?: string | null | undefined
  httpStatus?: number | null | undefined
  environment?: string | null | undefined
  release?: string | null | undefined
}

const MAX_SUBJECT_CHARACTERS = 8_192

/** The text that a pattern is tried on. */
export const subjectOf = ({ name, message }: RuleSubject): string => {
  const text = name && !message.startsWith(name) ? `${name}: ${message}` : message
  return text.slice(0, MAX_SUBJECT_CHARACTERS)
}

/** What a template may name of a report, with what the pattern's groups have caught. */
export const valuesOf = (report: RuleSubject, diagnosis: Diagnosis, captures: RuleValues): RuleValues => {
  const { name, provider, model, providerCode, providerType, httpStatus, environment, release } = report
  const params = {
    name,
    provider,
    model,
    code: providerCode,
    type: providerType,
    status: httpStatus?.toString(),
    environment,
    release,
  }
  const given = { ...params, ...captures }
  return {
    category: diagnosis.category,
    subcategory: diagnosis.subcategory ?? '',
    family: diagnosis.family,
    severity: diagnosis.severity,
    ...Object.fromEntries(Object.entries(given).map(([key, value]) => [`param.${key}`, value ?? ''])),
  }
}
