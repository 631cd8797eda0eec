import { z } from 'zod'

/** So much of an error answer is read. */
export const MAX_REFUSAL_BYTES = 64 * 1024
/** So much of a page is looked through for its words. */
const MOST_PAGE_CHARACTERS = 4_096

/** What a provider says when it refuses, in whatever shape. */
export type Refusal = { message: string; type: string | null; code: string | null; param: string | null }

const short = z.coerce.string().nullish().catch(null)

const ErrorObject = z.looseObject({ message: z.string(), type: short, code: short, param: short, status: short })

/** The refusal in a parsed error body: `{error: {…}}`, `{error: "…"}`, `{message}`, `{detail}` or `[{error}]`. */
export const refusalOf = (json: unknown): Refusal | null => {
  const holder = Array.isArray(json) ? json[0] : json
  if (typeof holder !== 'object' || holder === null) return null
  const fields = holder as Record<string, unknown>
  const found = fields['error'] ?? fields['detail'] ?? fields
  if (typeof found === 'string') return { message: found, type: null, code: null, param: null }
  const parsed = ErrorObject.safeParse(found)
  if (!parsed.success) return null
  const { message, type, code, param, status } = parsed.data
  return { message, type: type ?? status ?? null, code: code ?? null, param: param ?? null }
}

/** The refusal in the text of an error answer; one that is not JSON is quoted in short. */
export const readRefusal = (status: number, body: string): Refusal => {
  const fallback = (message: string): Refusal => ({ message, type: null, code: null, param: null })
  try {
    const refusal = refusalOf(JSON.parse(body))
    if (refusal) return refusal
  } catch {
    // Not JSON: a proxy in between, most likely.
  }
  const words = wordsOf(body.slice(0, MOST_PAGE_CHARACTERS))
  return fallback(words === '' ? `it answered HTTP ${status} without a word` : words.slice(0, 500))
}

/** What a page says without its markup; each pattern takes time in proportion to the text. */
const wordsOf = (page: string): string =>
  page
    .split(/<(\/?)(?:script|style)\b[^<>]*>/i)
    .filter((_, at, parts) => at % 2 === 0 && parts[at - 1] !== '')
    .join(' ')
    .replace(/<[^<>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
