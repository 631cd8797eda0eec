import { textOf, type ChatMessage, type ChatRequest } from '../gateway/chat.ts'
import type { Complexity } from '../gateway/request.ts'

/** One reason for a score: what was seen, how much of it, and the points it gave. */
export type Contribution = { feature: string; value: number; points: number }

/** How hard a request is, from 0 to 1, and why. */
export type ComplexityScore = {
  score: number
  complexity: Complexity
  /** `rules`, or `housekeeping` for the titles, tags and summaries that chat clients ask for by themselves. */
  reason: 'rules' | 'housekeeping'
  contributions: Contribution[]
}

/** From which score on a request counts as medium and as complex. */
export type Thresholds = { medium: number; complex: number }
export const defaultThresholds: Thresholds = { medium: 0.3, complex: 0.55 }

/** Only this much of the prompt is read, so that a long one costs no more than a page. */
const READ_CHARACTERS = 8_192

type Scored = Pick<ChatRequest, 'messages' | 'tools' | 'response_format'>

/** Scores a request by rules, untrained; appending words never lowers the score. */
export const scoreComplexity = (request: Scored, thresholds: Thresholds = defaultThresholds): ComplexityScore => {
  const reading = read(request)
  if (housekeeping.test(reading.system.slice(0, 1_000))) {
    return { score: 0, complexity: 'simple', reason: 'housekeeping', contributions: [] }
  }
  if (reading.words === 0) return { score: 0, complexity: 'simple', reason: 'rules', contributions: [] }
  const contributions: Contribution[] = []
  let sum = 0
  for (const { feature, measure, points } of features) {
    const value = measure(reading)
    if (value === 0) continue
    const given = points(value)
    if (given === 0) continue
    contributions.push({ feature, value, points: given })
    sum += given
  }
  const score = Math.min(1, sum)
  return { score, complexity: complexityOf(score, thresholds), reason: 'rules', contributions }
}

/** The class of a score. */
export const complexityOf = (score: number, { medium, complex }: Thresholds): Complexity => {
  if (score < medium) return 'simple'
  return score < complex ? 'medium' : 'complex'
}

type Reading = {
  /** The last user message. */
  text: string
  /** Its words and a quarter of those of the user messages before. */
  words: number
  system: string
  turns: number
  tools: number
  hasSchema: boolean
}

const read = ({ messages, tools, response_format: format }: Scored): Reading => {
  let text: string | null = null
  let earlierWords = 0
  let budget = READ_CHARACTERS
  let system = ''
  for (let index = messages.length - 1; index >= 0; index--) {
    const message = messages[index]!
    if (isInstruction(message)) system = textOf(message) + system
    if (message.role !== 'user') continue
    if (text === null) text = textOf(message).slice(0, READ_CHARACTERS)
    else if (budget > 0) {
      const earlier = textOf(message).slice(0, budget)
      budget -= earlier.length
      earlierWords += wordsOf(earlier)
    }
  }
  const last = text ?? ''
  return {
    text: last,
    words: wordsOf(last) + earlierWords / 4,
    system,
    turns: messages.length,
    tools: tools?.length ?? 0,
    hasSchema: format?.type === 'json_schema',
  }
}

const isInstruction = ({ role }: ChatMessage): boolean => role === 'system' || role === 'developer'

/** Runs of characters other than white space. */
const wordsOf = (text: string): number => {
  let words = 0
  let inside = false
  for (let index = 0; index < text.length; index++) {
    const isSpace = text.charCodeAt(index) <= 32
    if (!isSpace && !inside) words++
    inside = !isSpace
  }
  return words
}

const countOf = (text: string, pattern: RegExp, most: number): number => {
  pattern.lastIndex = 0
  let count = 0
  while (count < most && pattern.test(text)) count++
  return count
}

const housekeeping =
  /\b(?:generate|create|write|suggest|provide)\b[^.\n]{0,60}\b(?:title|tags|summary)\b[^.\n]{0,80}\b(?:chat|conversation|thread)\b/i

const hardVerbs = 'design|architect|prove|derive|refactor|debug|optimi[sz]e|diagnose|migrate|plan'
const plainVerbs = 'write|implement|create|build|generate|fix|code|calculate|compute|summari[sz]e|translate|compare'
/** A verb counts where an order begins: at the start of a sentence, a line or a list item, or after "please" or "you". */
const order = new RegExp(
  `(?:^|[.!?:;\\n]\\s*(?:[-*#]+\\s*|\\d+[.)]\\s*)?|\\b(?:please|you)\\s+)(?:(${hardVerbs})|${plainVerbs})\\b`,
  'gi',
)

/** 2 for a text that orders something hard, 1 for something plain, 0 for nothing known; one pass over the text. */
const taskOf = (text: string): number => {
  order.lastIndex = 0
  let kind = 0
  for (let match = order.exec(text); match; match = order.exec(text)) {
    if (match[1] !== undefined) return 2
    kind = 1
  }
  return kind
}

const codeLine =
  /```|^\s*(?:def|class|function|const|let|var|import|from|return|public|private|#include|SELECT)\b[^\n]*[({=:;*<]/m
const mathSign = /\\(?:frac|sum|int|sqrt|lim|begin|alpha|beta)\b|[=^∫∑√]/
const numberToken = /\d+(?:[.,]\d+)*/g
const stepMark = /^\s*(?:[-*•]|\d+[.)])\s|\b(?:then|after that|afterwards|next|finally|step)\b/gim
const constraintWord =
  /\b(?:not|except|without|must|exactly|at least|at most|only|every|per|never|no more than|unless|between)\b/gi

/** What counts, in the order it is shown. Each is monotone in appended words, and so is their sum. */
const features: readonly {
  feature: string
  measure: (reading: Reading) => number
  points: (value: number) => number
}[] = [
  {
    feature: 'length',
    measure: ({ words }) => words,
    points: (words) => Math.min(0.6, 0.11 * Math.log2(1 + words / 8)),
  },
  {
    feature: 'task',
    measure: ({ text }) => taskOf(text),
    points: (kind) => 0.25 * kind,
  },
  { feature: 'code', measure: ({ text }) => Number(codeLine.test(text)), points: () => 0.1 },
  { feature: 'math', measure: ({ text }) => Number(mathSign.test(text)), points: () => 0.08 },
  { feature: 'numbers', measure: ({ text }) => countOf(text, numberToken, 5), points: (count) => 0.02 * count },
  {
    feature: 'steps',
    measure: ({ text }) => countOf(text, stepMark, 4),
    points: (count) => Math.min(0.1, 0.03 * count),
  },
  {
    feature: 'constraints',
    measure: ({ text }) => countOf(text, constraintWord, 4),
    points: (count) => Math.min(0.1, 0.03 * count),
  },
  { feature: 'questions', measure: ({ text }) => countOf(text, /\?/g, 2), points: (count) => (count > 1 ? 0.04 : 0) },
  { feature: 'tools', measure: ({ tools }) => tools, points: () => 0.05 },
  { feature: 'schema', measure: ({ hasSchema }) => Number(hasSchema), points: () => 0.03 },
  { feature: 'turns', measure: ({ turns }) => turns, points: (turns) => (turns > 6 ? 0.05 : 0) },
  { feature: 'system', measure: ({ system }) => system.length, points: (length) => (length > 2_000 ? 0.05 : 0) },
]
