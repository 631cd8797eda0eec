import { MAX_MESSAGE_CHARACTERS, type CapturedFailure } from './failure.ts'
import { secretHeaders, secretNames } from './redactions-named.ts'
import { type Redaction, redactions as rules } from './redactions.ts'

/** A value freed of what must not be stored, and how many values of each kind were taken out. */
export type Redacted<Value> = { value: Value; redactions: Record<string, number> }

/**
 * Takes secrets and personal data out of a JSON value. One value gets one placeholder throughout, `<email:1>` twice
 * for the same address, so that what remains still makes sense; redacting twice changes nothing. `own` kinds of value
 * are looked for after those that everybody has.
 */
export const redact = <Value>(value: Value, own: readonly Redaction[] = []): Redacted<Value> => {
  const placeholders = createPlaceholders(value, own.length === 0 ? rules : [...rules, ...own])
  return { value: walk(value, placeholders) as Value, redactions: placeholders.counts() }
}

// Ids of the protocol and closed words; everything else may hold what somebody typed.
const kept = new Set<keyof CapturedFailure>([
  'httpStatus',
  'provider',
  'requestId',
  'eventId',
  'count',
  'at',
  'environment',
  'release',
  'package',
  'packageVersion',
  'userId',
  'conversationId',
  'severity',
  'category',
  'truncated',
  'absorbed',
])

/**
 * Redacts a report, its ids and closed words apart, with placeholders coherent over all its fields; then cuts a long
 * message, in this order, so that no half of a secret is left that nothing recognises.
 */
export const redactReport = <Report extends CapturedFailure>(
  report: Report,
  own: readonly Redaction[] = [],
): Redacted<Report> => {
  const entries = Object.entries(report)
  const free = entries.filter(([key]) => !kept.has(key as keyof CapturedFailure))
  const { value, redactions } = redact(Object.fromEntries(free), own)
  return { value: cutMessage({ ...report, ...value }), redactions }
}

const cutMessage = <Report extends CapturedFailure>(report: Report): Report => {
  if (report.message.length <= MAX_MESSAGE_CHARACTERS) return report
  const truncated = [...new Set([...(report.truncated ?? []), 'message'])].slice(0, 16)
  return { ...report, message: report.message.slice(0, MAX_MESSAGE_CHARACTERS), truncated }
}

type Placeholders = {
  /** The placeholder of a value of a kind, the same for the same value. */
  of: (kind: string, value: string) => string
  counts: () => Record<string, number>
  rules: readonly Redaction[]
}

const placeholderPattern = /<([a-z]{2,12}):(\d{1,6})>/g

const createPlaceholders = (value: unknown, wanted: readonly Redaction[]): Placeholders => {
  const highest = new Map<string, number>()
  for (const text of textsOf(value)) {
    if (!text.includes(':')) continue
    for (const [, kind = '', number] of text.matchAll(placeholderPattern)) {
      highest.set(kind, Math.max(highest.get(kind) ?? 0, Number(number)))
    }
  }
  const known = new Map<string, string>()
  const found = new Map<string, number>()
  return {
    of: (kind, value) => {
      found.set(kind, (found.get(kind) ?? 0) + 1)
      const key = `${kind}\u0000${value}`
      const existing = known.get(key)
      if (existing) return existing
      const number = (highest.get(kind) ?? 0) + 1
      highest.set(kind, number)
      known.set(key, `<${kind}:${number}>`)
      return `<${kind}:${number}>`
    },
    counts: () => Object.fromEntries(found),
    rules: wanted,
  }
}

type Fields = Record<string, unknown>

const walk = (value: unknown, placeholders: Placeholders, parent = ''): unknown => {
  if (typeof value === 'string') return redactText(value, placeholders)
  if (Array.isArray(value)) {
    const isSecret = secretsOfHeaderList(value)
    return value.map((item, index) => (isSecret(index) ? conceal(item, placeholders) : walk(item, placeholders)))
  }
  if (value === null || typeof value !== 'object') return value
  const fields = value as Fields
  const named = fields['name'] ?? fields['key'] ?? fields['header']
  const isPair = typeof named === 'string' && secretNames.test(named)
  return Object.fromEntries(
    Object.entries(fields).map(([key, field]) => [
      redactText(key, placeholders),
      (isPair && /^values?$/.test(key)) || isSecretField(key, fields, parent)
        ? conceal(field, placeholders)
        : walk(field, placeholders, key),
    ]),
  )
}

/** Schemas describe a field of that name, errors say what is wrong with it, and a model's `token` is a piece of text. */
const isSecretField = (key: string, fields: Fields, parent: string): boolean => {
  if (!secretNames.test(key)) return false
  const field = fields[key]
  if (key === 'token' && 'logprob' in fields) return false
  if (key === 'credentials' && /^(?:include|omit|same-origin)$/.test(String(field))) return false
  if (typeof field !== 'object' || field === null) return true
  if (/errors$/i.test(parent)) return false
  const describes = ['type', '$ref', 'anyOf', 'oneOf', 'allOf', 'enum', 'const', 'description']
  return !(/^(?:properties|\$defs|definitions)$/.test(parent) && describes.some((word) => word in field))
}

/** Names and values by turns, as Node's `rawHeaders` or one pair of a `Headers`; a list of names has no such values. */
const secretsOfHeaderList = (items: readonly unknown[]): ((index: number) => boolean) => {
  if (items.length % 2 === 1) return () => false
  return (index) => {
    const [name, item] = [items[index - 1], items[index]]
    if (index % 2 === 0 || typeof name !== 'string' || !secretHeaders.test(name)) return false
    return typeof item !== 'string' || (item.length > 5 && /[\s=\d]|.{20}/.test(item))
  }
}

/** Takes out all that a secret holds; its shape stays. */
const conceal = (value: unknown, placeholders: Placeholders): unknown => {
  if (typeof value === 'string') return value === '' || isPlaceholder(value) ? value : placeholders.of('secret', value)
  if (typeof value === 'number' || typeof value === 'bigint') return placeholders.of('secret', String(value))
  if (Array.isArray(value)) return value.map((item) => conceal(item, placeholders))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [redactText(key, placeholders), conceal(field, placeholders)]),
  )
}

const isPlaceholder = (text: string): boolean => /^<[a-z]{2,12}:\d{1,6}>$/.test(text)

const redactText = (text: string, placeholders: Placeholders): string => {
  let rest = text
  for (const { kind, needs, hint, replace } of placeholders.rules) {
    if (needs && !holdsAny(rest, needs)) continue
    if (hint.test(rest)) rest = replace(rest, (found) => (isPlaceholder(found) ? found : placeholders.of(kind, found)))
  }
  return rest
}

const holdsAny = (text: string, characters: readonly string[]): boolean => {
  for (const character of characters) if (text.includes(character)) return true
  return false
}

function* textsOf(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value
  else if (Array.isArray(value)) for (const item of value) yield* textsOf(item)
  else if (value !== null && typeof value === 'object') for (const item of Object.values(value)) yield* textsOf(item)
}
