/** Where two texts begin to differ; null when they do not. */
export const firstDifference = (one: string, other: string): number | null => {
  const length = Math.min(one.length, other.length)
  for (let index = 0; index < length; index++) if (one[index] !== other[index]) return index
  return one.length === other.length ? null : length
}
