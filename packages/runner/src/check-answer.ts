import {
  answerOf,
  AssayError,
  compileAssertion,
  isAssayError,
  isJudgedType,
  scoreSet,
  sumJudgeUse,
  type Answer,
  type AssertionSpec,
  type CompiledAssertion,
  type Dialect,
  type Sandbox,
  type Verdict,
} from '@assay/core'
import { JudgeLedger } from './judge/calls.ts'
import type { Panel } from './judge/panel.ts'
import { countVotes, voteOf } from './judge/votes.ts'
import type { StoredJudgement } from './journal.ts'

/** What answers are checked with. */
export type CheckTools = {
  sandbox: Sandbox
  dialect: Dialect
  /** The models that judge; without them what needs one cannot be checked. */
  panel?: Panel | undefined
  /** Where what judges said is kept. */
  judged?: StoredJudgement[] | undefined
  /** The run ends: what a check says of that is not its verdict. */
  signal?: AbortSignal | undefined
}

/** What each assertion says of an answer; one that could not be checked has its error as verdict. */
export const checkAnswer = async (
  assertions: readonly AssertionSpec[],
  answer: Answer,
  tools: CheckTools,
): Promise<Verdict[]> => {
  const verdicts: Verdict[] = []
  for (const spec of assertions) {
    verdicts.push(spec.assert ? await checkSet(spec, spec.assert, answer, tools) : await checkOne(spec, answer, tools))
  }
  return verdicts
}

/** The answer as a transform makes it. */
export const transformAnswer = async (answer: Answer, code: string, { sandbox }: CheckTools): Promise<Answer> => {
  const context = { vars: answer.vars ?? {}, config: {} }
  const outcome = await sandbox.javascript({ code, output: answer.output, context })
  if ('thrown' in outcome) throw new AssayError('suite.transform_failed', { reason: outcome.thrown })
  if (outcome.json === undefined) throw new AssayError('suite.transform_failed', { reason: 'it returned nothing' })
  const { output: _output, text: _text, ...context_ } = answer
  return answerOf(JSON.parse(outcome.json), context_)
}

/** An error as results keep it. */
export const errorOf = (error: unknown): { code: string; message: string } => {
  if (isAssayError(error) || error instanceof LimitReached) return { code: error.code, message: error.message }
  return { code: 'internal.unexpected', message: error instanceof Error ? error.message : String(error) }
}

/** A case used up what it may. */
export class LimitReached extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

const checkSet = async (
  spec: AssertionSpec,
  specs: readonly AssertionSpec[],
  answer: Answer,
  tools: CheckTools,
): Promise<Verdict> => {
  const members = await checkAnswer(specs, answer, tools)
  const broken = members.find(({ error }) => error)
  const use = sumJudgeUse(members.map((member) => member.judge))
  return {
    ...aboutOf(spec),
    ...scoreSet(members, spec.threshold),
    ...(broken?.error && { error: broken.error }),
    ...(use && { judge: { models: [...new Set(members.flatMap(({ judge }) => judge?.models ?? []))], ...use } }),
    members,
  }
}

const checkOne = async (spec: AssertionSpec, answer: Answer, tools: CheckTools): Promise<Verdict> => {
  const about = aboutOf(spec)
  try {
    const looked = spec.transform === undefined ? answer : await transformAnswer(answer, spec.transform, tools)
    const check = compiledOf(spec, tools.dialect)
    if (tools.panel && isJudgedType(spec.type)) return { ...about, ...(await judge(spec, looked, { ...tools, check })) }
    const finding = check(looked, tools.sandbox)
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
    if (tools.signal?.aborted) throw error
    const told = errorOf(error)
    return { ...about, pass: false, score: 0, reason: told.message, error: told }
  }
}

/** Asks the judge as often as is wanted; every vote has its own answers and all of them one ledger. */
const judge = async (
  spec: AssertionSpec,
  answer: Answer,
  { check, panel, sandbox, judged }: CheckTools & { check: CompiledAssertion },
): Promise<Omit<Verdict, 'type' | 'weight' | 'metric'>> => {
  const ledger = new JudgeLedger()
  const numbers = Array.from({ length: spec.repeat ?? 1 }, (_, index) => index + 1)
  try {
    const votes = await Promise.all(
      numbers.map((vote) => voteOf(() => check(answer, sandbox, panel?.judgeFor(spec, { vote, ledger })))),
    )
    const { votes: each, agreement, ...verdict } = countVotes(votes)
    if (ledger.use.calls === 0 && !each) return verdict
    const said = { ...(each && { votes: each }), ...(agreement !== undefined && { agreement }) }
    return { ...verdict, judge: { models: [...ledger.models], ...ledger.use, ...said } }
  } finally {
    judged?.push(...ledger.judged)
  }
}

const aboutOf = ({ type, weight, metric }: AssertionSpec) => ({ type, weight, ...(metric !== undefined && { metric }) })

/** Assertions without templates are the same objects for every model and repeat, so each is read once. */
const compiled = new WeakMap<AssertionSpec, { dialect: Dialect; run: CompiledAssertion }>()

const compiledOf = (spec: AssertionSpec, dialect: Dialect): CompiledAssertion => {
  const known = compiled.get(spec)
  if (known?.dialect === dialect) return known.run
  const run = compileAssertion(spec, dialect)
  compiled.set(spec, { dialect, run })
  return run
}
