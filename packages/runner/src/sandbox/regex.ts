import type { RegexOutcome } from '@assay/core'

const MAX_COMPILED = 256
const compiled = new Map<string, RegExp>()

/** Whether a pattern without flags matches, and what its named groups caught; one that is none says why. */
export const matchRegex = (pattern: string, text: string): RegexOutcome => {
  try {
    const match = compile(pattern).exec(text)
    // Groups that took no part are undefined, and an object of them has no prototype to send.
    return match?.groups ? { matched: true, groups: caught(match.groups) } : { matched: match !== null }
  } catch (error) {
    return { problem: (error as Error).message }
  }
}

const caught = (groups: Record<string, string | undefined>): Record<string, string> =>
  Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, value ?? '']))

const compile = (pattern: string): RegExp => {
  const known = compiled.get(pattern)
  if (known) return known
  if (compiled.size >= MAX_COMPILED) compiled.clear()
  const regex = new RegExp(pattern)
  compiled.set(pattern, regex)
  return regex
}
