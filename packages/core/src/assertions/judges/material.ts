import { AssayError } from '../../errors.ts'
import type { Answer, AssertionInput, Refuse } from '../define.ts'
import type { Sandbox } from '../sandbox.ts'

/** The value of an assertion that must be a text. */
export const textValue = (spec: AssertionInput, refuse: Refuse): string => {
  const { value, type = '' } = spec
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string' && value.trim() !== '') return value
  return refuse(`${type} assertion type must have a string value`)
}

/** The question that the answer is of: the variable `query`, else what was asked. */
export const questionIn = ({ vars, input }: Answer, type: string): string => {
  if (typeof vars?.['query'] === 'string') return vars['query']
  if (input !== undefined && input !== '') return input
  throw new AssayError('assertion.missing_context', { type, needs: 'a "query" variable with the user question' })
}

/** What was asked, as far as it is known. */
export const inputOf = ({ vars, input }: Answer): string => {
  const known = input ?? vars?.['query'] ?? vars?.['input']
  return typeof known === 'string' ? known : ''
}

/** The context of an answer: what a transform makes of the answer, else the variable `context`, else what is given instead. */
export const contextOf = async (
  answer: Answer,
  {
    transform,
    type,
    sandbox,
    otherwise,
  }: { transform?: string | undefined; type: string; sandbox: Sandbox; otherwise?: string },
): Promise<string[]> => {
  const given =
    transform === undefined ? answer.vars?.['context'] : await transformed(answer, transform, { type, sandbox })
  const context = given === undefined || given === '' ? otherwise : given
  const parts = Array.isArray(context) ? context : [context]
  if (parts.length === 0 || !parts.every((part) => typeof part === 'string' && part !== '')) {
    throw new AssayError('assertion.missing_context', {
      type,
      needs: 'a "context" variable (a string or an array of strings) or a "contextTransform"',
    })
  }
  return parts as string[]
}

const transformed = async (
  { output, vars = {} }: Answer,
  code: string,
  { type, sandbox }: { type: string; sandbox: Sandbox },
): Promise<unknown> => {
  const outcome = await sandbox.javascript({ code, output, context: { vars, config: {} } })
  if ('thrown' in outcome) {
    throw new AssayError('assertion.bad_value', { type, reason: `contextTransform failed: ${outcome.thrown}` })
  }
  return outcome.json === undefined ? undefined : (JSON.parse(outcome.json) as unknown)
}

/** A text in its units: its lines when there are several, else its sentences. */
export const unitsOf = (text: string): string[] => {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  return (lines.length > 1 ? lines : text.split(/(?<=[.!?])\s+/))
    .map((unit) => unit.trim())
    .filter((unit) => unit !== '' && !/^\d+[.)]$/.test(unit))
}

/** A share of a whole, as a finding: at least the threshold. */
export const shareFinding = (
  name: string,
  { score, threshold, detail }: { score: number; threshold: number; detail: string },
) => {
  const pass = score >= threshold - Number.EPSILON
  const reason = `${name} ${score.toFixed(2)} is ${pass ? '>=' : '<'} ${threshold}: ${detail}`
  return { pass, score, reason, ...(!pass && { expected: `at least ${threshold}`, actual: score.toFixed(2) }) }
}
