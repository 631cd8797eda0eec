import { editDistance } from './levenshtein.ts'

/** Up to three of the names that a person may have meant, the nearest first. */
export const nearestNames = (given: string, names: Iterable<string>): string[] => {
  const limit = Math.max(2, Math.floor(given.length / 3))
  return [...names]
    .map((name) => ({ name, distance: editDistance(given.toLowerCase().slice(0, 100), name.toLowerCase(), limit) }))
    .filter(({ distance }) => distance <= limit)
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ name }) => name)
}
