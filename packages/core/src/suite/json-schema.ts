import { z } from 'zod'
import { assertionsOf } from '../assertions/list.ts'
import { written } from '../assertions/written.ts'
import { AssertionSpec, Case, PartialCase, Suite } from './suite.ts'

type Json = Record<string, unknown>

/**
 * The JSON Schema of a suite as it stands in a file, for editors: that of the zod schema, with what a file may have beside
 * it, and with what each type of assertion takes.
 */
export const suiteJsonSchema = (): Json => {
  const { properties, ...suite } = convert(Suite)
  const keys = properties as Record<string, Json>
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Assay suite',
    description: 'What is asked, of which models, and what must hold of the answers.',
    ...suite,
    properties: {
      ...keys,
      prompts: orFiles(keys['prompts']!, 'Prompts'),
      tests: orFiles({ ...keys['tests'], items: { anyOf: [ref('case'), fileName] } }, 'Cases'),
      scenarios: orFiles(keys['scenarios']!, 'Scenarios'),
      defaultTest: { anyOf: [ref('case'), fileName], description: 'What holds for every case.' },
    },
    definitions: { case: caseSchema(), assertion: assertionSchema(), check: checkSchema() },
  }
}

const ref = (name: 'case' | 'assertion' | 'check'): Json => ({ $ref: `#/definitions/${name}` })

const fileName: Json = { type: 'string', pattern: '^file://', description: 'A file of the suite’s folder.' }

const orFiles = ({ description, ...given }: Json, what: string): Json => ({
  anyOf: [given, fileName],
  description: description ?? `${what}, or a file with them.`,
})

/** Shapes that stand in many places are written once. */
const shared = new Map<unknown, Json>([
  [AssertionSpec, ref('assertion')],
  [Case, ref('case')],
  [PartialCase, ref('case')],
])

const convert = (schema: z.ZodType): Json => {
  const { $schema: _, ...converted } = z.toJSONSchema(schema, {
    io: 'input',
    target: 'draft-07',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema, path }) => {
      const known = path.length > 0 ? shared.get(zodSchema) : undefined
      if (!known) return
      for (const key of Object.keys(jsonSchema)) Reflect.deleteProperty(jsonSchema, key)
      Object.assign(jsonSchema, known)
    },
  })
  return converted
}

const caseSchema = (): Json => {
  const { properties, ...rest } = convert(Case)
  const keys = properties as Record<string, Json>
  return { ...rest, properties: { ...keys, vars: { anyOf: [keys['vars'], fileName] } } }
}

/** An assertion, or a set of them that counts as one. */
const assertionSchema = (): Json => ({
  anyOf: [
    ref('check'),
    {
      type: 'object',
      description: 'Several assertions that count as one.',
      properties: {
        ...plainKeys(['weight', 'metric', 'threshold', 'config']),
        type: { const: 'assert-set' },
        assert: { type: 'array', items: ref('check'), minItems: 1 },
      },
      required: ['type', 'assert'],
      additionalProperties: false,
    },
  ],
})

/** One check; what its value is depends on its type. */
const checkSchema = (): Json => ({
  type: 'object',
  properties: {
    ...plainKeys(Object.keys(AssertionSpec.shape).filter((key) => key !== 'assert')),
    type: { description: 'What is checked; with `not-` in front it is turned round.', anyOf: typeSchemas() },
  },
  required: ['type'],
  additionalProperties: false,
  allOf: Object.entries(written).map(([name, { value, about }]) => ({
    if: { properties: { type: { enum: [name, `not-${name}`] } }, required: ['type'] },
    // oxlint-disable-next-line unicorn/no-thenable -- JSON Schema calls it so
    then: { properties: { value: valueSchema(value, about) } },
  })),
})

const plainKeys = (names: readonly string[]): Json => {
  const keys = convert(AssertionSpec)['properties'] as Json
  return Object.fromEntries(names.map((name) => [name, keys[name]]))
}

const typeSchemas = (): Json[] => {
  const names = [...assertionsOf.assay.keys()]
  return names.flatMap((name) => {
    const about = Object.hasOwn(written, name) ? written[name as keyof typeof written].about : undefined
    return [name, `not-${name}`].map((type) => ({ const: type, ...(about && { description: about }) }))
  })
}

/** A value may be a template or a file in place of what it becomes. */
const valueSchema = (value: z.ZodType, about: string): Json => {
  if (value.safeParse(undefined).success && !value.safeParse('x').success && !value.safeParse({}).success) {
    return { description: about, not: {} }
  }
  const template: Json = { type: 'string', pattern: '\\{\\{|^file://' }
  return { description: about, anyOf: [convert(value), template] }
}
