/** A text read as JSON, or why it is none. */
export const parseJson = (text: string): { ok: true; value: unknown } | { ok: false; problem: string } => {
  try {
    return { ok: true, value: JSON.parse(text) }
  } catch (error) {
    return { ok: false, problem: (error as Error).message }
  }
}

/** True when two values are the same JSON; the order of keys says nothing. */
export const isJsonEqual = (left: unknown, right: unknown): boolean => {
  if (left === right) return true
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false
  if (Array.isArray(left) !== Array.isArray(right)) return false
  const keys = Object.keys(left)
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && isJsonEqual(Reflect.get(left, key), Reflect.get(right, key)))
  )
}

/** True when a value is nested deeper than that. */
export const isDeeperThan = (value: unknown, depth: number): boolean => {
  if (value === null || typeof value !== 'object') return false
  if (depth === 0) return true
  return Object.values(value).some((member) => isDeeperThan(member, depth - 1))
}

/** Deeper nesting is taken for an attack, here and in schemas. */
export const MAX_JSON_DEPTH = 64

/** The texts of the outermost JSON objects in prose or fences. */
export const findJsonObjects = (text: string): string[] => findJson(text, /\{/g).map(({ block }) => block)

/** A JSON text and where it stands. */
export type JsonBlock = { block: string; start: number; end: number }

/** The same for objects and lists, with their places. */
export const findJsonBlocks = (text: string): JsonBlock[] => findJson(text, /[{[]/g)

/**
 * An attempt ends at the first character that JSON does not allow and at depth 64, so that a text full of braces costs
 * a fixed number of passes.
 */
const findJson = (text: string, opening: RegExp): JsonBlock[] => {
  const found: JsonBlock[] = []
  for (let match = opening.exec(text); match; match = opening.exec(text)) {
    const end = endOfValue(text, match.index, 1)
    if (end === -1) continue
    const block = text.slice(match.index, end)
    if (parseJson(block).ok) found.push({ block, start: match.index, end })
    opening.lastIndex = end
  }
  return found
}

/** Where the JSON value that starts here ends, or -1. */
const endOfValue = (text: string, start: number, depth: number): number => {
  if (depth > MAX_JSON_DEPTH) return -1
  const opening = text[start]
  if (opening === '{') return endOfMembers(text, start, depth, '}')
  if (opening === '[') return endOfMembers(text, start, depth, ']')
  if (opening === '"') return endOfString(text, start)
  return endOfMatch(jsonScalar, text, start)
}

const endOfMembers = (text: string, start: number, depth: number, closing: '}' | ']'): number => {
  let at = skipSpace(text, start + 1)
  if (text[at] === closing) return at + 1
  for (;;) {
    if (closing === '}') {
      at = endOfString(text, at)
      if (at === -1) return -1
      at = skipSpace(text, at)
      if (text[at] !== ':') return -1
      at = skipSpace(text, at + 1)
    }
    at = endOfValue(text, at, depth + 1)
    if (at === -1) return -1
    at = skipSpace(text, at)
    if (text[at] === closing) return at + 1
    if (text[at] !== ',') return -1
    at = skipSpace(text, at + 1)
  }
}

const jsonScalar = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y

/** Bad escapes are left to the parser that reads the text afterwards. */
const endOfString = (text: string, start: number): number => {
  if (text[start] !== '"') return -1
  for (let at = start + 1; at < text.length; at++) {
    const character = text[at]!
    if (character === '"') return at + 1
    if (character === '\\') at++
    // RFC 8259 §7: control characters only escaped.
    else if (character < ' ') return -1
  }
  return -1
}

const endOfMatch = (pattern: RegExp, text: string, start: number): number => {
  pattern.lastIndex = start
  return pattern.test(text) ? pattern.lastIndex : -1
}

const skipSpace = (text: string, start: number): number => {
  let at = start
  while (text[at] === ' ' || text[at] === '\n' || text[at] === '\r' || text[at] === '\t') at++
  return at
}
