import { cost, finishReason, latency } from './budget.ts'
import { contains } from './contains.ts'
import type { Assertion } from './define.ts'
import { equals, startsWith } from './equals.ts'
import { containsHtml, isHtml } from './html.ts'
import { containsJson, isJson } from './is-json.ts'
import { containsXml, isXml } from './is-xml.ts'
import { javascript } from './javascript.ts'
import { closedQa } from './judges/closed-qa.ts'
import { pairwise, selectBest } from './judges/compare.ts'
import { contextFaithfulness, contextRecall, contextRelevance } from './judges/context.ts'
import { factuality } from './judges/factuality.ts'
import { gEval } from './judges/g-eval.ts'
import { goalSuccess, llmRubric } from './judges/rubric.ts'
import { answerRelevance, similar } from './judges/similar.ts'
import { levenshtein } from './levenshtein.ts'
import { bleu, gleu, rougeN } from './likeness.ts'
import { perplexity, perplexityScore } from './perplexity.ts'
import { prpmAssertions } from './prpm.ts'
import { regex } from './regex.ts'
import { isRefusal } from './refusal.ts'
import { length, wordCount } from './size.ts'
import { containsSql, isSql } from './sql.ts'
import { toolArgsMatch } from './tool-args.ts'
import { toolCallF1, validToolCalls } from './tool-calls.ts'
import { toolStatus } from './tool-status.ts'
import { stepCount, toolSequence, toolUsed } from './tool-trajectory.ts'

/** What a type name means depends on the kind of file it stands in. */
export const dialects = ['assay', 'promptfoo', 'prpm'] as const
export type Dialect = (typeof dialects)[number]

/** Every assertion there is; names, validation and the documentation follow from this list. */
export const assertions = [
  equals,
  startsWith,
  contains,
  regex,
  isJson,
  containsJson,
  isXml,
  containsXml,
  isSql,
  containsSql,
  isHtml,
  containsHtml,
  javascript,
  wordCount,
  length,
  levenshtein,
  bleu,
  gleu,
  rougeN,
  isRefusal,
  latency,
  cost,
  perplexity,
  perplexityScore,
  finishReason,
  toolCallF1,
  validToolCalls,
  toolUsed,
  toolSequence,
  toolArgsMatch,
  stepCount,
  toolStatus,
  llmRubric,
  factuality,
  closedQa,
  gEval,
  answerRelevance,
  contextRecall,
  contextRelevance,
  contextFaithfulness,
  goalSuccess,
  similar,
  selectBest,
  pairwise,
] satisfies Assertion[]

const byName = (list: Assertion[]): Map<string, Assertion> =>
  new Map(list.flatMap((assertion) => Object.keys(assertion.names).map((name) => [name, assertion] as const)))

const flat = byName(assertions)

/** The assertion behind each name of a dialect, without the `not-` that every name of the first two may carry. */
export const assertionsOf: Record<Dialect, Map<string, Assertion>> = {
  assay: flat,
  promptfoo: flat,
  prpm: byName(prpmAssertions),
}

/** True for a type, `not-` or not, whose verdict a model gives: the text alone cannot decide it. */
export const isJudgedType = (type: string): boolean => flat.get(type.replace(/^not-/, ''))?.isJudged ?? false
