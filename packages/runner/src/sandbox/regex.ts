import type { RegexOutcome } from '@assay/core'

const MAX_COMPILED = 256
const compiled = new Map<string, RegExp>()

/** Whether a pattern without flags matches; one that is none says why. */
export const matchRegex = (pattern: string, text: string): RegexOutcome => {
  try {
    return { matched: compile(pattern).test(text) }
  } catch (error) {
    return { problem: (error as Error).message }
  }
}

const compile = (pattern: string): RegExp => {
  const known = compiled.get(pattern)
  if (known) return known
  if (compiled.size >= MAX_COMPILED) compiled.clear()
  const regex = new RegExp(pattern)
  compiled.set(pattern, regex)
  return regex
}
