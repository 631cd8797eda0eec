import { categoryRules, type CategoryRule, statusRules } from './categories.ts'
import type { Category } from './failure.ts'

/** What kind of failure a text speaks of, and which words decided. */
export type Classification = {
  category: Category
  subcategory: string | null
  /** The words that decided, lower case; null when only the status did. */
  phrase: string | null
  why: string
}

/**
 * The category of a text whose ids, paths and numbers are masked. The error's own words go before what it quotes: a
 * user's text inside quotes decides only where nothing else does.
 */
export const classify = ({ text, status }: { text: string; status: number | null }): Classification => {
  const whole = text.toLowerCase().replaceAll('’', "'")
  const own = withoutQuotes(whole)
  const rule = firstRule(own, status) ?? (own === whole ? null : firstRule(whole, status))
  return rule ?? byStatus(status)
}

const quoted = /(?<![\w\\])'[^'\n]{1,600}'(?!\w)|"[^"\n]{1,600}"|`[^`\n]{1,600}`/g

const withoutQuotes = (text: string): string => text.replace(quoted, '').replaceAll('  ', ' ')

type Phrase = { text: string; isWord: boolean }
type Rule = { rule: CategoryRule; any: Phrase[]; unless: Phrase[] }

const phrasesOf = (list: string | undefined): Phrase[] =>
  (list ?? '')
    .split('|')
    .map((phrase) => phrase.trim().replaceAll(/\s+/g, ' '))
    .filter((phrase) => phrase !== '')
    .map((phrase) => ({ text: phrase, isWord: phrase.length <= 5 && /^\w+$/.test(phrase) }))

const rules: Rule[] = categoryRules.map((rule) => ({
  rule,
  any: phrasesOf(rule.any),
  unless: phrasesOf(rule.unless),
}))

const firstRule = (text: string, status: number | null): Classification | null => {
  for (const { rule, any, unless } of rules) {
    if (status !== null && rule.notStatus?.includes(status)) continue
    const phrase = any.find((candidate) => occurs(text, candidate))
    if (!phrase || unless.some((candidate) => occurs(text, candidate))) continue
    const { category, subcategory = null, reason } = rule
    return { category, subcategory, phrase: phrase.text, why: `"${phrase.text}": ${reason}` }
  }
  return null
}

const occurs = (text: string, { text: phrase, isWord }: Phrase): boolean => {
  if (!isWord) return text.includes(phrase)
  for (let at = text.indexOf(phrase); at >= 0; at = text.indexOf(phrase, at + 1)) {
    if (!isLetter(text, at - 1) && !isLetter(text, at + phrase.length)) return true
  }
  return false
}

const isLetter = (text: string, at: number): boolean => {
  const code = text.charCodeAt(at)
  return (code >= 97 && code <= 122) || (code >= 48 && code <= 57)
}

const byStatus = (status: number | null): Classification => {
  if (status === null) return { category: 'unknown', subcategory: null, phrase: null, why: 'no rule knows its words' }
  const rule = statusRules.find(({ statuses }) => statuses.includes(status))
  if (rule) {
    const { category, subcategory = null, reason } = rule
    return { category, subcategory, phrase: null, why: `status ${status}: ${reason}` }
  }
  if (status >= 500) {
    return { category: 'provider', subcategory: null, phrase: null, why: `status ${status}: the other side failed` }
  }
  const why = `no rule knows its words, and status ${status} says too little`
  return { category: 'unknown', subcategory: null, phrase: null, why }
}

const statusInText =
  /(?:\bstatus(?:[ _]?code)?|\bcode|\bhttp(?:\/\d(?:\.\d)?)?|\bhttp_status|\breturned|\berror:|\brespon(?:se|ded) with|\bfailed with|\berror)['"]?\s?[:=([]{0,2}\s?['"]?([1-5]\d\d)\b(?![.,]?\d)|^(?:\(|\[)?([1-5]\d\d)(?=[\s:,)\]])/i

/** The HTTP status a text gives in a place where statuses stand. */
export const statusOf = (text: string): number | null => {
  const match = statusInText.exec(text)
  const status = Number(match?.[1] ?? match?.[2] ?? 0)
  return status >= 400 ? status : null
}
