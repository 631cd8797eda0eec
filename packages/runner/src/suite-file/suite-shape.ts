import { AssertionSpec, Case, dotted, Fault, Limits, McpServer, nearestNames, Suite, type Issue } from '@assay/core'
import type { z } from 'zod'

/** What a schema refused, one issue for each unknown key, with the name that was probably meant. */
export const shapeIssues = (issues: readonly Refused[]): (Issue & { at: PropertyKey[]; key?: string })[] =>
  issues.flatMap(unfolded).flatMap((issue) => {
    const at = [...issue.path]
    if (issue.code !== 'unrecognized_keys') return [{ at, path: dotted(at), message: issue.message }]
    return issue.keys.map((key) => ({ at, key, path: dotted([...at, key]), message: unknownKey(key, at) }))
  })

type Refused = z.core.$ZodIssue

/** Of several shapes that a value may have, what is wrong with the one that was meant; all of them, when none was. */
const unfolded = (issue: Refused): Refused[] => {
  const within = (inner: Refused): Refused => ({ ...inner, path: [...issue.path, ...inner.path] })
  if (issue.code === 'invalid_key') {
    return issue.issues.map((inner) => ({ ...inner, path: issue.path }))
  }
  if (issue.code !== 'invalid_union') return [issue]
  const meant = issue.errors.filter((branch) => !branch.every(isOtherKind))
  if (meant.length === 1) return meant[0]!.map(within).flatMap(unfolded)
  const expected = issue.errors.flatMap((branch) =>
    branch.map(({ message }) => message.replace(/^Invalid input: /, '')),
  )
  return [{ ...issue, message: expected.length > 0 ? expected.join('; or ') : issue.message }]
}

/** The value is not even of the kind that this shape is for. */
const isOtherKind = ({ code, path }: Refused): boolean =>
  path.length === 0 && (code === 'invalid_type' || code === 'invalid_value')

const unknownKey = (key: string, at: PropertyKey[]): string => {
  const names = places.find(({ place }) => place.test(dotted(at)))?.names ?? []
  const [nearest] = nearestNames(key, names, 1)
  return nearest ? `unknown key; did you mean ${nearest}?` : `unknown key; there are: ${names.join(', ')}`
}

/** The keys that each place of a suite knows. */
const places: { place: RegExp; names: string[] }[] = [
  { place: /^$/, names: Object.keys(Suite.shape) },
  { place: /assert\[\d+\]$/, names: Object.keys(AssertionSpec.shape) },
  { place: /^mcp\.[^.]+$/, names: Object.keys(McpServer.shape) },
  { place: /faults\[\d+\]$/, names: Object.keys(Fault.shape) },
  { place: /limits$/, names: Object.keys(Limits.shape) },
  { place: /^(tests\[\d+\]|defaultTest)$/, names: Object.keys(Case.shape) },
]
