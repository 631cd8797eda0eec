/** Finds which of many phrases occur in a text in one walk over it, however many there are. */
export type PhraseFinder = {
  /** The numbers of the phrases that occur, each once. */
  find: (text: string) => number[]
  /** The phrases by their numbers, in lower case. */
  phrases: readonly string[]
}

/** One byte a character; what is beyond shares the last column, and phrases with such characters are compared anew. */
const WIDTH = 128

/** Phrases in capitals count as whole words only; others may be part of a class name. Texts are lower case. */
export const createPhraseFinder = (written: readonly string[]): PhraseFinder => {
  const phrases = written.map((phrase) => phrase.toLowerCase())
  const isWord = written.map((phrase) => /[A-Z]/.test(phrase))
  const { next, ends } = trieOf(phrases)
  const seen = new Uint32Array(phrases.length)
  let turn = 0
  return {
    phrases,
    find: (text) => {
      const found: number[] = []
      turn++
      for (let start = 0; start < text.length; start++) {
        let node = 0
        for (let at = start; at < text.length;) {
          const code = text.charCodeAt(at++)
          node = next[node * WIDTH + (code < WIDTH ? code : 0)]!
          if (node === 0) break
          const phrase = ends[node]! - 1
          if (phrase < 0 || seen[phrase] === turn) continue
          if (isWord[phrase] && !isBounded(text, start, at)) continue
          if (code >= WIDTH && !text.startsWith(phrases[phrase]!, start)) continue
          seen[phrase] = turn
          found.push(phrase)
        }
      }
      return found
    },
  }
}

/** Node 0 is the root; no branch leads back to it, so that 0 says there is none. */
const trieOf = (phrases: readonly string[]): { next: Uint16Array; ends: Uint16Array } => {
  const size = phrases.reduce((sum, phrase) => sum + phrase.length, 1)
  const next = new Uint16Array(size * WIDTH)
  const ends = new Uint16Array(size)
  let nodes = 1
  phrases.forEach((phrase, number) => {
    let node = 0
    for (let index = 0; index < phrase.length; index++) {
      const code = phrase.charCodeAt(index)
      const branch = node * WIDTH + (code < WIDTH ? code : 0)
      if (next[branch] === 0) next[branch] = nodes++
      node = next[branch]!
    }
    ends[node] = number + 1
  })
  return { next: next.slice(0, nodes * WIDTH), ends: ends.slice(0, nodes) }
}

const isBounded = (text: string, start: number, end: number): boolean =>
  !isLetter(text.charCodeAt(start - 1)) && !isLetter(text.charCodeAt(end))

const isLetter = (code: number): boolean => (code >= 97 && code <= 122) || (code >= 48 && code <= 57)
