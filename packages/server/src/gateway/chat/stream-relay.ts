import { dataOf, EventScanner, PlainChunks, ReplyReader, type EventSink } from '@assay/providers'

/** So much of a stream is kept to be read again: for its text, when nobody counted the tokens. */
const KEPT_BYTES = 1024 * 1024

/**
 * Reads a stream of chat completion chunks on its way to the caller. Whole events go on as the bytes they came in;
 * what comes before the first content is held, so that a failure until then can be answered by another provider.
 */
export class StreamRelay implements EventSink {
  readonly #scanner = new EventScanner(this)
  readonly #dropsUsage: boolean
  /** Reads only the events that may say more than text. */
  readonly #marks = new ReplyReader()
  readonly #plain = new PlainChunks()
  readonly #kept: Uint8Array[] = []
  #keptBytes = 0
  #seenBytes = 0
  #ready: Uint8Array[] = []
  /** Content has come, so the caller may see the stream. */
  hasContent = false
  /** The event `data: [DONE]`, once it has come; it is sent last, by whoever closes the request. */
  done: Uint8Array | null = null

  constructor({ dropsUsage }: { dropsUsage: boolean }) {
    this.#dropsUsage = dropsUsage
  }

  /** What the marks of the stream said so far: usage, finish reason, model and error. */
  get marks(): ReplyReader {
    return this.#marks
  }

  push(chunk: Uint8Array): void {
    // Most pieces of the network are one event that says what the one before said, in other words.
    if (this.#mayBePlain && this.#scanner.isBetween && this.#plain.fits(chunk)) this.#goOn(chunk)
    else this.#scanner.push(chunk)
  }

  /** The stream ended; an event without its blank line still counts. */
  end(): void {
    const rest = this.#scanner.end()
    if (rest.length > 0) this.onEvent(rest)
  }

  /** The bytes that may go on now, and no more of them later. */
  take(): Uint8Array | null {
    if (this.#ready.length === 0) return null
    const ready = this.#ready
    this.#ready = []
    return joined(ready)
  }

  /** What was taken last, in chat completions: here it is what the provider sent. */
  takeChunks(taken: Uint8Array): Uint8Array | null {
    return taken
  }

  /** The events that came, as long as all of them were kept. */
  events(): readonly Uint8Array[] {
    return this.#kept
  }

  onEvent(event: Uint8Array): void {
    // Behind its end or its error a stream has nothing more to say; the error itself is worded by whoever ends it.
    if (this.done || this.#marks.error !== null) return
    if (this.#mayBePlain && this.#plain.fits(event)) return this.#goOn(event)
    if (isDone(event)) {
      this.done = event
      return
    }
    this.#keep(event)
    if (!this.hasContent || hasMark(event)) {
      const data = dataOf(event)
      if (data !== null && this.#readMarks(data)) return
      if (this.#marks.error !== null) return
    }
    this.#plain.learn(event)
    this.#ready.push(event)
  }

  get #mayBePlain(): boolean {
    return this.hasContent && !this.done && this.#marks.error === null
  }

  #goOn(event: Uint8Array): void {
    this.#keep(event)
    this.#ready.push(event)
  }

  /** The answer so far, read again from its bytes. */
  reply(): ReplyReader {
    const reply = new ReplyReader()
    for (const event of this.#kept) {
      const data = dataOf(event)
      if (data !== null) reply.add(parsed(data))
    }
    return reply
  }

  /** How much of the stream the reply above has read, from 0 to 1. */
  get keptShare(): number {
    return this.#seenBytes === 0 ? 1 : this.#keptBytes / this.#seenBytes
  }

  /** True for an event that is not for the caller: the usage that only we had asked for. */
  #readMarks(data: string): boolean {
    const json = parsed(data)
    if (this.#marks.add(json) || mayEndEmpty(this.#marks)) this.hasContent = true
    return this.#dropsUsage && hasUsage(json) && hasNoChoices(json)
  }

  #keep(event: Uint8Array): void {
    this.#seenBytes += event.length
    if (this.#keptBytes + event.length > KEPT_BYTES) return
    this.#keptBytes += event.length
    this.#kept.push(event)
  }
}

/** These endings are answers although nothing was said. */
const mayEndEmpty = ({ finishReason }: ReplyReader): boolean =>
  finishReason === 'length' || finishReason === 'content_filter'

const doneMark = Buffer.from('[DONE]')
const usageMark = Buffer.from('"usage":')
const finishMark = Buffer.from('"finish_reason":')
const errorMark = Buffer.from('"error"')
const NULL_LETTER = 110

/** `data: [DONE]`, however it is spaced; content that says so is longer, and in quotes. */
const isDone = (event: Uint8Array): boolean =>
  event.length < 32 && bufferOf(event).includes(doneMark) && dataOf(event)?.trim() === '[DONE]'

/** True when the event may hold usage, a finish reason or an error. Quotes in content are escaped, so they do not match. */
const hasMark = (event: Uint8Array): boolean => {
  const bytes = bufferOf(event)
  return isGiven(bytes, finishMark) || isGiven(bytes, usageMark) || bytes.includes(errorMark)
}

const isGiven = (bytes: Buffer, mark: Buffer): boolean => {
  let at = bytes.indexOf(mark)
  if (at < 0) return false
  at += mark.length
  while (bytes[at] === 32) at++
  return bytes[at] !== NULL_LETTER
}

const bufferOf = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

const hasUsage = (json: unknown): boolean =>
  typeof json === 'object' && json !== null && 'usage' in json && typeof json.usage === 'object' && json.usage !== null

const hasNoChoices = (json: unknown): boolean =>
  typeof json === 'object' &&
  json !== null &&
  (!('choices' in json) || (Array.isArray(json.choices) && json.choices.length === 0))

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** Neighbours in one buffer are one piece again without a copy. */
const joined = (parts: Uint8Array[]): Uint8Array => {
  const first = parts[0]!
  if (parts.length === 1) return first
  let end = first.byteOffset
  for (const part of parts) {
    if (part.buffer !== first.buffer || part.byteOffset !== end) return Buffer.concat(parts)
    end += part.byteLength
  }
  return new Uint8Array(first.buffer, first.byteOffset, end - first.byteOffset)
}
