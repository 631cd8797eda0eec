import {
  answerOf,
  isAssayError,
  NANO_USD_PER_USD,
  noUsage,
  scoreCase,
  sumJudgeUse,
  textOf,
  type Answer,
  type AssertionSpec,
  type CaseResult,
  type ChatMessage,
  type Dialect,
  type PlannedCase,
  type Sandbox,
  type ToolCallRecord,
  type Usage,
  type Verdict,
} from '@assay/core'
import { checkAnswer, errorOf, LimitReached, transformAnswer } from './check-answer.ts'
import type { Panel } from './judge/panel.ts'
import type { StoredJudgement, StoredTurn } from './journal.ts'
import { functionCall, type Target, type TargetAnswer } from './target.ts'
import { addUsage } from './usage.ts'

/** What a case is run with. */
export type CaseTools = {
  target: Target
  sandbox: Sandbox
  dialect: Dialect
  now: () => number
  signal: AbortSignal
  /** Where what was said is kept, turn by turn. */
  turns?: StoredTurn[]
  /** The models that judge the answers. */
  panel?: Panel | undefined
  /** Where what judges said is kept. */
  judged?: StoredJudgement[]
  /** The target is done: what is left is to check what it said. */
  onAnswered?: (() => void) | undefined
  /** Waits for the other answers to the same case, where an assertion compares them. */
  meet?: ((output: string) => Promise<Answer['rivals']>) | undefined
}

/** Says each turn of a case to its target and checks the answers. Whatever goes wrong with it is a result, not an error. */
export const runCase = async (planned: PlannedCase, tools: CaseTools): Promise<CaseResult> => {
  const startedAt = tools.now()
  const spent: Spent = {
    usage: null,
    costNanoUsd: 0,
    latencyMs: 0,
    steps: 0,
    toolCalls: [],
    isCached: true,
    httpStatus: null,
  }
  try {
    const { answers, checks } = await withTimeLimit(planned, tools, (signal) => converse(planned, tools, spent, signal))
    tools.onAnswered?.()
    const verdicts = await checkAll(checks, { planned, tools })
    const judge = sumJudgeUse(verdicts.map((verdict) => verdict.judge))
    const isUnasserted = verdicts.length === 0
    return {
      ...identity(planned),
      ...scoreCase(verdicts, { threshold: planned.threshold }),
      ...(isUnasserted && { unasserted: true }),
      response: answers.map(({ text }) => text).join('\n\n'),
      verdicts,
      ...figuresOf(spent, planned),
      ...(judge && { judge }),
      latencyMs: spent.latencyMs,
      durationMs: tools.now() - startedAt,
    }
  } catch (error) {
    if (isAssayError(error, 'suite.plugin_unready')) throw error
    return {
      ...identity(planned),
      status: isOwnFault(error, spent) ? 'failed' : 'error',
      score: 0,
      error: errorOf(error),
      ...(error instanceof LimitReached && { reason: error.code }),
      response: null,
      verdicts: [],
      ...figuresOf(spent, planned),
      latencyMs: null,
      durationMs: tools.now() - startedAt,
    }
  } finally {
    await closed(tools.target)
  }
}

/** A limit that was reached is the case's doing; a model that never said anything is not. */
const isOwnFault = (error: unknown, { steps }: Spent): boolean =>
  error instanceof LimitReached && (error.code !== 'limit.time' || steps > 0)

/** A target that cannot be closed in order takes nothing from what was found. */
const closed = async (target: Target): Promise<void> => {
  try {
    await target[Symbol.asyncDispose]?.()
  } catch {
    // What it left behind is no part of the case.
  }
}

/** What a case used up, turn by turn. */
type Spent = {
  usage: Usage | null
  costNanoUsd: number | null
  latencyMs: number
  steps: number
  toolCalls: ToolCallRecord[]
  isCached: boolean
  httpStatus: number | null
}

const identity = ({ caseKey, title, model, repeat, input, kind, tags, assertHash }: PlannedCase) => ({
  caseKey,
  title,
  model,
  repeat,
  input,
  kind,
  ...(tags.length > 0 && { tags }),
  assertHash,
})

const figuresOf = ({ usage, costNanoUsd, steps, toolCalls, isCached, httpStatus }: Spent, planned: PlannedCase) => ({
  usage,
  costNanoUsd: usage === null ? null : costNanoUsd,
  ...(isCached && steps > 0 && { cached: true }),
  ...((steps > 1 || planned.steps.length > 0) && { steps }),
  ...(toolCalls.length > 0 && { toolCalls }),
  ...(httpStatus !== null && { httpStatus }),
})

