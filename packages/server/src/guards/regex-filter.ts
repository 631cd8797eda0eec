import type { TextFilter } from '../gateway/parts.ts'
import { nextMatch, OpenMatches, WINDOW_CHARACTERS, type Scan } from './scan.ts'

/** What is done with a match: the text in its place; throws to block. */
export type OnMatch = (match: string) => string

/** A whole text with every match treated. */
export const filterWhole = (scan: Scan, text: string, onMatch: OnMatch): string => {
  let passed = ''
  let at = 0
  for (let match = nextMatch(scan, text, 0); match; match = nextMatch(scan, text, at)) {
    passed += text.slice(at, match.start) + onMatch(text.slice(match.start, match.end))
    at = match.end
  }
  return passed + text.slice(at)
}

/**
 * The same of a text that comes in pieces, wherever they are cut: what could still become a match is held back, up to
 * the window.
 */
export class RegexFilter implements Omit<TextFilter, 'flags'> {
  readonly #scan: Scan
  readonly #onMatch: OnMatch
  readonly #open: OpenMatches
  /** The text that has not gone on, behind the character before it, which `\b` and `^` look at. */
  #text = ''
  /** Where in it the part begins that has not gone on. */
  #from = 0
  /** How much of it has been followed. */
  #read = 0
  #half = ''

  constructor(scan: Scan, onMatch: OnMatch) {
    this.#scan = scan
    this.#onMatch = onMatch
    this.#open = new OpenMatches(scan)
  }

  push(piece: string): string {
    let text = this.#half + piece
    this.#half = ''
    const last = text.charCodeAt(text.length - 1)
    if (last >= 0xd800 && last <= 0xdbff) {
      this.#half = text.slice(-1)
      text = text.slice(0, -1)
    }
    this.#text += text
    let passed = ''
    while (this.#read < this.#text.length) {
      this.#follow()
      if (this.#read - (this.#open.earliest ?? this.#read) >= WINDOW_CHARACTERS) passed += this.#giveUp()
    }
    passed += this.#passDecided()
    this.#cut()
    return passed
  }

  end(): string {
    const rest = this.#text + this.#half
    const passed = this.#passTo(rest, rest.length)
    this.#text = this.#half = ''
    this.#from = this.#read = 0
    this.#open.forget()
    return passed
  }

  #follow(): void {
    const rune = this.#text.codePointAt(this.#read)!
    this.#open.take(rune, this.#read)
    this.#read += rune > 0xffff ? 2 : 1
  }

  /** Lets go on what no later text can change. */
  #passDecided(): string {
    let passed = ''
    for (;;) {
      const limit = this.#open.earliest ?? this.#read
      const match = nextMatch(this.#scan, this.#text.slice(0, this.#read), this.#from)
      if (!match || match.start >= limit) {
        passed += this.#text.slice(this.#from, Math.max(this.#from, limit))
        this.#from = Math.max(this.#from, limit)
        return passed
      }
      passed += this.#text.slice(this.#from, match.start) + this.#onMatch(this.#text.slice(match.start, match.end))
      this.#goOnFrom(match.end)
    }
  }

  /** The window is full: what matches in it by itself counts, and its first half is decided. */
  #giveUp(): string {
    let passed = this.#passDecided()
    const earliest = this.#open.earliest ?? this.#read
    if (this.#read - earliest < WINDOW_CHARACTERS) return passed
    const window = this.#text.slice(0, this.#read)
    const match = nextMatch(this.#scan, window, this.#from)
    const half = earliest + WINDOW_CHARACTERS / 2
    if (match && match.start < half) {
      passed += window.slice(this.#from, match.start) + this.#onMatch(window.slice(match.start, match.end))
      this.#goOnFrom(match.end)
    } else {
      passed += window.slice(this.#from, half)
      this.#goOnFrom(half)
    }
    return passed
  }

  /** Matches that began before are settled; those behind are looked for anew. */
  #goOnFrom(place: number): void {
    const end = this.#read
    this.#from = this.#read = place
    this.#open.forget()
    while (this.#read < end) this.#follow()
  }

  #passTo(text: string, end: number): string {
    const rest = text.slice(0, end)
    let passed = ''
    let at = this.#from
    for (let match = nextMatch(this.#scan, rest, at); match; match = nextMatch(this.#scan, rest, at)) {
      passed += rest.slice(at, match.start) + this.#onMatch(rest.slice(match.start, match.end))
      at = match.end
    }
    return passed + rest.slice(at)
  }

  /** Forgets what has gone on, but for the character before what has not. */
  #cut(): void {
    const kept = Math.max(0, this.#from - 2)
    if (kept === 0) return
    this.#text = this.#text.slice(kept)
    this.#from -= kept
    this.#read -= kept
    this.#open.moveBack(kept)
  }
}
