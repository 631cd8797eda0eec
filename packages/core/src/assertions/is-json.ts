import { z } from 'zod'
import { AssayError } from '../errors.ts'
import { defineAssertion, verdictOf, type AssertionInput, type Finding, type Refuse } from './define.ts'
import { excerpt } from './difference.ts'
import { findJsonObjects, parseJson } from './json.ts'
import type { Sandbox } from './sandbox.ts'
import { isStandardSchema, portableSchema, standardErrors, type SchemaLike } from './standard-schema.ts'

const options = {
  schema: z
    .custom<SchemaLike>()
    .optional()
    .describe('What the JSON has to fit: JSON Schema, or a schema of Zod and its like.'),
}

/** The whole answer is JSON, a bare scalar included; with a schema it also fits that. */
export const isJson = defineAssertion({
  type: 'is-json',
  options,
  names: { 'is-json': (...given) => ({ schema: readSchema(...given) }) },
  async check(answer, { schema }, tools) {
    const parsed = parseJson(answer.text)
    if (!parsed.ok) {
      return verdictOf(false, `Expected output to be valid JSON: ${parsed.problem}`, {
        expected: 'JSON',
        actual: excerpt(answer.text),
      })
    }
    if (schema === undefined) return verdictOf(true, 'is JSON')
    return fitsOne(schema, [answer.text], tools)
  },
})

/** The answer holds a JSON object somewhere in prose or fences; with a schema one of them fits it. */
export const containsJson = defineAssertion({
  type: 'contains-json',
  options,
  names: { 'contains-json': (...given) => ({ schema: readSchema(...given) }) },
  async check(answer, { schema }, tools) {
    const objects = findJsonObjects(answer.text)
    if (objects.length === 0) {
      return verdictOf(false, 'Expected output to contain valid JSON', {
        expected: 'a JSON object',
        actual: excerpt(answer.text),
      })
    }
    if (schema === undefined) return verdictOf(true, `contains ${objects.length} JSON objects`)
    return fitsOne(schema, objects, tools)
  },
})

/** Holds when one of the texts fits the schema. A schema that is none is the author's error, not a failure. */
const fitsOne = async (
  schema: unknown,
  texts: string[],
  { sandbox, type }: { sandbox: Sandbox; type: string },
): Promise<Finding> => {
  const portable = portableSchema(schema)
  const outcome = isStandardSchema(portable)
    ? { errors: await Promise.all(texts.map((text) => standardErrors(portable, JSON.parse(text)))) }
    : await sandbox.schema({ schema: portable, texts })
  if ('problem' in outcome)
    throw new AssayError('assertion.bad_value', { type, reason: `Invalid JSON schema: ${outcome.problem}` })
  if (outcome.errors.includes(null)) return verdictOf(true, 'fits the schema')
  return verdictOf(false, `JSON does not conform to the provided schema. Errors: ${outcome.errors[0]}`, {
    expected: 'JSON that fits the schema',
    actual: excerpt(texts[0]!),
  })
}

const readSchema = ({ value }: AssertionInput, refuse: Refuse): unknown => {
  if (value === undefined || value === null || value === '') return undefined
  if (isStandardSchema(value)) return value
  if (typeof value === 'object' || typeof value === 'string' || typeof value === 'boolean') return value
  return refuse('must have a JSON Schema as an object, a boolean or YAML text')
}
