import { dataOf } from '../sse.ts'

/** So often it looks for a form; a stream whose chunks have none is read chunk by chunk. */
const MOST_TRIES = 8
const START = Buffer.from('"content":"')
const QUOTE = 34
const BACKSLASH = 92
const SPACE = 32

/**
 * Knows those chunks of a stream again that differ from an earlier one in their text alone: most of a stream is made of
 * them, and to compare bytes costs a small part of parsing them.
 */
export class PlainChunks {
  #before: Buffer | null = null
  #after: Buffer = Buffer.alloc(0)
  #tries = 0

  /** Takes the form of an event, when it says nothing but a piece of the text. */
  learn(event: Uint8Array): void {
    if (this.#tries++ >= MOST_TRIES) return
    const bytes = bufferOf(event)
    const start = bytes.indexOf(START)
    if (start < 0 || bytes.includes(START, start + 1)) return
    const from = start + START.length
    const to = bytes.indexOf(QUOTE, from)
    if (to < 0 || !isPlain(bytes, from, to) || !saysOnly(bytes.toString('utf8', from, to), event)) return
    // Copies: the event is a part of what the network brought.
    this.#before = Buffer.from(bytes.subarray(0, from))
    this.#after = Buffer.from(bytes.subarray(to))
  }

  /** True for an event of that form: it brings text, and nothing else. */
  fits(event: Uint8Array): boolean {
    const before = this.#before
    if (before === null) return false
    const bytes = bufferOf(event)
    const end = bytes.length - this.#after.length
    return (
      end >= before.length &&
      bytes.compare(before, 0, before.length, 0, before.length) === 0 &&
      bytes.compare(this.#after, 0, this.#after.length, end) === 0 &&
      isPlain(bytes, before.length, end)
    )
  }

  /** The text of an event of that form; null for any other. */
  textOf(event: Uint8Array): string | null {
    if (!this.fits(event)) return null
    return bufferOf(event).toString('utf8', this.#before!.length, event.length - this.#after.length)
  }
}

/** Whatever stands in a string of JSON as it is: nothing ends it, and nothing is escaped. */
const isPlain = (bytes: Uint8Array, from: number, to: number): boolean => {
  for (let at = from; at < to; at++) {
    const byte = bytes[at]!
    if (byte === QUOTE || byte === BACKSLASH || byte < SPACE) return false
  }
  return true
}

/** True for a chunk whose one choice, the first, brings this text and does not end. */
const saysOnly = (text: string, event: Uint8Array): boolean => {
  const chunk = parsed(dataOf(event))
  if (!isMembers(chunk) || isGiven(chunk['usage']) || isGiven(chunk['error'])) return false
  const choices = chunk['choices']
  const choice: unknown = Array.isArray(choices) && choices.length === 1 ? choices[0] : null
  if (!isMembers(choice) || (choice['index'] ?? 0) !== 0 || isGiven(choice['finish_reason'])) return false
  const { delta, message } = choice
  return !isGiven(message) && isMembers(delta) && delta['content'] === text && Object.keys(delta).every(isSilent)
}

const isSilent = (field: string): boolean => field === 'content' || field === 'role'

const isGiven = (value: unknown): boolean => value !== undefined && value !== null

const isMembers = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const parsed = (text: string | null): unknown => {
  try {
    return text === null ? null : JSON.parse(text)
  } catch {
    return null
  }
}

const bufferOf = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
