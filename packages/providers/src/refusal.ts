import { z } from 'zod'

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
  const words = body
    .replace(/<(script|style)[\s\S]{0,10000}?<\/\1>/gi, ' ')
    .replace(/<[^>]{0,1000}>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
  return fallback(words === '' ? `it answered HTTP ${status} without a word` : words.slice(0, 500))
}
