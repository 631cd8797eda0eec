import type { z } from 'zod'

/** What a process ends with when an error reaches its top. 0 ok · 1 unexpected · 2 usage or configuration · 4 not allowed · 5 network or server · 100 tests failed · 130 interrupted. */
export type ExitCode = 1 | 2 | 4 | 5 | 100 | 130

/** One line of the error catalogue: what the code means to HTTP, to a shell and to a person. */
export type ErrorEntry<Details> = {
  status: number
  exitCode: ExitCode
  message: (details: Details) => string
  hint: (details: Details) => string
}

/** Fills in what follows from the HTTP status; texts without details may be plain strings. */
export const entry = <Details = Record<string, never>>(row: {
  status: number
  exitCode?: ExitCode
  message: string | ((details: Details) => string)
  hint: string | ((details: Details) => string)
}): ErrorEntry<Details> => ({
  status: row.status,
  exitCode: row.exitCode ?? exitCodeOf(row.status),
  message: asFunction(row.message),
  hint: asFunction(row.hint),
})

/** One wrong field of an input, as people and machines read it. */
export type Issue = { path: string; message: string }

/** The fields a schema refused, with their dotted paths (`tests[2].assert[0].type`). */
export const issuesOf = (error: z.ZodError): Issue[] =>
  error.issues.flatMap(meantIssues).map(({ path, message }) => ({ path: dotted(path), message }))

type SchemaIssue = z.core.$ZodIssue

/** A union says only that nothing fitted; where one of its forms was clearly meant, what is wrong with that one. */
const meantIssues = (issue: SchemaIssue): SchemaIssue[] => {
  if (issue.code !== 'invalid_union' || issue.message !== 'Invalid input') return [issue]
  const [meant, ...others] = issue.errors.filter((found) => !found.some(isOfOtherKind))
  if (meant === undefined || meant.length === 0 || others.length > 0) return [issue]
  return meant.flatMap((inner) => meantIssues({ ...inner, path: [...issue.path, ...inner.path] }))
}

const isOfOtherKind = ({ code, path }: SchemaIssue): boolean => code === 'invalid_type' && path.length === 0

/** `['tests', 2, 'assert']` as `tests[2].assert`. */
export const dotted = (path: readonly PropertyKey[]): string =>
  path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`
    return text === '' ? String(step) : `${text}.${String(step)}`
  }, '')

const asFunction =
  <Details>(text: string | ((details: Details) => string)) =>
  (details: Details): string =>
    typeof text === 'string' ? text : text(details)

const exitCodeOf = (status: number): ExitCode => {
  if (status === 401 || status === 403) return 4
  if (status >= 500) return 5
  return 2
}
