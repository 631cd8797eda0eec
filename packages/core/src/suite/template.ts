import { AssayError } from '../errors.ts'

/** Puts the values of one case into a text. */
export type Template = (vars: Record<string, unknown>, caseTitle: string) => string

/**
 * Reads a text with `{{a.b | filter}}` in it. There is no logic, and what is put in is text: it is never read as a
 * template again. A name without a value is a configuration error, unless the filter `default` gives one.
 */
export const compileTemplate = (text: string): Template => {
  const known = compiled.get(text)
  if (known) return known
  const template = compile(text)
  if (compiled.size >= MAX_COMPILED) compiled.clear()
  compiled.set(text, template)
  return template
}

/** Puts values into every text of a JSON value. */
export const renderValue = (value: unknown, vars: Record<string, unknown>, caseTitle: string): unknown => {
  if (typeof value === 'string') return compileTemplate(value)(vars, caseTitle)
  if (Array.isArray(value)) return value.map((item) => renderValue(item, vars, caseTitle))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, renderValue(item, vars, caseTitle)]))
}

/**
 * Puts values into every text of a JSON value, as data: a text that is one expression alone becomes the value itself, a
 * list or an object too, and `| json` says no more than that.
 */
export const renderData = (data: unknown, vars: Record<string, unknown>, caseTitle: string): unknown => {
  if (typeof data === 'string') {
    const [, alone] = /^\s*\{\{([^{}]*)\}\}\s*$/.exec(data) ?? []
    if (alone === undefined) return compileTemplate(data)(vars, caseTitle)
    return readExpression(alone.replace(/\|\s*(?:json|dump)\s*$/, ''))(vars, caseTitle)
  }
  if (Array.isArray(data)) return data.map((item) => renderData(item, vars, caseTitle))
  if (data === null || typeof data !== 'object') return data
  return Object.fromEntries(Object.entries(data).map(([key, item]) => [key, renderData(item, vars, caseTitle)]))
}

/** True when some text of a JSON value is a template. */
export const hasTemplate = (value: unknown): boolean => {
  if (typeof value === 'string') return value.includes('{{')
  if (Array.isArray(value)) return value.some(hasTemplate)
  return value !== null && typeof value === 'object' && Object.values(value).some(hasTemplate)
}

// Prompts are few and cases many; a suite whose inputs are all templates must not fill the memory either.
const MAX_COMPILED = 1_000
const compiled = new Map<string, Template>()

const compile = (text: string): Template => {
  if (!text.includes('{{')) return () => text
  // `split` with a group gives texts at even and expressions at odd places.
  const parts = text.split(/\{\{([^{}]*)\}\}/)
  const expressions = parts.map((part, index) => (index % 2 === 1 ? compileExpression(part) : null))
  return (vars, caseTitle) =>
    parts.map((part, index) => expressions[index]?.(vars, caseTitle) ?? (index % 2 === 0 ? part : '')).join('')
}

const compileExpression = (expression: string): Template => {
  const valueOf = readExpression(expression)
  return (vars, caseTitle) => textOf(valueOf(vars, caseTitle))
}

/** What an expression stands for, before it is made a text. */
const readExpression = (expression: string): ((vars: Record<string, unknown>, caseTitle: string) => unknown) => {
  const steps = expression.trim().split(/\s*\|\s*(?=(?:[^"']*["'][^"']*["'])*[^"']*$)/)
  const path = steps[0] ?? ''
  const problem = (reason: string) => (_: unknown, caseTitle: string) => {
    throw new AssayError('suite.bad_template', { case: caseTitle, expression: expression.trim(), reason })
  }
  if (!/^[\p{L}_$][\p{L}\p{N}_$-]*(?:\.[\p{L}\p{N}_$-]+)*$/u.test(path)) return problem('is not a name such as a.b')
  const applied: AppliedFilter[] = []
  for (const step of steps.slice(1)) {
    const call = /^([a-z]+)(?:\((.*)\))?$/s.exec(step)
    const filter = call && filters[call[1]!]
    if (!filter) return problem(`uses the filter ${step}, which does not exist`)
    const given = readArguments(call[2] ?? '')
    if (!given || given.length !== filter.arity) return problem(`needs ${filter.arity} quoted values for ${call[1]}`)
    applied.push({ name: call[1]!, apply: (value) => filter.apply(value, ...given) })
  }
  return (vars, caseTitle) => {
    let value = lookUp(vars, path)
    const hasDefault = applied.some(({ name }) => name === 'default')
    if (value === undefined && !hasDefault) {
      throw new AssayError('suite.missing_variable', { case: caseTitle, variable: path, known: Object.keys(vars) })
    }
    for (const { apply } of applied) value = apply(value)
    return value
  }
}

type AppliedFilter = { name: string; apply: (value: unknown) => unknown }

const filters: Record<string, { arity: number; apply: (value: unknown, ...given: string[]) => unknown }> = {
  upper: { arity: 0, apply: (value) => textOf(value).toUpperCase() },
  lower: { arity: 0, apply: (value) => textOf(value).toLowerCase() },
  trim: { arity: 0, apply: (value) => textOf(value).trim() },
  json: { arity: 0, apply: (value) => JSON.stringify(value) ?? 'null' },
  // promptfoo's word for it.
  dump: { arity: 0, apply: (value) => JSON.stringify(value) ?? 'null' },
  default: { arity: 1, apply: (value, other) => value ?? other },
  length: { arity: 0, apply: lengthOf },
  first: { arity: 0, apply: (value) => (Array.isArray(value) ? value.at(0) : textOf(value).slice(0, 1)) },
  last: { arity: 0, apply: (value) => (Array.isArray(value) ? value.at(-1) : textOf(value).slice(-1)) },
  join: { arity: 1, apply: (value, by = '') => (Array.isArray(value) ? value.map(textOf).join(by) : textOf(value)) },
  replace: { arity: 2, apply: (value, from = '', to = '') => textOf(value).replaceAll(from, () => to) },
}

function lengthOf(value: unknown): number {
  if (Array.isArray(value)) return value.length
  return value && typeof value === 'object' ? Object.keys(value).length : textOf(value).length
}

/** `"a", 'b', 3` as texts, or null when it is something else. */
const readArguments = (list: string): string[] | null => {
  if (list.trim() === '') return []
  const values = list.match(/"[^"]*"|'[^']*'|[^,\s]+/g) ?? []
  if (list.replace(/"[^"]*"|'[^']*'|[^,\s]+/g, '').replace(/\s/g, '') !== ','.repeat(values.length - 1)) return null
  return values.map((value) => (/^["']/.test(value) ? value.slice(1, -1) : value))
}

/** The value at `a.b.0`, own fields only: nothing of the prototype is reachable. */
const lookUp = (vars: Record<string, unknown>, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>(
      (value, key) =>
        value !== null && typeof value === 'object' && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined,
      vars,
    )

const textOf = (value: unknown): string => {
  if (value === undefined || value === null) return ''
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
}
