/** A value as errors print it: JSON, Python's repr or what a console shows of an object. */
export type Literal = string | number | boolean | null | Literal[] | { [key: string]: Literal }

const MAX_DEPTH = 12

/**
 * Reads the object or list that starts at `start`, or null when the text there is none. Lenient in quotes, bare words
 * and trailing commas, because errors are printed by many hands; linear, because each character is visited once.
 */
export const readLiteral = (text: string, start: number): { value: Literal; end: number } | null => {
  const cursor = { text, at: start }
  const value = readValue(cursor, 0)
  return value === undefined || typeof value !== 'object' ? null : { value, end: cursor.at }
}

type Cursor = { text: string; at: number }

const closers: Record<string, string> = { '[': ']', '(': ')' }

const readValue = (cursor: Cursor, depth: number): Literal | undefined => {
  skipSpace(cursor)
  const first = cursor.text[cursor.at]
  if (first === undefined || depth > MAX_DEPTH) return undefined
  if (first === '{') return readObject(cursor, depth)
  if (first === '[' || first === '(') return readList(cursor, closers[first]!, depth)
  if (first === '"' || first === "'" || first === '`') return readText(cursor)
  return readWord(cursor)
}

const readObject = (cursor: Cursor, depth: number): Literal | undefined => {
  const object: { [key: string]: Literal } = {}
  cursor.at++
  for (;;) {
    skipSpace(cursor)
    if (cursor.text[cursor.at] === '}') {
      cursor.at++
      return object
    }
    const key = readValue(cursor, depth + 1)
    skipSpace(cursor)
    if (typeof key !== 'string' || cursor.text[cursor.at] !== ':') return undefined
    cursor.at++
    const value = readValue(cursor, depth + 1)
    if (value === undefined) return undefined
    object[key] = value
    skipSpace(cursor)
    if (cursor.text[cursor.at] === ',') cursor.at++
    else if (cursor.text[cursor.at] !== '}') return undefined
  }
}

const readList = (cursor: Cursor, closer: string, depth: number): Literal | undefined => {
  const list: Literal[] = []
  cursor.at++
  for (;;) {
    skipSpace(cursor)
    if (cursor.text[cursor.at] === closer) {
      cursor.at++
      return list
    }
    const value = readValue(cursor, depth + 1)
    if (value === undefined) return undefined
    list.push(value)
    skipSpace(cursor)
    if (cursor.text[cursor.at] === ',') cursor.at++
    else if (cursor.text[cursor.at] !== closer) return undefined
  }
}

const escapes: Record<string, string> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' }

const readText = (cursor: Cursor): string | undefined => {
  const { text } = cursor
  const quote = text[cursor.at]!
  const parts: string[] = []
  let from = ++cursor.at
  for (; cursor.at < text.length; cursor.at++) {
    const character = text[cursor.at]
    if (character === quote) {
      parts.push(text.slice(from, cursor.at++))
      return parts.join('')
    }
    if (character !== '\\') continue
    parts.push(text.slice(from, cursor.at))
    const escaped = text[++cursor.at] ?? ''
    const hex = escaped === 'u' ? /^[0-9a-fA-F]{4}/.exec(text.slice(cursor.at + 1, cursor.at + 5)) : null
    parts.push(hex ? String.fromCharCode(Number.parseInt(hex[0], 16)) : (escapes[escaped] ?? escaped))
    if (hex) cursor.at += 4
    from = cursor.at + 1
  }
  return undefined
}

const words: Record<string, Literal> = {
  null: null,
  None: null,
  undefined: null,
  true: true,
  True: true,
  false: false,
  False: false,
}

const wordPattern = /[\w$.+@-]{1,80}/y

const readWord = (cursor: Cursor): Literal | undefined => {
  wordPattern.lastIndex = cursor.at
  const word = wordPattern.exec(cursor.text)?.[0]
  if (word === undefined) return undefined
  cursor.at += word.length
  if (Object.hasOwn(words, word)) return words[word]!
  // A dash alone reads as NaN and stays a word.
  return Number.isFinite(Number(word)) ? Number(word) : word
}

const skipSpace = (cursor: Cursor): void => {
  for (;;) {
    const code = cursor.text.charCodeAt(cursor.at)
    if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return
    cursor.at++
  }
}
