import type { SchemaOutcome } from '@assay/core'
import { Ajv, type Options, type ValidateFunction } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { parse } from 'yaml'
import { sandboxLimits } from './limits.ts'

/** Checks texts of JSON against a schema, draft 2020-12 or 07, formats on. */
export const checkSchema = (schema: string, isYaml: boolean, texts: string[]): SchemaOutcome => {
  const validate = compile(schema, isYaml)
  if (typeof validate === 'string') return { problem: validate }
  return {
    errors: texts.map((text) => {
      const value: unknown = JSON.parse(text)
      if (depthOf(value) > sandboxLimits.schemaDepth) return `data is nested deeper than ${sandboxLimits.schemaDepth}`
      return validate(value) ? null : errorsText(validate.errors).slice(0, 2_000)
    }),
  }
}

// A compiler keeps what it compiled; with so many schemas a new one is taken.
const MAX_COMPILED = 200
const compiled = new Map<string, ValidateFunction>()

const compile = (text: string, isYaml: boolean): ValidateFunction | string => {
  const key = `${isYaml ? 'yaml' : 'json'}:${text}`
  const known = compiled.get(key)
  if (known) return known
  try {
    const schema: unknown = isYaml ? parse(text, { maxAliasCount: 100 }) : JSON.parse(text)
    const problem = problemOf(schema)
    if (problem) return problem
    if (compiled.size >= MAX_COMPILED) {
      compiled.clear()
      compilers.clear()
    }
    const validate = compilerFor(schema).compile(schema as object | boolean)
    compiled.set(key, validate)
    return validate
  } catch (error) {
    return (error as Error).message.slice(0, 2_000)
  }
}

const problemOf = (schema: unknown): string | null => {
  if (typeof schema !== 'boolean' && (typeof schema !== 'object' || schema === null || Array.isArray(schema))) {
    return 'must be a string, boolean, or object value'
  }
  return depthOf(schema) > sandboxLimits.schemaDepth ? `is nested deeper than ${sandboxLimits.schemaDepth}` : null
}

/** How deep a value is nested; beyond the limit it is not looked at further. */
const depthOf = (value: unknown, depth = 0): number => {
  if (value === null || typeof value !== 'object' || depth > sandboxLimits.schemaDepth) return depth
  let deepest = depth
  for (const member of Object.values(value)) deepest = Math.max(deepest, depthOf(member, depth + 1))
  return deepest
}

const options: Options = { strict: false, allErrors: false, addUsedSchema: false, logger: false, validateFormats: true }

const drafts = { '07': () => new Ajv(options), '2020-12': () => new Ajv2020(options) }
type Draft = keyof typeof drafts

const compilers = new Map<Draft, Ajv>()

const compilerFor = (schema: unknown): Ajv => {
  const draft = draftOf(schema)
  const known = compilers.get(draft)
  if (known) return known
  const compiler = drafts[draft]()
  formats.default(compiler)
  compilers.set(draft, compiler)
  return compiler
}

/** The draft a schema names; one that names none is the newest, unless it uses what only the older has. */
const draftOf = (schema: unknown): Draft => {
  if (typeof schema !== 'object' || schema === null) return '2020-12'
  const named = String(Reflect.get(schema, '$schema') ?? '')
  if (named) return /2019-09|2020-12|\/next\//.test(named) ? '2020-12' : '07'
  return usesOlder(schema) ? '07' : '2020-12'
}

const usesOlder = (value: unknown): boolean => {
  if (typeof value !== 'object' || value === null) return false
  if (!Array.isArray(value) && ('additionalItems' in value || ('items' in value && Array.isArray(value.items))))
    return true
  return Object.values(value).some(usesOlder)
}

const errorsText = (errors: ValidateFunction['errors']): string =>
  (errors ?? []).map(({ instancePath, message }) => `data${instancePath} ${message}`).join(', ')
