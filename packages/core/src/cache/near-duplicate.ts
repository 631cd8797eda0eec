import { z } from 'zod'
import { textOf, type ChatRequest } from '../gateway/chat.ts'
import { MERGED_SIMILARITY, signatureOf, similarity } from '../monitor/similarity.ts'
import { sha256 } from '../monitor/sha256.ts'
import type { CachePlace } from './key.ts'
import { canonicalJson, decisiveOf, normaliseText } from './normalise.ts'

/** What is done with a request that is nearly one whose answer is kept: nothing, a note of it, or that answer. */
export const nearDuplicateModes = ['off', 'suggest', 'serve'] as const
export const NearDuplicateMode = z.enum(nearDuplicateModes)
export type NearDuplicateMode = z.infer<typeof NearDuplicateMode>

/** While the measured upper bound is not below this share of false hits, no near-duplicate is served. */
export const MOST_FALSE_HITS = 0.005

/** The share of near-duplicate hits that are asked again upstream while they are served, to go on measuring. */
export const REMEASURED_SHARE = 0.02

/** What was measured of near-duplicates, and what follows from it. */
export const Measured = z.object({
  nearDuplicates: NearDuplicateMode,
  candidates: z.int().describe('Requests that a kept answer nearly fitted.'),
  measured: z.int().describe('Those whose fresh answer was compared with the kept one.'),
  falseHits: z.int().describe('Those whose fresh answer said something else.'),
  falseHitRate: z.number().nullable().describe('Null while nothing was measured.'),
  upperBound: z.number().describe('The rate is below this with 95 % confidence.'),
  isServing: z.boolean().describe(`True in the mode serve while the upper bound is below ${MOST_FALSE_HITS}.`),
})
export type Measured = z.infer<typeof Measured>

/** Reads the counts of comparisons as what they allow. */
export const measuredOf = (
  nearDuplicates: NearDuplicateMode,
  { candidates, measured, falseHits }: { candidates: number; measured: number; falseHits: number },
): Measured => {
  const upperBound = upperBoundOf(falseHits, measured)
  return {
    nearDuplicates,
    candidates,
    measured,
    falseHits,
    falseHitRate: measured === 0 ? null : falseHits / measured,
    upperBound,
    isServing: nearDuplicates === 'serve' && upperBound < MOST_FALSE_HITS,
  }
}

/** What a single-turn request is compared by with others; null for one of several turns or with more than text. */
export type Nearness = { nearKey: string; signature: Uint32Array }

export const nearnessOf = (
  place: CachePlace,
  request: ChatRequest,
  hash: (text: string) => string = sha256,
): Nearness | null => {
  const turns = request.messages.filter(({ role }) => role !== 'system' && role !== 'developer')
  const [turn] = turns
  if (turns.length !== 1 || turn!.role !== 'user' || typeof normalContent(turn!) !== 'string') return null
  const text = normaliseText(textOf(turn!))
  const messages = request.messages.filter((message) => message !== turn)
  const rest = decisiveOf({ ...request, messages })
  return {
    nearKey: hash(canonicalJson({ place, rest, ...unlikeness(text) })),
    signature: signatureOf(text),
  }
}

/** True when two texts of one near key are alike enough to be the same question. */
export const isNear = (a: Uint32Array, b: Uint32Array): boolean => similarity(a, b) >= MERGED_SIMILARITY

/** True when two answers say the same: alike in words, with the same numbers, negations and names. */
export const saysTheSame = (kept: string, fresh: string): boolean => {
  const [a, b] = [normaliseText(kept), normaliseText(fresh)]
  if (a === b) return true
  if (canonicalJson(unlikeness(a)) !== canonicalJson(unlikeness(b))) return false
  return similarity(signatureOf(a), signatureOf(b)) >= SAME_ANSWER
}

const SAME_ANSWER = 0.8

/** The exact upper bound of a share with 95 % confidence, by Clopper and Pearson (1934); 1 while nothing is known. */
export const upperBoundOf = (falseHits: number, measured: number): number => {
  if (measured === 0 || falseHits >= measured) return 1
  let low = falseHits / measured
  let high = 1
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2
    if (atMost(falseHits, measured, middle) > 0.05) low = middle
    else high = middle
  }
  return high
}

/** The chance of at most `count` of `total` at a share; summed as logarithms, which do not underflow. */
const atMost = (count: number, total: number, share: number): number => {
  let logTerm = total * Math.log1p(-share)
  let sum = Math.exp(logTerm)
  for (let index = 1; index <= count; index++) {
    logTerm += Math.log((total - index + 1) / index) + Math.log(share) - Math.log1p(-share)
    sum += Math.exp(logTerm)
  }
  return sum
}

/** What makes two alike texts two questions: their numbers, negations and names, each in order. */
const unlikeness = (text: string): { numbers: string[]; negations: string[]; names: string[] } => ({
  numbers: text.match(/\d+(?:[.,:/-]\d+)*/g) ?? [],
  negations: (text.toLowerCase().match(negations) ?? []).map((word) => word.replace('’', "'")),
  names: text.match(/(?<![\p{L}\p{N}])(?:\p{Lu}[\p{L}\p{N}'_-]*|[\p{L}_-]*[_@#/][\p{L}\p{N}_@#./-]*)/gu) ?? [],
})

const negations =
  /(?<![\p{L}\p{N}])(?:not|no|non|none|never|neither|nor|nothing|nobody|without|except|unless|cannot|\p{L}+n['’]t|un\p{L}{4,}|in(?:valid|correct|active)|nicht|kein\p{L}*|ohne|nie|ne|pas|sans|jamais|sin|nunca)(?![\p{L}\p{N}])/gu

const normalContent = ({ content }: ChatRequest['messages'][number]): string | null => {
  if (typeof content === 'string') return content
  return content?.every(({ type }) => type === 'text') ? '' : null
}
