import { z } from 'zod'
import type { SchemaLike } from './standard-schema.ts'
import type { WeighedOptions } from './weighed.ts'

const text = z.string().min(1)
const textOrNumber = z.union([text, z.number()])
const texts = z.union([text, z.array(z.union([z.string(), z.number()])).min(1)])
const schema = z.union([z.custom<SchemaLike>()]).optional()
const elements = z.strictObject({ requiredElements: z.array(text) }).optional()
const sql = z
  .strictObject({
    databaseType: text.optional(),
    allowedTables: z.array(text).optional(),
    allowedColumns: z.array(text).optional(),
  })
  .optional()
const range = z.strictObject({ min: z.number().optional(), max: z.number().optional() })
const nothing = z.undefined().optional()
const rubric = z.union([text, z.array(text).min(1)])

/**
 * What each name takes as `value` when it is written down, and what it says: editors and the compiler read it here. The
 * assertions themselves decide; a name that is missing here takes any value.
 */
export const written = {
  equals: { value: z.unknown(), about: 'The answer is exactly this text, or JSON equal to this object or list.' },
  contains: { value: textOrNumber, about: 'The text or number is in the answer.' },
  icontains: { value: textOrNumber, about: 'The text is in the answer, whatever its case.' },
  'contains-any': { value: texts, about: 'One of the texts is in the answer: a list, or `a, "b, c"`.' },
  'contains-all': { value: texts, about: 'All the texts are in the answer: a list, or `a, "b, c"`.' },
  'icontains-any': { value: texts, about: 'One of the texts is in the answer, whatever its case.' },
  'icontains-all': { value: texts, about: 'All the texts are in the answer, whatever their case.' },
  'starts-with': { value: text, about: 'The answer begins with this text.' },
  regex: { value: text, about: 'The pattern matches somewhere in the answer; it has no flags.' },
  'is-json': { value: schema, about: 'The whole answer is JSON and fits the JSON Schema, if there is one.' },
  'contains-json': {
    value: schema,
    about: 'A JSON object stands in the answer and fits the JSON Schema, if there is one.',
  },
  'is-xml': { value: elements, about: 'The whole answer is XML; `requiredElements` are paths such as root.child.' },
  'contains-xml': {
    value: elements,
    about: 'XML stands in the answer; `requiredElements` are paths such as root.child.',
  },
  'is-sql': { value: sql, about: 'The answer is SQL that the database takes, on allowed tables and columns.' },
  'contains-sql': { value: sql, about: 'The answer holds SQL that the database takes.' },
  'is-html': { value: nothing, about: 'The whole answer is HTML.' },
  'contains-html': { value: nothing, about: 'HTML stands in the answer.' },
  javascript: {
    value: text,
    about: 'JavaScript over `output` and `context`: true, a number or { pass, score, reason }.',
  },
  'word-count': { value: z.union([z.number(), text, range]), about: 'So many words: a number, or min and max.' },
  length: {
    value: range.extend({ moreThan: z.number().optional(), lessThan: z.number().optional() }),
    about: 'The length of the answer in UTF-16 units.',
  },
  levenshtein: { value: z.string(), about: 'At most `threshold` edits (5) away from this text.' },
  bleu: {
    value: z.union([z.string(), z.array(z.string()).min(1)]),
    about: 'Likeness to a reference, at least `threshold` (0.5).',
  },
  gleu: {
    value: z.union([z.string(), z.array(z.string()).min(1)]),
    about: 'Likeness to a reference, at least `threshold` (0.5).',
  },
  'rouge-n': { value: z.string(), about: 'Likeness to the reference, at least `threshold` (0.75).' },
  'is-refusal': { value: nothing, about: 'The model declined to answer.' },
  latency: { value: nothing, about: 'The answer took at most `threshold` milliseconds.' },
  cost: { value: nothing, about: 'The answer cost at most `threshold` US dollars.' },
  perplexity: { value: nothing, about: "The model's surprise at its answer is at most `threshold`." },
  'perplexity-score': { value: nothing, about: 'The same between 0 and 1, at least `threshold`.' },
  'finish-reason': { value: text, about: 'Why the model stopped, such as stop or length.' },
  'tool-call-f1': {
    value: z.union([text, z.array(text).min(1)]),
    about: 'The tools that were called are these; `threshold` 1.',
  },
  'is-valid-openai-tools-call': { value: nothing, about: 'Every call names an offered tool and fits its schema.' },
  'is-valid-openai-function-call': { value: nothing, about: 'The call names an offered tool and fits its schema.' },
  'is-valid-function-call': { value: nothing, about: 'The call names an offered tool and fits its schema.' },
  'llm-rubric': { value: rubric, about: 'A judge says whether the answer does what is written here.' },
  factuality: { value: text, about: 'A judge says whether the answer agrees with these facts.' },
  'model-graded-closedqa': { value: text, about: 'A judge says whether the answer meets this criterion.' },
  'model-graded-factuality': { value: text, about: 'A judge says whether the answer agrees with these facts.' },
  'g-eval': { value: rubric, about: 'A judge thinks step by step about these criteria.' },
} satisfies Record<string, { value: z.ZodType; about: string }>

type Written = typeof written

/** An assertion as it is written in a file: its type, with or without `not-`, and the value it takes. */
export type WrittenAssertion = {
  [Name in keyof Written]: {
    type: Name | `not-${Name}`
    threshold?: number
    config?: Record<string, unknown>
  } & (undefined extends z.input<Written[Name]['value']>
    ? { value?: z.input<Written[Name]['value']> }
    : { value: z.input<Written[Name]['value']> }) &
    WeighedOptions
}[keyof Written]
