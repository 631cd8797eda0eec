import { AssayError } from '@assay/core'

/** Where the value of a member stands in the bytes. */
export type Span = { start: number; end: number }

const MAX_DEPTH = 64
const QUOTE = 34
const BACKSLASH = 92
const COMMA = 44
const COLON = 58

/**
 * Where the values of the outermost object stand, found without parsing them. Refuses what is nested deeper than 64
 * and a member that is given twice, which two readers could take for two requests. Whether it is JSON at all is for
 * the parser to say.
 */
export const scanMembers = (bytes: Uint8Array): Map<string, Span> => {
  const members = new Map<string, Span>()
  let depth = 0
  let key: string | null = null
  let start = -1
  let isValue = false
  const close = (end: number): void => {
    if (key === null) return
    if (members.has(key)) throw invalid(key, 'it is given twice')
    members.set(key, trimmed(bytes, start, end))
    key = null
    isValue = false
  }
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!
    if (byte === QUOTE) {
      const from = at
      at = endOfString(bytes, at)
      if (depth === 1 && !isValue && key === null) key = nameOf(bytes, from, at)
    } else if (byte === 123 || byte === 91) {
      if (++depth > MAX_DEPTH) throw invalid('', `it is nested deeper than ${MAX_DEPTH}`)
    } else if (byte === 125 || byte === 93) {
      if (depth === 1) close(at)
      depth--
    } else if (depth === 1) {
      if (byte === COLON && !isValue) {
        isValue = true
        start = at + 1
      } else if (byte === COMMA) close(at)
    }
  }
  return members
}

/** The place of the quote that ends the string begun at `at`. */
const endOfString = (bytes: Uint8Array, at: number): number => {
  for (let next = at + 1; next < bytes.length; next++) {
    const byte = bytes[next]!
    if (byte === QUOTE) return next
    if (byte === BACKSLASH) next++
  }
  return bytes.length
}

const nameOf = (bytes: Uint8Array, from: number, to: number): string => {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + from, to + 1 - from).toString('utf8')
  if (!text.includes('\\')) return text.slice(1, -1)
  try {
    return String(JSON.parse(text))
  } catch {
    return text
  }
}

const trimmed = (bytes: Uint8Array, from: number, to: number): Span => {
  let start = from
  let end = to
  while (start < end && bytes[start]! <= 32) start++
  while (end > start && bytes[end - 1]! <= 32) end--
  return { start, end }
}

const invalid = (path: string, message: string): AssayError =>
  new AssayError('input.invalid', { what: 'request body', issues: [{ path, message }] })
