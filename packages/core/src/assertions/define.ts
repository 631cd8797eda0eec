import { z } from 'zod'
import { AssayError } from '../errors.ts'
import type { ToolCallRecord } from '../suite/result.ts'
import type { AssertionSpec } from '../suite/suite.ts'
import { excerpt } from './difference.ts'
import type { Judge } from './judges/judge.ts'
import type { Sandbox } from './sandbox.ts'

/** What is checked: an answer with what is known of how it came about. */
export type Answer = {
  /** The answer as text; an object is its JSON. */
  text: string
  /** The answer as it came: text, or an object where the target gave one. */
  output: unknown
  vars?: Record<string, unknown>
  /** What was asked, as text. */
  input?: string
  latencyMs?: number
  costUsd?: number
  logProbs?: number[]
  finishReason?: string
  /** The tools that were offered, as chat completions spell them. */
  tools?: unknown[]
  /** The calls of tools, in their order; one that was only asked for has no status. */
  toolCalls?: AnswerCall[]
  /** How often the model was called. */
  steps?: number
  /** The answers to the same case, over models and prompts, and where this one stands among them. */
  rivals?: { outputs: string[]; models: string[]; place: number; expected: number }
}

/** A call of a tool as assertions see it. */
export type AnswerCall = Pick<ToolCallRecord, 'name' | 'args'> & Partial<ToolCallRecord>

/** What an assertion found. `stands` keeps `not-` from turning it round: there was nothing to check, or it could not be checked. */
export type Finding = {
  pass: boolean
  score: number
  reason: string
  expected?: string
  actual?: string
  stands?: boolean
}

/** An assertion as it is written down, before its type is looked up. */
export type AssertionInput = Partial<
  Pick<AssertionSpec, 'type' | 'value' | 'threshold' | 'config' | 'options' | 'rubricPrompt' | 'contextTransform'>
>

/** How one name is read into the options of its assertion; wrong values throw `assertion.bad_value`. */
export type Reader = (spec: AssertionInput, refuse: Refuse) => Record<string, unknown>

/** Ends the reading of an assertion whose value is wrong. */
export type Refuse = (reason: string) => never

/** An assertion: the names it is written under, the options they are read into, and what holds. */
export type Assertion = {
  type: string
  options: z.ZodObject
  names: Record<string, Reader>
  check: (answer: Answer, options: never, tools: CheckTools) => Finding | Promise<Finding>
  /** A model gives the verdict: without a judge it cannot be checked. */
  isJudged?: boolean
}

/** What a check is made with; the type is the name it was asked by. */
export type CheckTools = { sandbox: Sandbox; type: string; judge?: Judge | undefined }

/** Keeps the name, the options and the check of one assertion; the list needs no more than `Assertion`. */
export const defineAssertion = <
  const Type extends string,
  Shape extends z.ZodRawShape,
  Names extends Record<string, Reader>,
>(definition: {
  type: Type
  options: Shape
  names: Names
  check: (answer: Answer, options: z.infer<z.ZodObject<Shape>>, tools: CheckTools) => Finding | Promise<Finding>
}) => ({ ...definition, options: z.strictObject(definition.options) })

/** A finding of an assertion that only holds or does not. */
export const verdictOf = (
  pass: boolean,
  reason: string,
  difference: Pick<Finding, 'expected' | 'actual'> = {},
): Finding => ({
  pass,
  score: pass ? 1 : 0,
  reason,
  ...difference,
})

/** The same assertion with `not-` in front: what held fails, and a graded score is what was missing to 1. */
export const opposite = (finding: Finding, type: string, answer: Answer): Finding => {
  if (finding.stands) return finding.pass ? finding : { ...finding, score: 0 }
  const score = Math.min(1, Math.max(0, 1 - finding.score))
  if (!finding.pass) return { pass: true, score, reason: `${type} does not hold, as wanted` }
  return {
    pass: false,
    score,
    reason: `${type} holds, which was not wanted: ${finding.reason}`,
    expected: `the opposite of ${type}`,
    actual: excerpt(answer.text),
  }
}

/** The end of a reading: the named type was given something it does not take. */
export const refuseFor =
  (type: string): Refuse =>
  (reason) => {
    throw new AssayError('assertion.bad_value', { type, reason })
  }
