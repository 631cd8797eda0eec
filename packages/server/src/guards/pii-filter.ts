import { redact } from '@assay/core'
import type { TextFilter } from '../gateway/parts.ts'
import { WINDOW_CHARACTERS } from './scan.ts'

/** What is done with a sentence in which something was found: what goes on in its place; throws to block. */
export type OnFound = (sentence: string, masked: string) => string

/** Personal data and secrets are looked for sentence by sentence, so that a stream and a whole text are told alike. */
export const filterPii = (text: string, onFound: OnFound): string => {
  const filter = new PiiFilter(onFound)
  return filter.push(text) + filter.end()
}

/** The same of a text that comes in pieces: a sentence goes on when it has ended. */
export class PiiFilter implements Omit<TextFilter, 'flags'> {
  readonly #onFound: OnFound
  #pending = ''

  constructor(onFound: OnFound) {
    this.#onFound = onFound
  }

  push(piece: string): string {
    this.#pending += piece
    let passed = ''
    for (let end = endOfSentence(this.#pending); end > 0; end = endOfSentence(this.#pending)) {
      passed += this.#look(this.#pending.slice(0, end))
      this.#pending = this.#pending.slice(end)
    }
    return passed
  }

  end(): string {
    const rest = this.#pending
    this.#pending = ''
    return this.#look(rest)
  }

  #look(sentence: string): string {
    const { value, redactions } = redact(sentence)
    return Object.keys(redactions).length === 0 ? sentence : this.#onFound(sentence, named(value))
  }
}

/** Numbers would begin again with every sentence. */
const named = (redacted: string): string => redacted.replaceAll(/<([a-z]{2,12}):\d{1,6}>/g, '[$1]')

const sentenceEnd = /\n|[.!?](?=[ \t\r\n])/g
const pemBegin = /-----BEGIN/
const pemEnd = /-----END[^\n]{0,80}-----/

/** Where the first sentence ends; 0 while it has not. A private key is one sentence, and none is longer than the window. */
const endOfSentence = (text: string): number => {
  sentenceEnd.lastIndex = 0
  const limit = Math.min(text.length, WINDOW_CHARACTERS)
  for (let found = sentenceEnd.exec(text); found && found.index < limit; found = sentenceEnd.exec(text)) {
    // What comes next tells whether a full stop ends a sentence.
    if (found.index + 1 >= text.length && found[0] !== '\n') break
    const sentence = text.slice(0, found.index + 1)
    if (!pemBegin.test(sentence) || pemEnd.test(sentence)) return sentence.length
  }
  return text.length >= WINDOW_CHARACTERS ? WINDOW_CHARACTERS : 0
}
