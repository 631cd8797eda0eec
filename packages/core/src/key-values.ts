/**
 * Reads `name=value,name=value` as OpenTelemetry's environment variables have it, values percent-encoded where they must
 * be. What is not of this form is left out; `isKeyValues` tells of it.
 */
export const keyValues = (text: string): Record<string, string> =>
  Object.fromEntries(
    pairsOf(text).flatMap((pair) => {
      const read = readPair(pair)
      return read === null ? [] : [read]
    }),
  )

/** True when every part of the text is `name=value`. */
export const isKeyValues = (text: string): boolean => pairsOf(text).every((pair) => readPair(pair) !== null)

const pairsOf = (text: string): string[] =>
  text
    .split(',')
    .map((pair) => pair.trim())
    .filter(Boolean)

const readPair = (pair: string): [name: string, value: string] | null => {
  const at = pair.indexOf('=')
  const name = pair.slice(0, Math.max(0, at)).trim()
  if (!/^[\w.%!#$&'*+^`|~-]+$/.test(name)) return null
  try {
    return [decodeURIComponent(name), decodeURIComponent(pair.slice(at + 1).trim())]
  } catch {
    return null // a percent sign that stands for nothing
  }
}