/** The turns of a case, with what is to be checked of each; what the case itself asserts holds of the last answer. */
const converse = async (
  planned: PlannedCase,
  tools: CaseTools,
  spent: Spent,
  signal: AbortSignal,
): Promise<{ answers: TargetAnswer[]; checks: Check[] }> => {
  const messages: ChatMessage[] = [...planned.messages]
  const answers: TargetAnswer[] = []
  const checks: Check[] = []
  for (let number = 1; number <= planned.steps.length + 1; number++) {
    const step = planned.steps[number - 2]
    if (step) messages.push({ role: 'user', content: step.input })
    const asked = textOf(messages.findLast(({ role }) => role === 'user') ?? { role: 'user' })
    const answer = await tools.target.answer({ planned, messages, number, signal })
    spend(spent, answer)
    if ('failure' in answer) throw answer.failure
    tools.turns?.push(answer)
    holdToLimits(spent, planned)
    answers.push(answer)
    messages.push(...answer.messages)
    const isLast = number === planned.steps.length + 1
    const own = number === 1 ? planned.opening : (step?.assertions ?? [])
    const assertions = isLast ? [...own, ...planned.assertions] : own
    if (assertions.length > 0)
      checks.push({ assertions, answer: answerTo(planned, answer, { spent, asked, dialect: tools.dialect }) })
  }
  return { answers, checks }
}

const spend = (spent: Spent, answer: TargetAnswer): void => {
  if (answer.usage) spent.usage = addUsage(spent.usage ?? noUsage, answer.usage)
  spent.costNanoUsd =
    spent.costNanoUsd === null || answer.costNanoUsd === null ? null : spent.costNanoUsd + answer.costNanoUsd
  spent.latencyMs += answer.latencyMs
  spent.steps += answer.steps
  spent.toolCalls.push(...answer.toolCalls)
  spent.isCached &&= answer.isCached
  spent.httpStatus = answer.httpStatus ?? spent.httpStatus
}

const holdToLimits = ({ usage, costNanoUsd }: Spent, { limits }: PlannedCase): void => {
  const tokens = usage ? usage.inputTokens + usage.outputTokens : 0
  if (tokens > limits.tokens) throw new LimitReached('limit.tokens', `${tokens} tokens are more than ${limits.tokens}`)
  const costUsd = (costNanoUsd ?? 0) / NANO_USD_PER_USD
  if (limits.costUsd !== undefined && costUsd > limits.costUsd) {
    throw new LimitReached('limit.cost', `$${costUsd} is more than $${limits.costUsd}`)
  }
}

/** What must hold of one answer. */
type Check = { assertions: readonly AssertionSpec[]; answer: Answer }

/** Checks every answer, those of other models beside it where something compares them. */
const checkAll = async (
  checks: readonly Check[],
  { planned, tools }: { planned: PlannedCase; tools: CaseTools },
): Promise<Verdict[]> => {
  const verdicts: Verdict[] = []
  const { transform } = planned
  for (const { assertions, answer } of checks) {
    const looked = transform === undefined ? answer : await transformAnswer(answer, transform, tools)
    const rivals = assertions.some(comparesAnswers) ? await tools.meet?.(looked.text) : undefined
    verdicts.push(...(await checkAnswer(assertions, rivals ? { ...looked, rivals } : looked, tools)))
  }
  return verdicts
}

/** True for an assertion about all answers to a case. */
export const comparesAnswers = ({ type, value, options, assert }: AssertionSpec): boolean =>
  type.endsWith('select-best') || namesRival(value) || namesRival(options) || (assert?.some(comparesAnswers) ?? false)

/** `pairwise` against the answer of another model. */
const namesRival = (given: unknown): boolean => typeof given === 'object' && given !== null && 'againstModel' in given

const answerTo = (
  { vars, tools }: PlannedCase,
  answer: TargetAnswer,
  { spent: { toolCalls, steps }, asked, dialect }: { spent: Spent; asked: string; dialect: Dialect },
): Answer => {
  const calls = answer.openCalls.map(functionCall)
  const open = answer.openCalls.map(({ name, arguments: args }) => ({ name, args, step: steps }))
  // An answer that only calls tools is those calls.
  const said = answer.text === '' && calls.length > 0 ? { tool_calls: calls } : answer.text
  return answerOf(answer.output ?? said, {
    vars,
    input: asked,
    // There the latency of an answer out of the cache counts as unknown.
    ...(dialect === 'promptfoo' && answer.isCached ? undefined : { latencyMs: answer.latencyMs }),
    ...(answer.finishReason !== null && { finishReason: answer.finishReason }),
    ...(answer.costNanoUsd !== null && { costUsd: answer.costNanoUsd / NANO_USD_PER_USD }),
    ...(answer.logProbs && { logProbs: answer.logProbs }),
    ...(tools.length > 0 && { tools }),
    // As they stood when this was said: a later turn may add to them.
    toolCalls: [...toolCalls, ...open],
    steps,
  })
}

/** Holds the whole case to its time; a timer of our own, because `AbortSignal.any` keeps what it watched. */
const withTimeLimit = async <Value>(
  { limits }: PlannedCase,
  { signal }: CaseTools,
  work: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> => {
  const controller = new AbortController()
  const stop = () => controller.abort(signal.reason)
  let isLate = false
  const timer = setTimeout(() => {
    isLate = true
    controller.abort()
  }, limits.timeoutMs)
  signal.addEventListener('abort', stop, { once: true })
  try {
    if (signal.aborted) stop()
    return await work(controller.signal)
  } catch (error) {
    throw isLate ? new LimitReached('limit.time', `no answer within ${limits.timeoutMs} ms`) : error
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
  }
}
