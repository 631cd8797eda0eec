/** One step on the way to a value: a key, a place in a list, or all members. */
type PathStep = { key: string } | { index: number } | 'all'

/** Where in an answer the value stands: in its JSON, or its whole text. */
export type AnswerPath = { root: 'json' | 'text'; steps: PathStep[] }

/**
 * Reads `$.choices[0].text`, or `json.choices[0].text` as promptfoo writes it, with `['key']`, `[-1]` from the end and
 * `[*]` for all. Null for anything else, which may be a script.
 */
export const readAnswerPath = (text: string): AnswerPath | null => {
  const [head, root] = /^\s*(\$|json|text)(?=[.[\s]|$)/.exec(text) ?? []
  if (head === undefined) return null
  const steps: PathStep[] = []
  let rest = text.slice(head.length).trimEnd()
  while (rest !== '') {
    const [step, name, index, quoted] =
      /^(?:\.([\p{L}_$][\p{L}\p{N}_$-]*|\*)|\[\s*(-?\d+|\*)\s*\]|\[\s*("[^"\\]*"|'[^'\\]*')\s*\])/u.exec(rest) ?? []
    if (step === undefined) return null
    if (name === '*' || index === '*') steps.push('all')
    else if (index !== undefined) steps.push({ index: Number(index) })
    else steps.push({ key: name ?? quoted!.slice(1, -1) })
    rest = rest.slice(step.length)
  }
  // In JavaScript a hyphen subtracts, and a text has members of its own.
  if (root !== '$' && (/\.[^.[]*-/.test(text) || (root === 'text' && steps.length > 0))) return null
  return { root: root === 'text' ? 'text' : 'json', steps }
}

/** The value at a path, own members only, a list where it says all; or how far the path leads. */
export const valueAtPath = (
  { root, steps }: AnswerPath,
  { json, text }: { json: unknown; text: string },
): { value: unknown } | { problem: string } => {
  if (root === 'text') return { value: text }
  if (json === undefined) return { problem: 'the answer is no JSON' }
  let found: unknown[] = [json]
  for (const [number, step] of steps.entries()) {
    const next = found.flatMap((value) => membersOf(value, step))
    if (next.length === 0 && !steps.slice(0, number + 1).includes('all')) {
      return { problem: `there is no ${stepText(step)} in ${describe(found[0])}` }
    }
    found = next
  }
  return { value: steps.includes('all') ? found : found[0] }
}

const membersOf = (value: unknown, step: PathStep): unknown[] => {
  if (value === null || typeof value !== 'object') return []
  if (step === 'all') return Object.values(value)
  if ('index' in step)
    return Array.isArray(value) && step.index < value.length ? value.slice(step.index).slice(0, 1) : []
  return Object.hasOwn(value, step.key) ? [Reflect.get(value, step.key)] : []
}

const stepText = (step: PathStep): string =>
  step === 'all' ? 'member' : 'index' in step ? `[${step.index}]` : step.key

const describe = (value: unknown): string => {
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (value === null || typeof value !== 'object') return JSON.stringify(value)?.slice(0, 60) ?? 'nothing'
  return `an object with ${Object.keys(value).slice(0, 10).join(', ') || 'no keys'}`
}
