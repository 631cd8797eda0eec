import type { Category } from './failure.ts'

/** The words of an error that its family is named after. */
export type FamilyWords = {
  category: Category
  /** Provider or tool. */
  origin: string
  /** The text with ids, paths and numbers masked. */
  text: string
  /** What the innermost error says, masked alike; the text itself where nothing was wrapped. */
  innermost: string
  /** The words that decided the category, lower case; they mark the clause that matters. */
  phrase: string | null
  codes: string[]
}

/** `category/provider-or-tool/code-or-skeleton`: failures of one kind, whoever wrapped them and whatever they name. */
export const familyOf = ({ category, origin, text, innermost, phrase, codes }: FamilyWords): string => {
  const skeleton = skeletonOf(clauseOf(innermost, phrase))
  const code = stableCode(text, codes)
  return `${category}/${origin}/${code ?? (skeleton || 'other')}`
}

const codePatterns = [
  /\berror (TS\d{3,5})\b/,
  /(?<![\w.])(-32[0-7]\d\d)\b/,
  /\b(P[12]\d{3})\b/,
  /\b(E11000)\b/,
  /\b(UND_ERR_[A-Z_]{3,40}|ERR_[A-Z_0-9]{3,60}|SQLITE_[A-Z_]{3,40}|CERT_[A-Z_]{3,40})\b/,
  /\b(ECONN[A-Z]{3,12}|E(?:RESOLVE|TARGET|USAGE|INTEGRITY|BADENGINE|PIPE|PROTO|NOENT|AI_AGAIN|TIMEDOUT|NOTFOUND|ADDRINUSE|HOSTUNREACH|NETUNREACH))\b/,
]

// Issue codes of validators name the cause; types such as `invalid_request_error` name only the envelope.
const issueCodes =
  /^(?:unrecognized_keys|invalid_\w{3,30}|too_small|too_big|not_multiple_of|custom|missing|extra_forbidden|\w{2,20}_type|\w{2,20}_parsing)$/
const envelopeCodes = /^invalid_(?:request|argument|prompt|api_key|request_error|parameter\w*)$/i

const stableCode = (text: string, codes: string[]): string | null => {
  for (const pattern of codePatterns) {
    const match = pattern.exec(text)
    if (match) return match[1]!.toLowerCase()
  }
  const issue = codes.find((code) => issueCodes.test(code) && !envelopeCodes.test(code))
  return issue ?? codes.find((code) => /^ERR_|^E[A-Z]{4,}$/.test(code))?.toLowerCase() ?? null
}

const clauseEnd = /[.;!?](?=\s|$)|:(?=\s)|[：{}[\]|"]|\s[-–—]\s|\sRequire stack/g
const sentenceEnd = /[.;!?](?=\s|$)|[{}|"]/

const MAX_CLAUSE = 240

/** The clause in which the deciding words stand, else the first sentence. */
const clauseOf = (text: string, phrase: string | null): string => {
  const at = phrase === null ? -1 : text.toLowerCase().indexOf(phrase)
  if (at < 0)
    return (
      text
        .slice(0, 600)
        .split(sentenceEnd)
        .find((part) => part.trim().length > 8) ?? text
    )
  const from = Math.max(0, at - MAX_CLAUSE)
  const near = text.slice(from, at + phrase!.length + MAX_CLAUSE)
  let start = 0
  let end = near.length
  for (const match of near.matchAll(clauseEnd)) {
    if (from + match.index < at) start = match.index + match[0].length
    else if (from + match.index >= at + phrase!.length) {
      end = match.index
      break
    }
  }
  return near.slice(start, end)
}

const quotedName = /(?<!\w)'[^']{0,80}'(?!\w)|"[^"]{0,80}"|`[^`]{0,80}`|<[^>]{1,80}>/g
const MAX_WORDS = 9

/** What remains of a clause without the names it mentions. */
const skeletonOf = (clause: string): string =>
  clause
    .replaceAll(quotedName, ' ')
    .replaceAll('’', "'")
    .split(/[\s,]+/)
    .filter((word) => !/\d|\/|[A-Za-z]\.[A-Za-z]|_.*_|[a-z][A-Z]/.test(word))
    .map((word) => word.toLowerCase().replaceAll(/[^a-z_-]/g, ''))
    .filter((word) => word.length > 1)
    .slice(0, MAX_WORDS)
    .join('_')
    .slice(0, 80)
