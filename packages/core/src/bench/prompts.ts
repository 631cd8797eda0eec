import type { AssertionSpec } from '../suite/suite.ts'
import type { Complexity } from '../gateway/request.ts'

/** One question that providers are compared by. */
export type BenchPrompt = {
  id: string
  level: Complexity
  text: string
  maxTokens: number
  /** What a right answer holds. */
  assert: AssertionSpec[]
}

/** Raised with every change of the prompts: only runs of the same set are compared. */
export const BENCH_PROMPT_SET = 1

const holds = (type: string, value?: string | string[]): AssertionSpec => ({
  type,
  ...(value === undefined ? undefined : { value }),
  weight: 1,
})

const simple = { level: 'simple', maxTokens: 64 } as const
const medium = { level: 'medium', maxTokens: 256 } as const
const complex = { level: 'complex', maxTokens: 512 } as const

/** Three questions a level, always the same ones. */
export const benchPrompts: readonly BenchPrompt[] = [
  {
    ...simple,
    id: 'capital',
    text: 'Name the capital of France. Answer with the name alone.',
    assert: [holds('contains', 'Paris')],
  },
  {
    ...simple,
    id: 'sum',
    text: 'What is 17 + 25? Answer with the number alone.',
    assert: [holds('contains', '42')],
  },
  {
    ...simple,
    id: 'mammal',
    text: 'Is a whale a mammal? Answer yes or no.',
    assert: [holds('icontains', 'yes')],
  },
  {
    ...medium,
    id: 'extract',
    text: [
      'Read this sentence: "Ada Lovelace was born in London on 10 December 1815."',
      'Answer with a JSON object that has the members name, city and year; year is a number.',
    ].join('\n'),
    assert: [holds('contains-json'), holds('contains-all', ['Lovelace', 'London', '1815'])],
  },
  {
    ...medium,
    id: 'function',
    text: 'Write a JavaScript function fibonacci(n) that answers the n-th Fibonacci number. Code alone, no explanation.',
    assert: [holds('contains-all', ['fibonacci', 'return'])],
  },
  {
    ...medium,
    id: 'translate',
    text: 'Translate "The library opens at nine." into Spanish, then into German. One line each, nothing else.',
    assert: [holds('icontains-all', ['biblioteca', 'bibliothek'])],
  },
  {
    ...complex,
    id: 'word-problem',
    text: [
      'A shop sells pens at 3 for $2. A school buys 45 pens and gets 10% off the total.',
      'How many dollars does the school pay? Reason step by step and end with a line "Answer: " and the number.',
    ].join('\n'),
    assert: [holds('contains', '27')],
  },
  {
    ...complex,
    id: 'schema',
    text: [
      'Design the SQL tables of a library that lends books: members, books, copies and loans.',
      'Give every table a primary key and every reference a foreign key. Answer with the statements alone.',
    ].join('\n'),
    assert: [holds('icontains-all', ['create table', 'primary key', 'references'])],
  },
  {
    ...complex,
    id: 'off-by-one',
    text: [
      'This function should add up an array and sometimes answers NaN:',
      'function sum(a) { let s = 0; for (let i = 0; i <= a.length; i++) s += a[i]; return s }',
      'Explain why, name the line that is wrong, and give the corrected function.',
    ].join('\n'),
    assert: [holds('contains-any', ['i < a.length', 'i<a.length'])],
  },
]
