/** The names most like the given one, the nearest first; those that share nothing with it are left out. */
export const nearestNames = (name: string, names: Iterable<string>, count: number): string[] => {
  const wanted = name.toLowerCase()
  return [...names]
    .map((candidate) => ({ candidate, distance: distanceOf(wanted, candidate) }))
    .filter(({ distance }) => distance <= 0.6)
    .sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, count)
    .map(({ candidate }) => candidate)
}

/** 0 for equal names, 1 for names without a common letter; a name with its provider counts also without it. */
const distanceOf = (wanted: string, candidate: string): number => {
  const whole = candidate.toLowerCase()
  const bare = whole.slice(whole.indexOf('/') + 1)
  return Math.min(editShare(wanted, whole), editShare(wanted, bare))
}

const editShare = (a: string, b: string): number => edits(a, b) / Math.max(a.length, b.length, 1)

/** Levenshtein's distance, on one row. */
const edits = (a: string, b: string): number => {
  const row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    let diagonal = row[0]!
    row[0] = i
    for (let j = 1; j <= b.length; j++) {
      const above = row[j]!
      row[j] = Math.min(above + 1, row[j - 1]! + 1, diagonal + (a[i - 1] === b[j - 1] ? 0 : 1))
      diagonal = above
    }
  }
  return row[b.length]!
}
