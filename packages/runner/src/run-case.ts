import {
  answerOf,
  compileAssertion,
  isAssayError,
  NANO_USD_PER_USD,
  scoreCase,
  type Answer,
  type AssertionSpec,
  type CaseResult,
  type CompiledAssertion,
  type Complete,
  type Completion,
  type Dialect,
  type PlannedCase,
  type Sandbox,
  type Verdict,
} from '@assay/core'

/** What a case is run with. */
export type CaseTools = {
  complete: Complete
  sandbox: Sandbox
  dialect: Dialect
  now: () => number
  signal: AbortSignal
}

/** Asks the model once and checks its answer. Whatever goes wrong with it is a result, not an error. */
export const runCase = async (planned: PlannedCase, tools: CaseTools): Promise<CaseResult> => {
  const startedAt = tools.now()
  try {
    const completion = await ask(planned, tools)
    const verdicts = await check(planned, answerTo(planned, completion), tools)
    return {
      ...identity(planned),
      ...scoreCase(verdicts, { threshold: planned.threshold }),
      response: completion.text,
      verdicts,
      latencyMs: completion.latencyMs,
      durationMs: tools.now() - startedAt,
      usage: completion.usage,
      costNanoUsd: completion.costNanoUsd,
    }
  } catch (error) {
    return {
      ...identity(planned),
      status: 'error',
      score: 0,
      error: errorOf(error),
      response: null,
      verdicts: [],
      latencyMs: null,
      durationMs: tools.now() - startedAt,
      usage: null,
      costNanoUsd: null,
    }
  }
}

const identity = ({ caseKey, title, model, repeat, input }: PlannedCase) => ({ caseKey, title, model, repeat, input })

/** One call with the time limit of the case; a timer of our own, because `AbortSignal.any` keeps what it watched. */
const ask = async ({ model, messages, limits }: PlannedCase, { complete, signal }: CaseTools): Promise<Completion> => {
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
    const request = { model, messages, temperature: 0, max_tokens: limits.maxOutputTokens }
    return await complete(request, { signal: controller.signal })
  } catch (error) {
    throw isLate ? new LimitReached('limit.time', `no answer within ${limits.timeoutMs} ms`) : error
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
  }
}

class LimitReached extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

const answerTo = ({ vars }: PlannedCase, completion: Completion): Answer => {
  const calls = completion.toolCalls.map(({ id, name, arguments: given }) => ({
    id,
    type: 'function',
    function: { name, arguments: given },
  }))
  // An answer that only calls tools is those calls.
  const output = completion.text === '' && calls.length > 0 ? { tool_calls: calls } : completion.text
  return answerOf(output, {
    vars,
    latencyMs: completion.latencyMs,
    finishReason: completion.finishReason,
    ...(completion.costNanoUsd !== null && { costUsd: completion.costNanoUsd / NANO_USD_PER_USD }),
  })
}

const check = async ({ assertions }: PlannedCase, answer: Answer, tools: CaseTools): Promise<Verdict[]> => {
  const verdicts: Verdict[] = []
  for (const spec of assertions) verdicts.push(await checkOne(spec, answer, tools))
  return verdicts
}

const checkOne = async (spec: AssertionSpec, answer: Answer, { sandbox, dialect }: CaseTools): Promise<Verdict> => {
  const { type, weight, metric } = spec
  const about = { type, weight, ...(metric !== undefined && { metric }) }
  try {
    const finding = compiledOf(spec, dialect)(answer, sandbox)
    const { pass, score, reason, expected, actual } = finding instanceof Promise ? await finding : finding
    if (pass) return { ...about, pass, score, reason }
    return {
      ...about,
      pass,
      score,
      reason,
      ...(expected !== undefined && { expected }),
      ...(actual !== undefined && { actual }),
    }
  } catch (error) {
    const told = errorOf(error)
    return { ...about, pass: false, score: 0, reason: told.message, error: told }
  }
}

/** Assertions without templates are the same objects for every model and repeat, so each is read once. */
const compiled = new WeakMap<AssertionSpec, { dialect: Dialect; run: CompiledAssertion }>()

const compiledOf = (spec: AssertionSpec, dialect: Dialect): CompiledAssertion => {
  const known = compiled.get(spec)
  if (known?.dialect === dialect) return known.run
  const run = compileAssertion(spec, dialect)
  compiled.set(spec, { dialect, run })
  return run
}

const errorOf = (error: unknown): { code: string; message: string } => {
  if (isAssayError(error) || error instanceof LimitReached) return { code: error.code, message: error.message }
  return { code: 'internal.unexpected', message: error instanceof Error ? error.message : String(error) }
}
