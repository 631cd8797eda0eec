import { AssayError } from '../errors.ts'
import { issuesOf } from '../error-entry.ts'
import {
  opposite,
  refuseFor,
  verdictOf,
  type Answer,
  type Assertion,
  type AssertionInput,
  type Finding,
} from './define.ts'
import type { Judge } from './judges/judge.ts'
import { assertionsOf, type Dialect } from './list.ts'
import { nearestNames } from '../gateway/nearest.ts'
import type { Sandbox } from './sandbox.ts'

/** An assertion that was looked up and read, ready for any number of answers. */
export type CompiledAssertion = (
  answer: Answer,
  sandbox: Sandbox,
  /** The model that gives the verdict where the text alone cannot. */
  judge?: Judge,
) => Finding | Promise<Finding>

/** Looks an assertion up and reads its options; what is wrong with it is an `assertion.*` error, not a failure. */
export const compileAssertion = (spec: AssertionInput, dialect: Dialect): CompiledAssertion => {
  const type = spec.type ?? (dialect === 'prpm' ? 'contains' : '')
  const named = assertionsOf[dialect].get(type)
  const inverse = !named && dialect !== 'prpm' && type.startsWith('not-')
  const name = inverse ? type.slice('not-'.length) : type
  const assertion = named ?? assertionsOf[dialect].get(name)
  if (!assertion) return unknownType(type, name, dialect)
  const parsed = assertion.options.safeParse(optionsIn(spec, assertion, name))
  if (!parsed.success) {
    const reason = issuesOf(parsed.error)
      .map(({ path, message }) => `${path}: ${message}`)
      .join('; ')
    throw new AssayError('assertion.bad_value', { type, reason })
  }
  const options = parsed.data as never
  return (answer, sandbox, judge) => {
    const finding = assertion.check(answer, options, { sandbox, type, judge })
    if (!inverse) return finding
    return finding instanceof Promise
      ? finding.then((found) => opposite(found, name, answer))
      : opposite(finding, name, answer)
  }
}

/** What is written under `options` bears the assertion's own names; else each name reads its value its own way. */
const optionsIn = (spec: AssertionInput, assertion: Assertion, name: string): unknown => {
  const refuse = refuseFor(spec.type ?? name)
  if (spec.options === undefined) return assertion.names[name]!(spec, refuse)
  if (spec.value !== undefined) return refuse('has both `value` and `options`; write one of them')
  if (name !== assertion.type) return refuse(`takes no options; ${assertion.type} does`)
  const { shape } = assertion.options
  return {
    ...(spec.threshold !== undefined && 'threshold' in shape && { threshold: spec.threshold }),
    ...(spec.rubricPrompt !== undefined && 'rubricPrompt' in shape && { rubricPrompt: spec.rubricPrompt }),
    ...spec.options,
  }
}

/** Checks one answer against one assertion as it is written down. */
export const checkAssertion = async (
  spec: AssertionInput,
  answer: Answer,
  { sandbox, dialect, judge }: { sandbox: Sandbox; dialect: Dialect; judge?: Judge },
): Promise<Finding> => compileAssertion(spec, dialect)(answer, sandbox, judge)

/** An answer of which only the output is known, as text or as an object. */
export const answerOf = (output: unknown, context: Omit<Answer, 'text' | 'output'> = {}): Answer => ({
  ...context,
  output,
  text: typeof output === 'string' ? output : (JSON.stringify(output) ?? ''),
})

const unknownType = (type: string, name: string, dialect: Dialect): CompiledAssertion => {
  // The published manifest format says so: there an unknown type is a failing check.
  if (dialect === 'prpm') return () => verdictOf(false, `Unknown assertion type: ${type}`)
  const prefix = name === type ? '' : 'not-'
  const suggestions = nearestNames(name, assertionsOf[dialect].keys(), 3).map((nearest) => prefix + nearest)
  throw new AssayError('assertion.unknown_type', { type, suggestions })
}
