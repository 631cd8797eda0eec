import {
  answerOf,
  AssayError,
  AssertionSpec,
  compileAssertion,
  isAssayError,
  isJudgedType,
  isDeeperThan,
  issuesOf,
  MAX_JSON_DEPTH,
  ToolCallRecord,
  type Answer,
  type Dialect,
  type Issue,
  type Sandbox,
  type Verdict,
} from '@assay/core'
import { z } from 'zod'
import { checkAnswer, transformAnswer, type CheckTools } from './check-answer.ts'
import type { Panel } from './judge/panel.ts'

/** What one line of `assay assert --jsonl` is answered with. */
export type ProbeReply = { pass: boolean; score: number; reason: string } | { error: { code: string; message: string } }

/** Answers one line: an assertion, an output and what is known of it. A bad line is answered too, never thrown. */
export const answerProbe = async (
  line: string,
  {
    number,
    ...tools
  }: {
    number: number
    sandbox: Sandbox
    dialect: Dialect
    /** The models that judge; without them a line that needs one is answered so. */
    panel?: Panel | undefined
  },
): Promise<ProbeReply> => {
  try {
    const { assertion, output, context } = readProbe(line, number)
    const answer = answerOf(output, context)
    const { type } = assertion
    if (type === 'assert-set') return await answerSet(assertion, answer, tools)
    const { sandbox, dialect } = tools
    if (typeof type === 'string' && dialect !== 'prpm' && isJudgedType(type)) {
      return await answerJudged({ ...assertion, type }, answer, tools)
    }
    const check = compileAssertion(assertion, dialect)
    const { transform } = readSpec(assertion, dialect)
    const looked = transform === undefined ? answer : await transformAnswer(answer, transform, { sandbox, dialect })
    const { pass, score, reason } = await check(looked, sandbox)
    return { pass, score, reason }
  } catch (error) {
    if (isAssayError(error)) return { error: { code: error.code, message: error.message } }
    return { error: { code: 'internal.unexpected', message: error instanceof Error ? error.message : String(error) } }
  }
}

/** What a judge says of the answer; one that cannot be asked or understood is told as that. */
const answerJudged = async (
  assertion: Record<string, unknown> & { type: string },
  answer: Answer,
  tools: CheckTools,
): Promise<ProbeReply> => {
  if (!tools.panel) throw new AssayError('assertion.needs_model', { type: assertion.type })
  compileAssertion(assertion, tools.dialect)
  const [verdict] = await checkAnswer(
    [{ weight: 1, ...readSpec(assertion, tools.dialect), type: assertion.type }],
    answer,
    tools,
  )
  return replyOf(verdict!)
}

const replyOf = ({ pass, score, reason, error, unscored }: Verdict): ProbeReply => {
  if (error) return { error }
  return unscored ? { error: { code: unscored, message: reason } } : { pass, score, reason }
}

/** A set is weighed as in a suite; a member that cannot be checked is the answer. */
const answerSet = async (
  assertion: Record<string, unknown>,
  answer: Answer,
  tools: CheckTools,
): Promise<ProbeReply> => {
  const parsed = AssertionSpec.safeParse(assertion)
  const issues = parsed.success ? [] : issuesOf(parsed.error)
  if (!parsed.success || !parsed.data.assert) {
    const reason = textOf(issues.length > 0 ? issues : [{ path: 'assert', message: 'is missing' }])
    throw new AssayError('assertion.bad_value', { type: 'assert-set', reason })
  }
  const [verdict] = await checkAnswer([parsed.data], answer, tools)
  return replyOf(verdict!)
}

const textOf = (issues: readonly Issue[]): string =>
  issues.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join('; ')

/** A call of a tool with what is known of it. */
const ProbeCall = ToolCallRecord.partial().required({ name: true })

const Probe = z.strictObject({
  assertion: z.record(z.string(), z.unknown()),
  output: z.unknown().optional(),
  context: z
    .strictObject({
      vars: z.record(z.string(), z.unknown()).optional(),
      input: z.string().optional(),
      latencyMs: z.number().optional(),
      costUsd: z.number().optional(),
      logProbs: z.array(z.number()).optional(),
      finishReason: z.string().optional(),
      tools: z.array(z.unknown()).optional(),
      toolCalls: z.array(ProbeCall).optional(),
      steps: z.int().min(0).optional(),
    })
    .nullish(),
})

const readProbe = (line: string, number: number) => {
  const bad = (reason: string) => new AssayError('assertion.bad_json', { line: number, reason })
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (error) {
    throw bad((error as Error).message)
  }
  if (isDeeperThan(value, MAX_JSON_DEPTH)) throw bad(`it is nested deeper than ${MAX_JSON_DEPTH}`)
  const parsed = Probe.safeParse(value)
  if (!parsed.success) {
    throw bad(textOf(issuesOf(parsed.error)))
  }
  if (parsed.data.output === undefined) throw bad('output is missing')
  const given = Object.entries(parsed.data.context ?? {}).filter(([, member]) => member !== undefined)
  return { assertion: parsed.data.assertion, output: parsed.data.output, context: Object.fromEntries(given) }
}

/** Keys that mean something elsewhere are named, not skipped: a verdict without them could be another one. */
const readSpec = (assertion: Record<string, unknown>, dialect: Dialect): Partial<AssertionSpec> => {
  const parsed = AssertionSpec.partial().safeParse(assertion)
  if (parsed.success) return parsed.data as Partial<AssertionSpec>
  const type = typeof assertion['type'] === 'string' ? assertion['type'] : dialect
  throw new AssayError('assertion.bad_value', { type, reason: textOf(issuesOf(parsed.error)) })
}
