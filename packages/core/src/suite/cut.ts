import type { CaseResult } from './result.ts'

/** A longer text of a result is not kept whole. */
export const MAX_RESULT_BYTES = 262_144
/** Where many texts of one result are long, so much is kept of each. */
const SHORT_BYTES = 4_096

/**
 * The result with texts over 256 KiB cut, and with what the length of each was. What its assertions and tools say
 * may take as much together; beyond that each of their texts is cut short.
 */
export const cutResult = (result: CaseResult): CaseResult => {
  const { verdicts, toolCalls, ...others } = result
  const cut: Record<string, number> = { ...result.cut }
  const kept = cutTexts(others, { limit: MAX_RESULT_BYTES, path: '', cut })
  const evidence = { verdicts, ...(toolCalls && { toolCalls }) }
  const limit = byteLength(JSON.stringify(evidence)) > MAX_RESULT_BYTES ? SHORT_BYTES : MAX_RESULT_BYTES
  const said = cutTexts(evidence, { limit, path: '', cut })
  return { ...kept, ...said, ...(Object.keys(cut).length > 0 && { cut }) }
}

type Cutting = { limit: number; path: string; cut: Record<string, number> }

const cutTexts = <Value>(value: Value, { limit, path, cut }: Cutting): Value => {
  if (typeof value === 'string') {
    // No text has fewer bytes than UTF-16 units, and none more than three times as many.
    if (value.length * 3 <= limit) return value
    const sizeBytes = byteLength(value)
    if (sizeBytes <= limit) return value
    cut[path] = sizeBytes
    return firstBytes(value, limit) as Value
  }
  if (value === null || typeof value !== 'object') return value
  const within = (key: string | number) => ({ limit, cut, path: path === '' ? String(key) : `${path}.${key}` })
  if (Array.isArray(value)) return value.map((part: unknown, index) => cutTexts(part, within(index))) as Value
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, cutTexts(part, within(key))])) as Value
}

/** The longest beginning of a text that is no longer than so many bytes of UTF-8, and ends between two characters. */
const firstBytes = (text: string, limit: number): string => {
  let sizeBytes = 0
  let end = 0
  for (const character of text) {
    sizeBytes += bytesOf(character.codePointAt(0)!)
    if (sizeBytes > limit) break
    end += character.length
  }
  return text.slice(0, end)
}

const byteLength = (text: string): number => {
  let sizeBytes = 0
  for (const character of text) sizeBytes += bytesOf(character.codePointAt(0)!)
  return sizeBytes
}

/** Of one code point in UTF-8; a lone surrogate becomes U+FFFD, of three bytes. */
const bytesOf = (point: number): number => (point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4)
