/** The value in the middle. */
export const median = (values: readonly number[]): number => quantile(values, 0.5)

/** The value below which that share of all lies. */
export const quantile = (values: readonly number[], share: number): number => {
  if (values.length === 0) return Number.NaN
  const sorted = values.toSorted((a, b) => a - b)
  const place = (sorted.length - 1) * share
  const [low, high] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!]
  return low + (high - low) * (place - Math.floor(place))
}

/** Three digits that count. */
export const figure = (value: number): string => {
  if (Number.isNaN(value)) return '–'
  const size = Math.abs(value)
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2)
}
