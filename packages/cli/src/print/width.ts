import { stripVTControlCharacters } from 'node:util'

// Tab and newline have a meaning of their own; the rest of C0, DEL and C1 could steer the terminal.
// oxlint-disable-next-line no-control-regex -- these very characters are what must not reach a terminal
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g

/** Text of models, users and providers made harmless for a terminal: no escape sequences, on one line unless kept. */
export const plain = (text: string, { keepLines = false } = {}): string => {
  const harmless = stripVTControlCharacters(text).replace(CONTROLS, '')
  return keepLines ? harmless : harmless.replace(/\s+/g, ' ').trim()
}

/** How many columns a text takes on a terminal; colours take none, emoji and East Asian letters two. */
export const widthOf = (text: string): number => {
  let width = 0
  for (const { segment } of segments.segment(stripVTControlCharacters(text))) width += WIDE.test(segment) ? 2 : 1
  return width
}

/** The text cut to a width, with `…` where something is missing. */
export const cut = (text: string, width: number): string => {
  if (widthOf(text) <= width) return text
  let kept = ''
  let used = 0
  for (const { segment } of segments.segment(text)) {
    const step = WIDE.test(segment) ? 2 : 1
    if (used + step > width - 1) break
    kept += segment
    used += step
  }
  return `${kept.trimEnd()}…`
}

/** The text filled with spaces up to a width. */
export const pad = (text: string, width: number, align: 'left' | 'right' = 'left'): string => {
  const fill = ' '.repeat(Math.max(0, width - widthOf(text)))
  return align === 'left' ? text + fill : fill + text
}

/** The text in lines of at most a width, broken between words where that can be; colours do not count. */
export const wrap = (text: string, width: number): string[] => {
  if (widthOf(text) <= width) return [text]
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ').flatMap((whole) => pieces(whole, width))) {
    const longer = line === '' ? word : `${line} ${word}`
    if (line !== '' && widthOf(longer) > width) {
      lines.push(line)
      line = word
    } else line = longer
  }
  return [...lines, line]
}

/** A word that is longer than a line, in as many as it takes; one with colours in it stays whole. */
const pieces = (word: string, width: number): string[] => {
  if (widthOf(word) <= width || word.includes('\u001B')) return [word]
  const found = ['']
  for (const { segment } of segments.segment(word)) {
    if (widthOf(found.at(-1)! + segment) > width) found.push('')
    found[found.length - 1] += segment
  }
  return found
}

const segments = new Intl.Segmenter('en', { granularity: 'grapheme' })
const WIDE =
  /^(?:\p{Emoji_Presentation}|\p{Extended_Pictographic}\uFE0F|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{20000}-\u{3fffd}])/u
