/** One execution as a trend sees it, the oldest first. */
export type Timed = {
  at: string
  outcome: 'pass' | 'flaky' | 'fail' | 'error' | 'infrastructure'
  durationMs: number
  ttftMs: number | null
  inputTokens: number | null
  outputTokens: number | null
  costNanoUsd: number | null
}

export const trendFigures = ['durationMs', 'ttftMs', 'inputTokens', 'outputTokens', 'costNanoUsd'] as const
export type TrendFigure = (typeof trendFigures)[number]

/** The middle and the slow end of one figure; null where nothing was measured. */
export type Percentiles = { p50: number; p95: number; count: number } | null

/** How each figure is spread over some executions; what did not answer says nothing of speed and cost. */
export const percentilesOf = (executions: readonly Timed[]): Record<TrendFigure, Percentiles> => {
  const answered = executions.filter(isAnswered)
  return Object.fromEntries(
    trendFigures.map((figure) => {
      const values = answered.flatMap((one) => one[figure] ?? []).toSorted((one, other) => one - other)
      return [
        figure,
        values.length === 0 ? null : { p50: quantile(values, 0.5), p95: quantile(values, 0.95), count: values.length },
      ]
    }),
  ) as Record<TrendFigure, Percentiles>
}

const isAnswered = ({ outcome }: Timed): boolean => outcome === 'pass' || outcome === 'flaky' || outcome === 'fail'

const WINDOW = 20
const SLOWER_FACTOR = 1.5
const SLOWER_P = 0.01

/** How the last 20 answers compare with the 20 before; null while there are not so many. */
export type SpeedChange = { before: number; after: number; factor: number; p: number; isSlower: boolean } | null

/** Slower: the median of the last 20 is at least 1.5 times that of the 20 before, and Mann-Whitney's p is under .01. */
export const speedChange = (
  executions: readonly Timed[],
  figure: 'durationMs' | 'ttftMs' = 'durationMs',
): SpeedChange => {
  const values = executions.filter(isAnswered).flatMap((one) => one[figure] ?? [])
  if (values.length < 2 * WINDOW) return null
  const [before, after] = [values.slice(-2 * WINDOW, -WINDOW), values.slice(-WINDOW)]
  const middle = (some: readonly number[]) =>
    quantile(
      some.toSorted((one, other) => one - other),
      0.5,
    )
  const factor = middle(before) === 0 ? (middle(after) === 0 ? 1 : Infinity) : middle(after) / middle(before)
  const p = mannWhitney(before, after)
  return { before: middle(before), after: middle(after), factor, p, isSlower: factor >= SLOWER_FACTOR && p < SLOWER_P }
}

/** Where a series became slower: the places at which the rule first held. */
export const slowdowns = (executions: readonly Timed[], figure: 'durationMs' | 'ttftMs' = 'durationMs'): number[] => {
  const places: number[] = []
  let was = false
  for (let end = 1; end <= executions.length; end++) {
    if (!isAnswered(executions[end - 1]!)) continue
    const is = speedChange(executions.slice(Math.max(0, end - 4 * WINDOW), end), figure)?.isSlower ?? false
    if (is && !was) places.push(end - 1)
    was = is
  }
  return places
}

/** Two-sided p of the Mann-Whitney test by its normal approximation, with ties and continuity corrected; for 8 and more on each side. */
export const mannWhitney = (one: readonly number[], other: readonly number[]): number => {
  const all = [
    ...one.map((value) => ({ value, isOne: true })),
    ...other.map((value) => ({ value, isOne: false })),
  ].toSorted((left, right) => left.value - right.value)
  let rankSum = 0
  let ties = 0
  for (let start = 0; start < all.length;) {
    let end = start
    while (end < all.length && all[end]!.value === all[start]!.value) end++
    const count = end - start
    const rank = (start + 1 + end) / 2
    for (let place = start; place < end; place++) if (all[place]!.isOne) rankSum += rank
    ties += count ** 3 - count
    start = end
  }
  const [m, n, total] = [one.length, other.length, all.length]
  const u = rankSum - (m * (m + 1)) / 2
  const variance = ((m * n) / 12) * (total + 1 - ties / (total * (total - 1)))
  if (variance <= 0) return 1
  const z = Math.max(0, Math.abs(u - (m * n) / 2) - 0.5) / Math.sqrt(variance)
  return Math.min(1, 2 * upperTail(z))
}

/** Share of the standard normal above z: Abramowitz and Stegun 26.2.17, off by at most 7.5e-8. */
const upperTail = (z: number): number => {
  const t = 1 / (1 + 0.2316419 * z)
  const series = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * series
}

/** Linear between the two nearest of sorted values. */
const quantile = (sorted: readonly number[], share: number): number => {
  const place = (sorted.length - 1) * share
  const [low, high] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!]
  return low + (high - low) * (place - Math.floor(place))
}
