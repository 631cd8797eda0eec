import { seededRandom } from '../monitor/seeded-random.ts'
import { casesOf, type ReadyCase } from './cases.ts'
import type { Case, CaseKind, Suite } from './suite.ts'

/** Which cases of a suite are run. */
export type CaseFilter = {
  text?: string | undefined
  tags?: string[] | undefined
  kinds?: readonly CaseKind[] | undefined
  /** Only cases with these keys. */
  keys?: ReadonlySet<string> | undefined
  /** Only cases of these numbers, as a sample drew them. */
  indices?: ReadonlySet<number> | undefined
}

/** Whether a case is run, by its kind, title, tags and number. */
export const isChosen = (
  one: ReadyCase,
  suite: Pick<Suite, 'tags'>,
  { text, tags = [], kinds, indices }: CaseFilter,
): boolean => {
  if (indices && !indices.has(one.index)) return false
  if (kinds && !kinds.includes(one.kind)) return false
  if (text && !titleOf(one, one.index).toLowerCase().includes(text.toLowerCase())) return false
  if (tags.length === 0) return true
  const own = new Set([...suite.tags, ...one.tags])
  return tags.every((tag) => (tag.startsWith('!') ? !own.has(tag.slice(1)) : own.has(tag)))
}

/** The numbers of so many of the cases that a filter leaves, drawn by a seed: the same ones for the same suite. */
export const sampleCases = (
  suite: Suite,
  filter: CaseFilter,
  { count, seed }: { count: number; seed: number },
): Set<number> => {
  const random = seededRandom(seed)
  const drawn: number[] = []
  let seen = 0
  for (const one of casesOf(suite)) {
    if (!isChosen(one, suite, filter)) continue
    seen++
    // Vitter's algorithm R: every case stays with the same chance, and only the sample is kept.
    const place = seen <= count ? seen - 1 : Math.floor(random() * seen)
    if (place < count) drawn[place] = one.index
  }
  return new Set(drawn.toSorted((a, b) => a - b))
}

/** What a case is called on screen. */
export const titleOf = (one: Case, index: number): string =>
  one.description ?? one.id ?? (one.input ? shorten(one.input) : `case ${index + 1}`)

const shorten = (text: string): string => {
  const line = text.trim().split('\n', 1)[0] ?? ''
  return line.length > 80 ? `${line.slice(0, 79)}…` : line
}
