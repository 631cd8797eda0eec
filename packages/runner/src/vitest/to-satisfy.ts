import { answerOf, AssertionSpec, silentLog, type Answer, type CodeAssertion, type Verdict } from '@assay/core'
import { checkAnswer } from '../check-answer.ts'
import { createSandboxPool, type SandboxPool } from '../sandbox/pool.ts'

/** What some assertions want to know of an answer beside its text. */
export type SatisfyContext = Partial<
  Pick<Answer, 'vars' | 'latencyMs' | 'costUsd' | 'logProbs' | 'finishReason' | 'tools' | 'toolCalls'>
>

/** Vitest's own matcher for a predicate, and ours for an assertion, which is awaited. */
export type ToSatisfy<R> = {
  (assertion: CodeAssertion, context?: SatisfyContext): Promise<void>
  (matcher: (value: never) => boolean, message?: string): R
}

type Outcome = { pass: boolean; message: () => string; expected?: unknown; actual?: unknown }

/** Holds a value to an assertion; a value that is no text is seen as JSON. */
export async function toSatisfyAssertion(received: unknown, given: CodeAssertion, context: SatisfyContext) {
  const spec = AssertionSpec.parse(given)
  const [verdict] = await checkAnswer([spec], answerOf(received, context), { sandbox: sandbox(), dialect: 'assay' })
  return verdict!
}

/** The matcher as `expect.extend` takes it. */
export function toSatisfy(
  received: unknown,
  given: CodeAssertion | ((value: unknown) => boolean),
  more: SatisfyContext | string = {},
): Outcome | Promise<Outcome> {
  if (typeof given === 'function') {
    const pass = given(received)
    const text = typeof more === 'string' ? more : `expected the value ${pass ? 'not ' : ''}to satisfy the function`
    return { pass, message: () => text, actual: received }
  }
  return toSatisfyAssertion(received, given, typeof more === 'string' ? {} : more).then(outcomeOf)
}

const outcomeOf = (verdict: Verdict): Outcome => {
  // What could not be checked neither holds nor fails; with `not` it would otherwise pass.
  if (verdict.error) throw new Error(`${verdict.error.code}: ${verdict.error.message}`)
  const { type, pass, reason, expected, actual } = verdict
  return {
    pass,
    message: () => `${type}: ${pass ? `holds, which was not wanted: ${reason}` : reason}`,
    ...(expected !== undefined && { expected }),
    ...(actual !== undefined && { actual }),
  }
}

let pool: SandboxPool | null = null

/** Threads for patterns, schemas and scripts, begun with the first and ended with the process of the test file. */
export const sandbox = (): SandboxPool => (pool ??= createSandboxPool({ log: silentLog }))
