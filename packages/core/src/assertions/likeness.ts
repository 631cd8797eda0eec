import { z } from 'zod'
import { AssayError } from '../errors.ts'
import { defineAssertion, type AssertionInput, type Finding, type Refuse } from './define.ts'
import { countNgrams, countShared, wordsOf } from './ngrams.ts'
import { treebankTokens } from './treebank.ts'

const orders = [1, 2, 3, 4]

/** BLEU: how many of the answer's runs of 1 to 4 words a reference has, with a penalty for short answers. */
export const bleu = defineAssertion({
  type: 'bleu',
  options: { references: z.array(z.string()).min(1), threshold: z.number().default(0.5) },
  names: { bleu: (spec, refuse) => ({ references: readReferences(spec, refuse), threshold: spec.threshold }) },
  check: (answer, { references, threshold }) => graded('BLEU', bleuScore(answer.text, references), threshold),
})

/** GLEU: the smaller of precision and recall over all runs of 1 to 4 words, against the best reference. */
export const gleu = defineAssertion({
  type: 'gleu',
  options: { references: z.array(z.string()).min(1), threshold: z.number().default(0.5) },
  names: { gleu: (spec, refuse) => ({ references: readReferences(spec, refuse), threshold: spec.threshold }) },
  check(answer, { references, threshold }, { type }) {
    if (answer.text.trim() === '')
      throw new AssayError('assertion.bad_value', { type, reason: 'Invalid inputs: the output is empty' })
    return graded('GLEU', Math.max(...references.map((reference) => gleuScore(answer.text, reference))), threshold)
  },
})

/** ROUGE-N: F1 of the single words, punctuation apart. */
export const rougeN = defineAssertion({
  type: 'rouge-n',
  options: { reference: z.string(), threshold: z.number().default(0.75) },
  names: {
    'rouge-n': ({ value, threshold }, refuse) =>
      typeof value === 'string' ? { reference: value, threshold } : refuse('must be a string value'),
  },
  check: (answer, { reference, threshold }) => graded('ROUGE-N', rougeScore(answer.text, reference), threshold),
})

const graded = (name: string, score: number, threshold: number): Finding => ({
  pass: score >= threshold,
  score,
  reason: `${name} score ${score.toFixed(4)}, at least ${threshold} wanted`,
  expected: `at least ${threshold}`,
  actual: score.toFixed(4),
})

const readReferences = ({ value }: AssertionInput, refuse: Refuse): string[] => {
  const references: unknown[] = Array.isArray(value) ? value : [value]
  if (references.length === 0) return refuse('must have at least one reference')
  return references.every((reference) => typeof reference === 'string')
    ? references
    : refuse('must have a string or array of strings value')
}

const bleuScore = (text: string, references: string[]): number => {
  const words = wordsOf(text)
  if (words.length === 0) return 0
  const referenceWords = references.map(wordsOf)
  const used = orders.filter((order) => order <= words.length)
  const logPrecision = used.reduce((sum, order) => {
    const counts = countNgrams(words, order)
    const shared = Math.max(...referenceWords.map((reference) => countShared(counts, countNgrams(reference, order))))
    // No match at all would make the whole product zero.
    return sum + Math.log(shared / (words.length - order + 1) || 1e-7) / used.length
  }, 0)
  const closest = referenceWords
    .map((reference) => reference.length)
    // Of two that are as near, the shorter one counts.
    .toSorted((a, b) => Math.abs(a - words.length) - Math.abs(b - words.length) || a - b)[0]!
  const brevity = words.length > closest ? 1 : Math.exp(1 - closest / words.length)
  return brevity * Math.exp(logPrecision)
}

const gleuScore = (text: string, reference: string): number => {
  const [words, wanted] = [text, reference].map((part) => wordsOf(part).map((word) => word.replace(/\.+$/, ''))) as [
    string[],
    string[],
  ]
  if (words.length === wanted.length && words.every((word, index) => word === wanted[index])) return 1
  let shared = 0
  for (const order of orders) shared += countShared(countNgrams(words, order), countNgrams(wanted, order))
  const [total, wantedTotal] = [words, wanted].map((list) =>
    orders.reduce((sum, order) => sum + Math.max(0, list.length - order + 1), 0),
  ) as [number, number]
  return wantedTotal === 0 ? 0 : Math.min(shared / total, shared / wantedTotal)
}

const rougeScore = (text: string, reference: string): number => {
  const [words, wanted] = [text, reference].map((part) => treebankTokens(part.toLowerCase())) as [string[], string[]]
  if (words.length === 0 || wanted.length === 0) return 0
  const shared = countShared(countNgrams(words, 1), countNgrams(wanted, 1))
  return (2 * shared) / (words.length + wanted.length)
}
