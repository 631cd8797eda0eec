import { categoryRules, statusRules } from './categories.ts'
import type { Category } from './failure.ts'
import { createPhraseFinder } from './phrases.ts'

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

// What an exception prints as `message='…'` are its own words.
const quoted =
  /\b(?:message|msg|detail|reason)=(?:'[^'\n]{1,600}'|"[^"\n]{1,600}")|(?<![\w\\])'[^'\n]{1,600}'(?!\w)|"[^"\n]{1,600}"|`[^`\n]{1,600}`/g

const withoutQuotes = (text: string): string =>
  text.replace(quoted, (found) => (/^[dmr]/.test(found) ? found : '')).replaceAll('  ', ' ')

const phrasesOf = (list = ''): string[] =>
  list
    .split('|')
    .map((phrase) => phrase.trim().replaceAll(/\s+/g, ' '))
    .filter((phrase) => phrase !== '')

const written = [...new Set(categoryRules.flatMap(({ any, unless }) => [...phrasesOf(any), ...phrasesOf(unless)]))]
const finder = createPhraseFinder(written)
const numbers = new Map(written.map((phrase, number) => [phrase, number]))
const numbersOf = (list?: string): number[] => phrasesOf(list).map((phrase) => numbers.get(phrase)!)

const rules = categoryRules.map((rule) => ({ rule, any: numbersOf(rule.any), unless: numbersOf(rule.unless) }))

/** For each phrase the rules it speaks for, with its place in the rule's list, and the rules it speaks against. */
const asked = written.map((_, number) =>
  rules.flatMap(({ any }, rule) => (any.includes(number) ? [{ rule, place: any.indexOf(number) }] : [])),
)
const barred = written.map((_, number) => rules.flatMap(({ unless }, rule) => (unless.includes(number) ? [rule] : [])))

const UNASKED = 0x7fff_ffff

const firstRule = (text: string, status: number | null): Classification | null => {
  const found = finder.find(text)
  if (found.length === 0) return null
  const places = new Int32Array(rules.length).fill(UNASKED)
  for (const phrase of found) {
    for (const { rule, place } of asked[phrase]!) places[rule] = Math.min(places[rule]!, place)
  }
  for (const phrase of found) for (const rule of barred[phrase]!) places[rule] = UNASKED
  for (let index = 0; index < rules.length; index++) {
    if (places[index] === UNASKED) continue
    const { rule, any } = rules[index]!
    if (status !== null && (rule.noStatus || rule.notStatus?.includes(status))) continue
    if (rule.onlyStatus && (status === null || !rule.onlyStatus.includes(status))) continue
    const { category, subcategory = null, reason } = rule
    const phrase = finder.phrases[any[places[index]!]!]!
    return { category, subcategory, phrase, why: `"${phrase}": ${reason}` }
  }
  return null
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
