import { AssertionSpec, Case, dotted, Limits, nearestNames, Suite, type Issue } from '@assay/core'
import type { z } from 'zod'

/** What a schema refused, one issue for each unknown key, with the name that was probably meant. */
export const shapeIssues = (error: z.ZodError): (Issue & { at: PropertyKey[]; key?: string })[] =>
  error.issues.flatMap((issue) => {
    const at = [...issue.path]
    if (issue.code !== 'unrecognized_keys') return [{ at, path: dotted(at), message: issue.message }]
    return issue.keys.map((key) => ({ at, key, path: dotted([...at, key]), message: unknownKey(key, at) }))
  })

const unknownKey = (key: string, at: PropertyKey[]): string => {
  const names = places.find(({ place }) => place.test(dotted(at)))?.names ?? []
  const [nearest] = nearestNames(key, names, 1)
  return nearest ? `unknown key; did you mean ${nearest}?` : `unknown key; there are: ${names.join(', ')}`
}

/** The keys that each place of a suite knows. */
const places: { place: RegExp; names: string[] }[] = [
  { place: /^$/, names: Object.keys(Suite.shape) },
  { place: /assert\[\d+\]$/, names: Object.keys(AssertionSpec.shape) },
  { place: /limits$/, names: Object.keys(Limits.shape) },
  { place: /^(tests\[\d+\]|defaultTest)$/, names: Object.keys(Case.shape) },
]
