import { silentLog } from '@assay/core'
import { createSandboxPool } from '@assay/runner'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startGateway, type StartedGateway } from './__fixtures__/started-gateway.ts'

/** The simulator obeys a schema as real providers do; whether it did is judged by the validator that judges them. */

const sandbox = createSandboxPool({ size: 1, log: silentLog })
let gateway: StartedGateway
beforeAll(async () => {
  gateway = await startGateway({ upstreams: {} })
})
afterAll(async () => {
  await gateway.close()
  await sandbox.close()
})

const schemas: Record<string, object> = {
  plain: {
    type: 'object',
    properties: { a: { type: 'string' }, b: { type: 'integer' } },
    required: ['a', 'b'],
    additionalProperties: false,
  },
  nested: {
    type: 'object',
    properties: {
      list: {
        type: 'array',
        minItems: 3,
        items: { type: 'object', properties: { n: { type: 'number', minimum: 5 } }, required: ['n'] },
      },
    },
    required: ['list'],
  },
  choice: { anyOf: [{ type: 'string', minLength: 40 }, { type: 'null' }] },
  closed: {
    type: 'object',
    properties: { kind: { enum: ['b', 'a'] }, always: { const: 7 } },
    required: ['kind', 'always'],
  },
  numbers: {
    type: 'object',
    properties: {
      a: { type: 'integer', exclusiveMinimum: 10, multipleOf: 4 },
      b: { type: 'number', maximum: -2 },
      c: { type: 'integer', minimum: 3, maximum: 3 },
    },
    required: ['a', 'b', 'c'],
  },
  texts: {
    type: 'object',
    properties: { short: { type: 'string', maxLength: 3 }, day: { type: 'string', format: 'date' } },
    required: ['short', 'day'],
  },
  nullable: { type: ['null', 'integer'] },
  references: {
    $defs: {
      node: {
        type: 'object',
        properties: { name: { type: 'string' }, children: { type: 'array', items: { $ref: '#/$defs/node' } } },
        required: ['name', 'children'],
      },
    },
    $ref: '#/$defs/node',
  },
  all: {
    allOf: [
      { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
      { properties: { b: { type: 'boolean' } }, required: ['b'] },
    ],
  },
  tuple: { type: 'array', prefixItems: [{ type: 'string' }, { type: 'integer' }], items: false },
}

const cases = ['echo', 'fast', 'smart'].flatMap((model) => Object.keys(schemas).map((name) => [model, name] as const))

test.each(cases)('sim/%s answers what fits the schema "%s"', async (model, name) => {
  const schema = schemas[name]!
  const response = await gateway.ask({
    model: `sim/${model}`,
    messages: [{ role: 'user', content: 'Tell me about rivers and mountains' }],
    response_format: { type: 'json_schema', json_schema: { name, schema } },
  })
  const { choices } = (await response.json()) as { choices: { message: { content: string } }[] }
  expect(await sandbox.schema({ schema, texts: [choices[0]!.message.content] })).toEqual({ errors: [null] })
})
