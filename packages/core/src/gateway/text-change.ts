/** A stretch of two texts: in both, only in the first, or only in the second. */
export type TextChange = { kind: 'same' | 'removed' | 'added'; text: string }

/** More cells than this are not compared one by one: what lies between the equal ends is told as a whole. */
const MOST_CELLS = 4_000_000

/** What was taken out of a text and what was put in to make the other, word by word. */
export const textChanges = (before: string, after: string): TextChange[] => {
  const [old, made] = [wordsOf(before), wordsOf(after)]
  let start = 0
  while (start < old.length && start < made.length && old[start] === made[start]) start++
  let end = 0
  while (end < old.length - start && end < made.length - start && old.at(-1 - end) === made.at(-1 - end)) end++
  const middle = [old.slice(start, old.length - end), made.slice(start, made.length - end)] as const
  return joined([
    ...old.slice(0, start).map((text): TextChange => ({ kind: 'same', text })),
    ...compared(...middle),
    ...old.slice(old.length - end).map((text): TextChange => ({ kind: 'same', text })),
  ])
}

/** Words with the space behind them, so that together they are the text again. */
const wordsOf = (text: string): string[] => text.match(/\s+|[^\s]+\s?/gu) ?? []

/** The longest common subsequence, by a table of its lengths from the end. */
const compared = (old: readonly string[], made: readonly string[]): TextChange[] => {
  const removed = (words: readonly string[]) => words.map((text): TextChange => ({ kind: 'removed', text }))
  const added = (words: readonly string[]) => words.map((text): TextChange => ({ kind: 'added', text }))
  if (old.length * made.length > MOST_CELLS) return [...removed(old), ...added(made)]
  const width = made.length + 1
  const lengths = new Uint32Array((old.length + 1) * width)
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = made.length - 1; j >= 0; j--) {
      lengths[i * width + j] =
        old[i] === made[j]
          ? lengths[(i + 1) * width + j + 1]! + 1
          : Math.max(lengths[(i + 1) * width + j]!, lengths[i * width + j + 1]!)
    }
  }
  const changes: TextChange[] = []
  let [i, j] = [0, 0]
  while (i < old.length && j < made.length) {
    if (old[i] === made[j]) {
      changes.push({ kind: 'same', text: old[i]! })
      i++
      j++
    } else if (lengths[(i + 1) * width + j]! >= lengths[i * width + j + 1]!) changes.push(...removed([old[i++]!]))
    else changes.push(...added([made[j++]!]))
  }
  return [...changes, ...removed(old.slice(i)), ...added(made.slice(j))]
}

/** Neighbours of one kind as one stretch. */
const joined = (changes: readonly TextChange[]): TextChange[] => {
  const stretches: TextChange[] = []
  for (const { kind, text } of changes) {
    const last = stretches.at(-1)
    if (last?.kind === kind) last.text += text
    else stretches.push({ kind, text })
  }
  return stretches
}
