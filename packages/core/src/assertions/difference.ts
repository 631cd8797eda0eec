/** Where two texts part: `first difference at character 7 (line 1): expected "world", got "there"`. */
export const firstDifference = (expected: string, actual: string): string | null => {
  if (expected === actual) return null
  let index = 0
  while (index < expected.length && expected[index] === actual[index]) index++
  const line = actual.slice(0, index).split('\n').length
  return `first difference at character ${index + 1} (line ${line}): expected ${excerpt(expected, index)}, got ${excerpt(actual, index)}`
}

/** A text as one quoted line of at most 60 characters from the given place on. */
export const excerpt = (text: string, from = 0): string => {
  if (from >= text.length) return from === 0 ? 'an empty text' : 'the end of the text'
  const part = text.slice(from, from + 60)
  return `${JSON.stringify(part)}${from + 60 < text.length ? '…' : ''}`
}
