/**
 * What a suite in code is written with: `import { defineSuite, contains } from '@assay/runner/suite'`. The assertions are
 * those of the one list in the core, by their names in code.
 */
import { builders, defineSuite, not, type CodeAssertion } from '@assay/core'

export { defineSuite, not }
export type {
  CodeAssertion,
  CodeCase,
  CodePrompt,
  CodeTarget,
  CodeTurn,
  DefinedSuite,
  SchemaLike,
  StandardSchema,
  SuiteDefinition,
  SuiteTarget,
} from '@assay/core'

export const {
  answerRelevance,
  bleu,
  contains,
  containsHtml,
  containsJson,
  containsSql,
  containsXml,
  contextFaithfulness,
  contextRecall,
  contextRelevance,
  cost,
  equals,
  factuality,
  finishReason,
  gEval,
  gleu,
  isHtml,
  isJson,
  isRefusal,
  isSql,
  isValidOpenaiToolsCall,
  isXml,
  javascript,
  latency,
  length,
  levenshtein,
  llmRubric,
  modelGradedClosedqa,
  pairwise,
  perplexity,
  perplexityScore,
  regex,
  rougeN,
  selectBest,
  similar,
  startsWith,
  toolCallF1,
  trajectoryGoalSuccess,
  trajectoryStepCount,
  trajectoryToolArgsMatch,
  trajectoryToolSequence,
  trajectoryToolStatus,
  trajectoryToolUsed,
  wordCount,
} = builders

/** Several assertions that count as one: all of them must hold, or their mean must reach the threshold. */
export const assertSet = <const Members extends readonly Exclude<CodeAssertion, { type: 'assert-set' }>[]>(
  members: Members,
  { threshold, weight, metric }: { threshold?: number; weight?: number; metric?: string } = {},
) => ({
  type: 'assert-set' as const,
  assert: members,
  ...(threshold !== undefined && { threshold }),
  ...(weight !== undefined && { weight }),
  ...(metric !== undefined && { metric }),
})
