/**
 * The same value with what PostgreSQL cannot store replaced: U+0000 and lone surrogates in any text of it become
 * U+FFFD. Done when a record is built, so that no row is refused after it was acknowledged.
 */
export const storable = <Value>(value: Value): Value => clean(value) as Value

/** True when `storable` would change nothing of what this JSON says; a look at the text is much cheaper than a walk. */
export const isStorableJson = (json: string): boolean => !/\\u(?:0000|d[89a-f])/.test(json)

const clean = (value: unknown): unknown => {
  if (typeof value === 'string') return cleanText(value)
  if (Array.isArray(value)) return value.map(clean)
  if (value === null || typeof value !== 'object' || ArrayBuffer.isView(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [cleanText(key), clean(part)]))
}

const cleanText = (text: string): string => {
  const wellFormed = text.isWellFormed() ? text : text.toWellFormed()
  return wellFormed.includes('\0') ? wellFormed.replaceAll('\0', '\uFFFD') : wellFormed
}
