import * as core from '@assay/core'
import { api, type Access, type Contract } from '@assay/core'
import { z } from 'zod'
import { otherRoutes } from './route-table.ts'

type Json = Record<string, unknown>

/** The control plane as OpenAPI 3.1, made from the contracts. */
export const openApiDocument = (): Json => {
  const components = new Map<string, Json>()
  const paths: Record<string, Json> = {}
  for (const [name, definition] of Object.entries(api)) {
    const path = (paths[definition.path] ??= {})
    path[definition.method] = operationOf(name, definition, components)
  }
  for (const { path, method, access, summary } of otherRoutes) {
    const answer = { 200: { description: 'Success' }, default: { $ref: '#/components/responses/Problem' } }
    paths[path] = { [method]: { summary, security: securityOf(access), responses: answer } }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Assay',
      version: '1',
      description: 'The control plane. The data plane under /v1 speaks the dialects of the model providers.',
    },
    paths,
    components: {
      schemas: Object.fromEntries([...components].toSorted(([a], [b]) => a.localeCompare(b))),
      responses: { Problem: problemResponse },
      securitySchemes: {
        key: { type: 'http', scheme: 'bearer', description: 'A gateway key; its scopes say what it may do.' },
        session: { type: 'apiKey', in: 'cookie', name: 'assay', description: 'The cookie of a sign-in.' },
      },
    },
  }
}

const operationOf = (name: string, definition: Contract, components: Map<string, Json>): Json => ({
  operationId: name,
  tags: [definition.path.split('/')[3]],
  summary: definition.summary,
  description: accessSentence(definition.access),
  security: securityOf(definition.access),
  ...parametersOf(definition, components),
  ...(definition.body
    ? { requestBody: { required: true, content: jsonOf(schemaOf(definition.body, 'input', components)) } }
    : {}),
  responses: {
    [definition.status ?? 200]: {
      description: 'Success',
      ...(definition.status === 204 ? {} : { content: jsonOf(schemaOf(definition.reply, 'output', components)) }),
    },
    default: { $ref: '#/components/responses/Problem' },
  },
})

/** Who may call, as a sentence for people. */
export const accessSentence = (access: Access): string => {
  if (access.who === 'public') return 'Open to anybody.'
  if (access.who === 'key') return `A gateway key with the scope \`${access.scope}\`.`
  const key = access.scope ? `, or a gateway key with the scope \`${access.scope}\`` : ''
  return `A sign-in of at least ${access.role}${key}.`
}

const securityOf = (access: Access): Json[] => {
  if (access.who === 'public') return []
  const key = access.scope ? [{ key: [access.scope] }] : []
  return access.who === 'key' ? key : [{ session: [] }, ...key]
}

const parametersOf = ({ params, query, once }: Contract, components: Map<string, Json>): Json => {
  const parameters = [
    ...fieldsOf(params, 'path', components),
    ...fieldsOf(query, 'query', components),
    ...(once ? [onceParameter] : []),
  ]
  return parameters.length > 0 ? { parameters } : {}
}

const onceParameter: Json = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  schema: { type: 'string', minLength: 1, maxLength: 255 },
  description: 'Sent again with the same key within a day, the first answer is given and nothing is done twice.',
}

const fieldsOf = (schema: z.ZodObject | undefined, place: 'path' | 'query', components: Map<string, Json>): Json[] => {
  if (schema === undefined) return []
  const { properties = {}, required = [] } = schemaOf(schema, 'input', components) as {
    properties?: Record<string, Json>
    required?: string[]
  }
  return Object.entries(properties).map(([name, { description, ...rest }]) => {
    const parameter = { name, in: place, required: required.includes(name), schema: rest }
    return description ? Object.assign(parameter, { description }) : parameter
  })
}

const jsonOf = (schema: Json): Json => ({ 'application/json': { schema } })

/** Named schemas of core become components; everything else stands where it is used. */
const schemaOf = (schema: z.ZodType, io: 'input' | 'output', components: Map<string, Json>): Json => {
  const {
    $schema: _dialect,
    $defs,
    ...rest
  } = z.toJSONSchema(schema, {
    io,
    metadata: new NamedSchemas(),
    unrepresentable: 'any',
  }) as Json & { $defs?: Record<string, Json> }
  const rename = (name: string): string => (io === 'input' ? `${name}Input` : name)
  for (const [name, definition] of Object.entries($defs ?? {})) components.set(rename(name), relink(definition, rename))
  return relink(rest, rename)
}

const relink = (value: Json, rename: (name: string) => string): Json =>
  JSON.parse(JSON.stringify(value), (key, inner: unknown) => {
    if (key === 'id' && typeof inner === 'string' && names.has(inner)) return undefined
    if (key !== '$ref' || typeof inner !== 'string' || !inner.startsWith('#/$defs/')) return inner
    return `#/components/schemas/${rename(inner.slice('#/$defs/'.length))}`
  }) as Json

/** The descriptions that schemas carry anyway, with the name under which core exports a schema as its id. */
class NamedSchemas extends z.core.$ZodRegistry<Json> {
  override get(schema: z.core.$ZodType): never {
    const id = namesOfSchemas.get(schema)
    return { ...z.globalRegistry.get(schema), ...(id ? { id } : {}) } as never
  }
}

const namesOfSchemas = new Map<unknown, string>(
  Object.entries(core).flatMap(([name, value]) => (value instanceof z.ZodObject ? [[value, name] as const] : [])),
)
for (const transient of [core.PageQuery, core.IdParams, core.Environment]) namesOfSchemas.delete(transient)
const names = new Set(namesOfSchemas.values())

const problemResponse = {
  description: 'An error; docs/errors.md lists the codes.',
  content: jsonOf({
    type: 'object',
    required: ['error'],
    properties: {
      error: {
        type: 'object',
        required: ['code', 'message', 'hint', 'requestId'],
        properties: {
          code: { type: 'string' },
          message: { type: 'string' },
          hint: { type: 'string', description: 'The way out.' },
          details: { type: 'object' },
          requestId: { type: 'string' },
        },
      },
    },
  }),
}
