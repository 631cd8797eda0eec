import {
  answerOf,
  AssertionSpec,
  isJudgedType,
  readConfig,
  silentLog,
  type Answer,
  type CodeAssertion,
  type Verdict,
} from '@assay/core'
import { createComplete, createEgress } from '@assay/providers'
import { checkAnswer } from '../check-answer.ts'
import { defaultJudges } from '../judge/default-judge.ts'
import type { Panel } from '../judge/panel.ts'
import { createProbePanel } from '../judge/probe-panel.ts'
import { localModels } from '../local-models.ts'
import { createSandboxPool, type SandboxPool } from '../sandbox/pool.ts'

/** What some assertions want to know of an answer beside its text. */
export type SatisfyContext = Partial<
  Pick<Answer, 'input' | 'vars' | 'latencyMs' | 'costUsd' | 'logProbs' | 'finishReason' | 'tools' | 'toolCalls'>
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
  const panel = isJudgedType(spec.type) ? await judges() : undefined
  const tools = { sandbox: sandbox(), dialect: 'assay', panel } as const
  const [verdict] = await checkAnswer([spec], answerOf(received, context), tools)
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
  if (verdict.unscored) throw new Error(`${type} was not scored: ${reason}`)
  return {
    pass,
    message: () => `${type}: ${pass ? `holds, which was not wanted: ${reason}` : reason}`,
    ...(expected !== undefined && { expected }),
    ...(actual !== undefined && { actual }),
  }
}

let panel: Promise<Panel> | null = null

/** The judges of the environment's keys. */
const judges = (): Promise<Panel> => (panel ??= openJudges())

const openJudges = async (): Promise<Panel> => {
  const { environment, now } = { environment: process.env, now: Date.now }
  const local = localModels(environment)
  const egress = createEgress({
    allow: [...readConfig(environment).ASSAY_EGRESS_ALLOW, ...local.allow],
    log: silentLog,
  })
  const complete = createComplete({ egress, resolve: local.resolve, now })
  return createProbePanel({ complete, judges: await defaultJudges(local), now, signal: new AbortController().signal })
}

let pool: SandboxPool | null = null

/** Threads for patterns, schemas and scripts, begun with the first and ended with the process of the test file. */
export const sandbox = (): SandboxPool => (pool ??= createSandboxPool({ log: silentLog }))
