import { AssayError } from '@assay/core'
import { RE2JS, RE2JSSyntaxException } from 're2js'

/** So much of a stream is held back at the most; in what is longer, matches of up to half of it are still found. */
export const WINDOW_CHARACTERS = 8_192

/** One step of a compiled pattern, as re2js keeps it. */
type Step = { op: number; out: number; arg: number; matchRune(rune: number): boolean }
type Program = { inst: readonly Step[]; start: number; numLb: number }

/** The kinds of steps that read nothing, by re2js's numbers. */
const ALT = 1
const ALT_MATCH = 2
const CAPTURE = 3
const EMPTY_WIDTH = 4
const FAIL = 5
const NOP = 7
/** From here on they read a character. */
const RUNE = 8
const RUNE_ANY = 10
const RUNE_ANY_NOT_NL = 11
const NEWLINE = 10

/** A pattern that looks for its matches in linear time, and knows where one could still become one. */
export type Scan = { pattern: RE2JS; program: Program }

/** Compiles a pattern; throws `input.invalid` that names the place and the reason. */
export const compileScan = (pattern: string, { ignoreCase = false }: { ignoreCase?: boolean } = {}): Scan => {
  try {
    const compiled = RE2JS.compile(pattern, ignoreCase ? RE2JS.CASE_INSENSITIVE : 0)
    const { prog } = (compiled as unknown as { re2Input: { prog: Program } }).re2Input
    if (prog.numLb > 0) throw refused('look-behind cannot be told in a stream')
    if (compiled.matcher('').find()) throw refused('it matches an empty text, and so everywhere')
    return { pattern: compiled, program: prog }
  } catch (error) {
    if (!(error instanceof RE2JSSyntaxException)) throw error
    const { error: reason, input } = error as unknown as { error: string; input: string | null }
    const at = input ? pattern.indexOf(input) : -1
    throw refused(`${reason}${input ? `: ${input}` : ''}${at > 0 ? ` at character ${at + 1}` : ''}`)
  }
}

const refused = (message: string): AssayError =>
  new AssayError('input.invalid', { what: 'guard', issues: [{ path: 'options.pattern', message }] })

/** A stretch of a text. */
export type Stretch = { start: number; end: number }

/** The first match at or after a place. */
export const nextMatch = ({ pattern }: Scan, text: string, from: number): Stretch | null => {
  const matcher = pattern.matcher(text)
  for (let at = from; at <= text.length && matcher.find(at); at = matcher.start() + 1) {
    if (matcher.end() > matcher.start()) return { start: matcher.start(), end: matcher.end() }
  }
  return null
}

/**
 * Follows a text character by character and knows the earliest place at which a match could have begun that the text
 * so far has not decided. What stands before it is decided, whatever comes.
 */
export class OpenMatches {
  readonly #program: Program
  /** Where the earliest match begins that stands at a step, by the step. */
  #live = new Map<number, number>()

  constructor({ program }: Scan) {
    this.#program = program
  }

  /** Where the earliest undecided match begins; null when there is none. */
  get earliest(): number | null {
    let earliest: number | null = null
    for (const began of this.#live.values()) if (earliest === null || began < earliest) earliest = began
    return earliest
  }

  /** Takes the next character of the text, which stands at this place. */
  take(rune: number, at: number): void {
    const { inst, start } = this.#program
    this.#enter(this.#live, start, at)
    const next = new Map<number, number>()
    for (const [place, began] of this.#live) {
      const step = inst[place]!
      if (reads(step, rune)) this.#enter(next, step.out, began)
    }
    this.#live = next
  }

  /** Places are counted from further on. */
  moveBack(by: number): void {
    for (const [place, began] of this.#live) this.#live.set(place, began - by)
  }

  /** Begins again as if the text began here. */
  forget(): void {
    this.#live = new Map()
  }

  /** All steps that are reached without reading; conditions such as `\b` are taken to hold, so that more is held back. */
  #enter(live: Map<number, number>, first: number, began: number): void {
    const waiting = [first]
    while (waiting.length > 0) {
      const place = waiting.pop()!
      const known = live.get(place)
      const { op, out, arg } = this.#program.inst[place]!
      if (op === FAIL || (known !== undefined && known <= began)) continue
      live.set(place, began)
      if (op === ALT || op === ALT_MATCH) waiting.push(out, arg)
      else if (op === CAPTURE || op === EMPTY_WIDTH || op === NOP) waiting.push(out)
    }
  }
}

const reads = (step: Step, rune: number): boolean => {
  if (step.op < RUNE) return false
  if (step.op === RUNE_ANY) return true
  return step.op === RUNE_ANY_NOT_NL ? rune !== NEWLINE : step.matchRune(rune)
}
