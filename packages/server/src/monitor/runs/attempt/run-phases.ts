import { compileTemplate, type CaseResult, type ChatRequest, type RegressionTest, type Verdict } from '@assay/core'
import type { App } from '../../../app.ts'
import { attempt, judgeText, type Attempted, type Attempting } from './attempt.ts'

/** Runs the phases of a pipeline one after another, until one fails; then what must hold of the whole. */
export const runPhases = async (app: App, asked: Attempting): Promise<Attempted> => {
  const { test } = asked
  const startedAt = app.now()
  const done: { name: string; attempted: Attempted }[] = []
  const outputs: Record<string, { output: string }> = {}
  for (const { name, target, request, expected } of test.phases) {
    const vars = { output: done.at(-1)?.attempted.result.response ?? '', phases: outputs }
    const phase: RegressionTest = {
      ...test,
      name: `${test.name}: ${name}`,
      target: target ?? test.target,
      request: request && rendered(request, vars, name),
      phases: [],
      expected,
    }
    const attempted = await attempt(app, { ...asked, test: phase })
    done.push({ name, attempted })
    if (attempted.result.status !== 'passed') break
    outputs[name] = { output: attempted.result.response ?? '' }
  }
  const last = done.at(-1)!.attempted
  const whole = mergedOf(test, done, app.now() - startedAt)
  if (last.result.status !== 'passed') return { ...last, result: whole }
  return { ...last, result: await withWhole(app, asked, whole) }
}

/** The texts of a phase with what earlier phases said; what is put in is never read as a template again. */
const rendered = (request: ChatRequest, vars: Record<string, unknown>, title: string): ChatRequest => ({
  ...request,
  messages: request.messages.map((message) =>
    typeof message.content === 'string'
      ? { ...message, content: compileTemplate(message.content)(vars, title) }
      : message,
  ),
})

/** What must hold of the last answer and of the time and money that all of it took. */
const withWhole = async (app: App, asked: Attempting, whole: CaseResult): Promise<CaseResult> => {
  const { maxDurationMs, maxCostUsd, ...ofText } = asked.test.expected
  const said = await judgeText(
    app,
    { ...asked, test: { ...asked.test, phases: [], expected: ofText } },
    whole.response ?? '',
  )
  const costUsd = (whole.costNanoUsd ?? 0) / 1e9
  const verdicts: Verdict[] = [
    ...said.result.verdicts.map((verdict) => ({ ...verdict, metric: 'whole' })),
    ...(maxDurationMs === undefined
      ? []
      : [
          limit('latency', whole.durationMs <= maxDurationMs, `${Math.round(whole.durationMs)} of ${maxDurationMs} ms`),
        ]),
    ...(maxCostUsd === undefined ? [] : [limit('cost', costUsd <= maxCostUsd, `$${costUsd} of $${maxCostUsd}`)]),
  ]
  const isFailed = verdicts.some(({ pass }) => !pass)
  return {
    ...whole,
    verdicts: [...whole.verdicts, ...verdicts],
    ...(isFailed ? { status: 'failed' as const, score: 0 } : {}),
  }
}

const limit = (type: string, pass: boolean, reason: string): Verdict => ({
  type,
  pass,
  score: pass ? 1 : 0,
  reason: `the whole took ${reason}`,
  weight: 1,
  metric: 'whole',
})

const mergedOf = (
  test: RegressionTest,
  done: readonly { name: string; attempted: Attempted }[],
  durationMs: number,
): CaseResult => {
  const last = done.at(-1)!
  const results = done.map(({ attempted }) => attempted.result)
  const costs = results.map(({ costNanoUsd }) => costNanoUsd)
  const { error, status, score } = last.attempted.result
  return {
    ...last.attempted.result,
    caseKey: test.id,
    title: test.name,
    model: 'pipeline',
    input: done.map(({ name }) => name).join(' → '),
    status,
    score,
    error: error && { ...error, message: `phase ${last.name}: ${error.message}` },
    verdicts: done.flatMap(({ name, attempted }) =>
      attempted.result.verdicts.map((verdict) => ({ ...verdict, metric: `phase ${name}` })),
    ),
    costNanoUsd: costs.includes(null) ? null : costs.reduce<number>((sum, cost) => sum + (cost ?? 0), 0),
    durationMs,
  }
}
