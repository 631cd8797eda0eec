/**
 * The most steps that matching a pattern against a text of a length can take; infinite for a pattern whose steps cannot
 * be told. Told are only the plainest: literals, classes and `.`, each one character long, of which at most one may
 * repeat a varying number of times. Nothing in them can be tried in more than one way but the length of that one run.
 */
export const mostSteps = (pattern: string, textLength: number): number => {
  const plan = planOf(pattern)
  if (plan === null) return Infinity
  // From each place of the text, once through the pattern for each length of the run.
  return textLength * plan.characters * (plan.isVarying ? textLength : 1)
}

type Plan = { characters: number; isVarying: boolean }

const MOST_KNOWN = 256
const known = new Map<string, Plan | null>()

const planOf = (pattern: string): Plan | null => {
  const found = known.get(pattern)
  if (found !== undefined) return found
  if (known.size >= MOST_KNOWN) known.clear()
  const plan = readPlan(pattern)
  known.set(pattern, plan)
  return plan
}

/** One character, written as itself, as an escape or as a class, and how often. */
const ITEM =
  /(\\[dDwWsStnr\\^$.*+?()[\]{}|/"'-]|\[\^?(?:[^\]\\[]|\\[dDwWsStnr\\\]^.-])+\]|[^\\^$*+?()[\]{}|])(\{\d{1,3}(?:,\d{0,3})?\}|[*+?])?/y

const readPlan = (pattern: string): Plan | null => {
  const end = pattern.endsWith('$') && !pattern.endsWith('\\$') ? pattern.length - 1 : pattern.length
  let characters = 1
  let varying = 0
  ITEM.lastIndex = pattern.startsWith('^') ? 1 : 0
  while (ITEM.lastIndex < end) {
    const [whole, , times = ''] = ITEM.exec(pattern) ?? []
    if (whole === undefined) return null
    const exact = /^\{(\d+)\}$/.exec(times)
    if (times !== '' && !exact) varying++
    characters += Math.max(1, ...(times.match(/\d+/g) ?? []).map(Number))
    if (varying > 1) return null
  }
  return { characters, isVarying: varying === 1 }
}
