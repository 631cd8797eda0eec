/** True when the text fits one of the patterns, in which `*` stands for any characters; all else is itself. */
export const matchesAny = (text: string, patterns: readonly string[]): boolean =>
  patterns.some((pattern) => matches(text, pattern))

/** Without a regular expression, so that no pattern can take long: each piece is looked for from the left. */
const matches = (text: string, pattern: string): boolean => {
  const pieces = pattern.split('*')
  const first = pieces[0]!
  const last = pieces[pieces.length - 1]!
  if (pieces.length === 1) return text === pattern
  if (!text.startsWith(first)) return false
  let at = first.length
  for (const piece of pieces.slice(1, -1)) {
    const found = text.indexOf(piece, at)
    if (found < 0) return false
    at = found + piece.length
  }
  return text.length - last.length >= at && text.endsWith(last)
}
