/** A JSON Schema, read as far as a fitting value needs it. */
type Schema = Record<string, unknown>

/** Optional fields and longer lists are left out below this depth, so that a schema that names itself ends. */
const FULL_DEPTH = 4
const LAST_DEPTH = 32

/**
 * A value that fits a JSON Schema, always the same for the same schema and text; the text fills the strings that may
 * say anything.
 */
export const valueOfSchema = (schema: unknown, text: string): unknown => {
  const root = isObject(schema) ? schema : {}
  return build(root, { root, text, depth: 0 })
}

type Place = { root: Schema; text: string; depth: number }

const build = (given: Schema, place: Place): unknown => {
  const schema = flatten(given, place.root)
  if ('const' in schema) return schema['const']
  if (Array.isArray(schema['enum']) && schema['enum'].length > 0) return schema['enum'][0]
  if ('default' in schema) return schema['default']
  const makers: Record<string, () => unknown> = {
    object: () => objectOf(schema, place),
    array: () => arrayOf(schema, place),
    string: () => stringOf(schema, place.text),
    integer: () => numberOf(schema, 1),
    number: () => numberOf(schema, 0),
    boolean: () => true,
    null: () => null,
  }
  return (makers[typeOf(schema)] ?? makers['string']!)()
}

/** Follows references, and lays the parts of `allOf` and the first of `anyOf` and `oneOf` over each other. */
const flatten = (schema: Schema, root: Schema, hops = 0): Schema => {
  if (hops > LAST_DEPTH) return {}
  if (typeof schema['$ref'] === 'string') {
    const { $ref, ...beside } = schema
    return { ...flatten(followed($ref, root), root, hops + 1), ...beside }
  }
  const parts = [
    ...listOf(schema['allOf']),
    ...listOf(schema['anyOf']).slice(0, 1),
    ...listOf(schema['oneOf']).slice(0, 1),
  ]
  if (parts.length === 0) return schema
  const { allOf: _all, anyOf: _any, oneOf: _one, ...own } = schema
  return parts.map((part) => flatten(part, root, hops + 1)).reduce(merge, own)
}

const merge = (a: Schema, b: Schema): Schema => ({
  ...a,
  ...b,
  properties: { ...objectAt(a, 'properties'), ...objectAt(b, 'properties') },
  required: [...new Set([...stringsAt(a, 'required'), ...stringsAt(b, 'required')])],
})

const followed = (reference: string, root: Schema): Schema => {
  if (!reference.startsWith('#')) return {}
  let at: unknown = root
  for (const step of reference.split('/').slice(1)) {
    at = isObject(at) ? at[step.replaceAll('~1', '/').replaceAll('~0', '~')] : undefined
  }
  return isObject(at) ? at : {}
}

const typeOf = (schema: Schema): string => {
  const types = Array.isArray(schema['type']) ? schema['type'] : [schema['type']]
  const named = types.find((type) => typeof type === 'string' && type !== 'null') ?? types[0]
  if (typeof named === 'string') return named
  if ('properties' in schema && Object.keys(objectAt(schema, 'properties')).length > 0) return 'object'
  if ('items' in schema) return 'array'
  if ('minimum' in schema || 'maximum' in schema) return 'number'
  return 'string'
}

const objectOf = (schema: Schema, place: Place): Record<string, unknown> => {
  const properties = objectAt(schema, 'properties')
  const required = stringsAt(schema, 'required')
  const names = place.depth < FULL_DEPTH ? [...new Set([...Object.keys(properties), ...required])] : required
  if (place.depth >= LAST_DEPTH) return {}
  const inner = { ...place, depth: place.depth + 1 }
  return Object.fromEntries(
    names.map((name) => [name, build(isObject(properties[name]) ? properties[name] : {}, inner)]),
  )
}

const arrayOf = (schema: Schema, place: Place): unknown[] => {
  const least = numberAt(schema, 'minItems') ?? 0
  const most = numberAt(schema, 'maxItems') ?? Number.POSITIVE_INFINITY
  const wanted = place.depth < FULL_DEPTH ? Math.max(least, 1) : least
  const prefix = listOf(schema['prefixItems'])
  const length = Math.min(Math.max(wanted, prefix.length > 0 ? prefix.length : 0), most, 1_000)
  if (place.depth >= LAST_DEPTH) return []
  const rest = isObject(schema['items']) ? schema['items'] : {}
  return Array.from({ length }, (_, index) => {
    const item = build(prefix[index] ?? rest, { ...place, depth: place.depth + 1 })
    return schema['uniqueItems'] === true && typeof item === 'string' && index > 0 ? `${item} ${index + 1}` : item
  })
}

const formats: Record<string, string> = {
  date: '2026-01-31',
  time: '12:00:00Z',
  'date-time': '2026-01-31T12:00:00Z',
  duration: 'P1D',
  email: 'person@example.com',
  hostname: 'example.com',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  uri: 'https://example.com/',
  uuid: '00000000-0000-4000-8000-000000000000',
}

const stringOf = (schema: Schema, text: string): string => {
  const format = typeof schema['format'] === 'string' ? formats[schema['format']] : undefined
  if (format !== undefined) return format
  const least = numberAt(schema, 'minLength') ?? 0
  const most = numberAt(schema, 'maxLength') ?? 200
  const padded = text.length >= least ? text : text.padEnd(least, text === '' ? 'x' : text)
  return Array.from(padded).slice(0, Math.max(most, least)).join('')
}

const numberOf = (schema: Schema, whole: 0 | 1): number => {
  const step = numberAt(schema, 'multipleOf') ?? whole
  const above = numberAt(schema, 'exclusiveMinimum')
  const below = numberAt(schema, 'exclusiveMaximum')
  const gap = step || 0.5
  const least = numberAt(schema, 'minimum') ?? (above === null ? null : above + gap)
  const most = numberAt(schema, 'maximum') ?? (below === null ? null : below - gap)
  const wished = Math.min(Math.max(1, least ?? 1), most ?? Math.max(1, least ?? 1))
  if (step === 0) return wished
  const rounded = Math.ceil(wished / step) * step
  return most !== null && rounded > most ? Math.floor(most / step) * step : rounded
}

const isObject = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const listOf = (value: unknown): Schema[] => (Array.isArray(value) ? value.filter(isObject) : [])
const objectAt = (schema: Schema, name: string): Record<string, unknown> => (isObject(schema[name]) ? schema[name] : {})
const stringsAt = (schema: Schema, name: string): string[] =>
  Array.isArray(schema[name]) ? schema[name].filter((item) => typeof item === 'string') : []
const numberAt = (schema: Schema, name: string): number | null =>
  typeof schema[name] === 'number' ? schema[name] : null
