import { AssayError } from '@assay/core'

const MAX_DEPTH = 64

/**
 * Parses the JSON text of a body. One that names a field twice at its top is refused, because two readers would not
 * agree on what it says; so is one nested so deep that walking it could exhaust the stack.
 */
export const parseJsonBody = (text: string): unknown => {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new AssayError('input.bad_json', { what: 'body', reason: reasonOf(cause) }, { cause })
  }
  const { duplicate, depth } = scanJson(text)
  if (depth > MAX_DEPTH) {
    throw new AssayError('input.bad_json', { what: 'body', reason: `it is nested more than ${MAX_DEPTH} levels deep` })
  }
  if (duplicate !== null) {
    throw new AssayError('input.bad_json', { what: 'body', reason: `the field ${duplicate} stands in it twice` })
  }
  return value
}

/** Without the excerpt that the engine adds, which may hold a secret. */
const reasonOf = (error: unknown): string =>
  error instanceof Error ? (error.message.split(/, \.{3}|, "/)[0] ?? '').replace(/\.$/, '') : 'it does not parse'

/** Walks valid JSON text once: how deep it is nested, and the first name that its top object holds twice. */
export const scanJson = (text: string): { duplicate: string | null; depth: number } => {
  const names = new Set<string>()
  let duplicate: string | null = null
  let depth = 0
  let deepest = 0
  const isObjectAtTop = text.trimStart().startsWith('{')
  for (let index = 0; index < text.length; index++) {
    const character = text.charCodeAt(index)
    if (character === QUOTE) {
      const end = endOfString(text, index)
      if (depth === 1 && isObjectAtTop && isFollowedByColon(text, end)) {
        const name = text.slice(index, end)
        const plain = name.includes('\\') ? JSON.stringify(JSON.parse(name)) : name
        if (names.has(plain)) duplicate ??= plain
        names.add(plain)
      }
      index = end - 1
    } else if (character === BRACE_OPEN || character === BRACKET_OPEN) deepest = Math.max(deepest, ++depth)
    else if (character === BRACE_CLOSE || character === BRACKET_CLOSE) depth--
  }
  return { duplicate, depth: deepest }
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const BRACE_OPEN = 0x7b
const BRACE_CLOSE = 0x7d
const BRACKET_OPEN = 0x5b
const BRACKET_CLOSE = 0x5d

/** The index after the closing quote of the string that begins at `start`. */
const endOfString = (text: string, start: number): number => {
  let index = start + 1
  while (text.charCodeAt(index) !== QUOTE) index += text.charCodeAt(index) === BACKSLASH ? 2 : 1
  return index + 1
}

const isFollowedByColon = (text: string, index: number): boolean => {
  let at = index
  while (/\s/.test(text[at] ?? '')) at++
  return text[at] === ':'
}
