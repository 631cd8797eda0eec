/** How often each run of `size` words occurs. */
export const countNgrams = (words: string[], size: number): Map<string, number> => {
  const counts = new Map<string, number>()
  for (let at = 0; at + size <= words.length; at++) {
    const ngram = words.slice(at, at + size).join(' ')
    counts.set(ngram, (counts.get(ngram) ?? 0) + 1)
  }
  return counts
}

/** How many of the first counts the second ones have too, each at most as often as there. */
export const countShared = (counts: Map<string, number>, others: Map<string, number>): number => {
  let shared = 0
  for (const [ngram, count] of counts) shared += Math.min(count, others.get(ngram) ?? 0)
  return shared
}

/** Words of a text, lowercased and parted by white space. */
export const wordsOf = (text: string): string[] => text.toLowerCase().match(/\S+/g) ?? []
