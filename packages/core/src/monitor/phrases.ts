/** Finds which of many phrases occur in a text in one walk over it, however many there are. */
export type PhraseFinder = {
  /** The number of each phrase that occurs. */
  find: (text: string) => Set<number>
  /** The phrases by their numbers, in lower case. */
  phrases: readonly string[]
}

type Node = { next: Map<number, Node>; phrase: number }

/** Phrases in capitals count as whole words only; others may be part of a class name. Texts are lower case. */
export const createPhraseFinder = (written: readonly string[]): PhraseFinder => {
  const phrases = written.map((phrase) => phrase.toLowerCase())
  const root: Node = { next: new Map(), phrase: -1 }
  phrases.forEach((phrase, number) => {
    let node = root
    for (let index = 0; index < phrase.length; index++) node = childOf(node, phrase.charCodeAt(index))
    node.phrase = number
  })
  const isWord = written.map((phrase) => /[A-Z]/.test(phrase))
  return {
    phrases,
    find: (text) => {
      const found = new Set<number>()
      for (let start = 0; start < text.length; start++) {
        let node = root.next.get(text.charCodeAt(start))
        for (let at = start + 1; node !== undefined; at++) {
          const { phrase } = node
          if (phrase >= 0 && (!isWord[phrase] || isBounded(text, start, at))) found.add(phrase)
          if (at >= text.length) break
          node = node.next.get(text.charCodeAt(at))
        }
      }
      return found
    },
  }
}

const childOf = (node: Node, code: number): Node => {
  const existing = node.next.get(code)
  if (existing) return existing
  const child: Node = { next: new Map(), phrase: -1 }
  node.next.set(code, child)
  return child
}

const isBounded = (text: string, start: number, end: number): boolean =>
  !isLetter(text.charCodeAt(start - 1)) && !isLetter(text.charCodeAt(end))

const isLetter = (code: number): boolean => (code >= 97 && code <= 122) || (code >= 48 && code <= 57)
