import { textOf, type ChatRequest } from '../gateway/chat.ts'
import { estimateInputTokens } from '../gateway/tokens.ts'
import type { Category, Failure } from './failure.ts'

/** Says of a smaller request whether what was recorded would still be the failure that it was. */
export type Evidence = (smaller: ChatRequest) => boolean

/**
 * What shows, without asking anybody, that a smaller request still fails; null where nothing recorded can show it, so
 * that the request is kept as it was.
 */
export const evidenceOf = (parts: {
  category: Category
  method: 'replay' | 'inject'
  failure: Failure
}): Evidence | null => {
  const { category, method, failure } = parts
  const { request, output, message } = failure
  if (request === null) return null
  // The fault comes from the simulator whatever is asked; but `auto` plans by what is asked, and the plan must stay.
  if (method === 'inject') return /^auto\b/.test(request.model) ? null : () => true
  if (category === 'context_length') return stillTooLong(request, message)
  if (category !== 'validation' || output === null || output === '') return null
  // The recorded answer is judged by the form that was asked for, and by the tools it names.
  return (smaller) =>
    smaller.response_format === request.response_format && keepsNamed(request, smaller, `${message}\n${output}`)
}

/** The limit that the error names; the largest number of its words is what was sent, the other one the limit. */
const stillTooLong = (request: ChatRequest, message: string): Evidence | null => {
  const named = [...message.matchAll(/(?<![\w.])\d{1,3}(?:,\d{3})+|(?<![\w.])\d{3,9}(?![\w.]*\d)/g)]
    .map(([text]) => Number(text.replaceAll(',', '')))
    .filter((count) => count >= 256)
  if (named.length < 2) return null
  const [limit, sent] = [Math.min(...named), Math.max(...named)]
  const estimated = estimateInputTokens(request)
  // Our estimate is scaled by what the provider counted, so that the rest is held to the same measure.
  return sent > limit && estimated > 0 ? (smaller) => (estimateInputTokens(smaller) / estimated) * sent > limit : null
}

/** Tools that the evidence names must stay, and so must turns that hold their calls. */
const keepsNamed = (request: ChatRequest, smaller: ChatRequest, evidence: string): boolean => {
  const kept = new Set(namesOf(smaller))
  const dropped = namesOf(request).filter((name) => !kept.has(name))
  const last = smaller.messages.findLast(({ role }) => role === 'user')
  const words = `${evidence}\n${last ? textOf(last) : ''}`
  return dropped.every((name) => !words.includes(name))
}

const namesOf = ({ tools }: ChatRequest): string[] =>
  (tools ?? []).flatMap((tool) => {
    const { function: named, name } = tool as { function?: { name?: unknown }; name?: unknown }
    return [named?.name ?? name].filter((text) => typeof text === 'string')
  })
