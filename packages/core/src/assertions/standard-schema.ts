/** A schema of any library that follows https://standardschema.dev, Zod's among them. */
export type StandardSchema = {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => StandardResult | Promise<StandardResult>
    /** JSON Schema of it, where the library can tell it. */
    readonly jsonSchema?: { readonly input: (options: { target: 'draft-2020-12' }) => Record<string, unknown> }
  }
}

type StandardResult = {
  readonly issues?:
    | readonly {
        readonly message: string
        readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
      }[]
    | undefined
}

/** What is taken where a JSON Schema is: one as a value or as YAML text, or a schema of a library. */
export type SchemaLike = StandardSchema | Record<string, unknown> | boolean | string

/** True for a schema of a library; some of them are functions. */
export const isStandardSchema = (value: unknown): value is StandardSchema =>
  value !== null &&
  (typeof value === 'object' || typeof value === 'function') &&
  typeof (value as Partial<StandardSchema>)['~standard']?.validate === 'function'

/**
 * A schema as plain data: the JSON Schema of a library's own where it can tell one. Where it cannot, a bare holder that
 * is asked in this process; it has nothing to walk through but the library's name.
 */
export const portableSchema = (given: unknown): unknown => {
  if (!isStandardSchema(given)) return given
  const standard = given['~standard']
  try {
    const told = standard.jsonSchema?.input({ target: 'draft-2020-12' })
    if (told) return told
  } catch {
    // What JSON Schema has no words for, such as a transform, the library itself still checks.
  }
  return Object.defineProperty({ schemaOf: standard.vendor }, '~standard', { value: standard })
}

/** What a library says of a value: its issues in one line, or null when it fits. */
export const standardErrors = async (schema: StandardSchema, value: unknown): Promise<string | null> => {
  const { issues } = await schema['~standard'].validate(value)
  if (!issues || issues.length === 0) return null
  return issues.map(({ message, path = [] }) => `${path.map(stepText).join('.') || 'value'}: ${message}`).join('; ')
}

const stepText = (step: PropertyKey | { readonly key: PropertyKey }): string =>
  String(typeof step === 'object' ? step.key : step)
