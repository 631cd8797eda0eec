type JsonSchema = Record<string, unknown>

/** Members that hold one schema, several, or several by name. */
const single = new Set(['items', 'additionalProperties', 'not'])
const several = new Set(['anyOf', 'oneOf', 'allOf', 'prefixItems'])
const named = new Set(['properties', '$defs', 'definitions'])
/** Proto JSON writes 64-bit integers as strings. */
const numbers = new Set(['minItems', 'maxItems', 'minLength', 'maxLength', 'minProperties', 'maxProperties'])

/**
 * A schema of Gemini's own kind as a JSON schema: its types are written in capitals, `nullable` stands for a second
 * type, and the order of members has a field that JSON schema has no word for.
 */
export const jsonSchemaOf = (schema: unknown): JsonSchema => {
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) return {}
  const result: JsonSchema = {}
  for (const [given, value] of Object.entries(schema)) {
    const name = camel(given)
    if (name === 'nullable' || name === 'propertyOrdering' || value === null) continue
    if (name === 'type') {
      const type = typeOf(value)
      if (type !== undefined) result['type'] = type
    } else if (name === 'example') result['examples'] = [value]
    else if (name === 'format' && value === 'enum') continue
    else if (numbers.has(name)) result[name] = Number(value)
    else result[name] = memberOf(name, value)
  }
  return isNullable(schema) ? nullable(result) : result
}

const memberOf = (name: string, value: unknown): unknown => {
  if (single.has(name)) return typeof value === 'boolean' ? value : jsonSchemaOf(value)
  if (several.has(name)) return Array.isArray(value) ? value.map(jsonSchemaOf) : value
  if (!named.has(name) || typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, jsonSchemaOf(member)]))
}

const typeOf = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(typeOf)
  const type = String(value).toLowerCase()
  return type === 'type_unspecified' ? undefined : type
}

const isNullable = (schema: object): boolean => 'nullable' in schema && schema.nullable === true

const nullable = (schema: JsonSchema): JsonSchema => {
  const { type, enum: values, anyOf } = schema
  return {
    ...schema,
    ...(typeof type === 'string' && type !== 'null' ? { type: [type, 'null'] } : undefined),
    ...(Array.isArray(values) && !values.includes(null) ? { enum: [...(values as unknown[]), null] } : undefined),
    ...(Array.isArray(anyOf) && type === undefined
      ? { anyOf: [...(anyOf as unknown[]), { type: 'null' }] }
      : undefined),
  }
}

const camel = (name: string): string =>
  name === '$defs' ? name : name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
