/**
 * Splits `a, b, "c, d"` into its fields. Fields are trimmed; a quoted one keeps its commas and spaces, `""` and `\"`
 * are quotes in it and `\\` is a backslash. Repeated commas make no empty fields; `""` alone is the empty text.
 */
export const parseCommaList = (list: string, refuse: (reason: string) => never): string[] => {
  const fields: string[] = []
  let at = 0
  for (;;) {
    while (at < list.length && (list[at] === ',' || isSpace(list[at]!))) at++
    if (at >= list.length) return fields
    if (list[at] !== '"') {
      const comma = list.indexOf(',', at)
      const end = comma === -1 ? list.length : comma
      fields.push(list.slice(at, end).trim())
      at = end
      continue
    }
    const quoted = readQuoted(list, at)
    if (!quoted) return refuse('Unterminated quoted field in contains assertion value')
    fields.push(quoted.field)
    at = quoted.end
    while (at < list.length && isSpace(list[at]!)) at++
    if (at < list.length && list[at] !== ',')
      return refuse('Expected comma after quoted field in contains assertion value')
  }
}

const readQuoted = (list: string, start: number): { field: string; end: number } | null => {
  let field = ''
  for (let at = start + 1; at < list.length; at++) {
    const character = list[at]!
    const next = list[at + 1]
    if (character === '\\' && (next === '"' || next === '\\')) {
      field += next
      at++
    } else if (character === '"' && next === '"') {
      field += '"'
      at++
    } else if (character === '"') {
      return { field, end: at + 1 }
    } else {
      field += character
    }
  }
  return null
}

const isSpace = (character: string): boolean => /\s/.test(character)
