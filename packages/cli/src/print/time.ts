const SECOND_MS = 1_000
const steps: [limitMs: number, unitMs: number, unit: string][] = [
  [60 * SECOND_MS, SECOND_MS, 's'],
  [3_600 * SECOND_MS, 60 * SECOND_MS, 'min'],
  [48 * 3_600 * SECOND_MS, 3_600 * SECOND_MS, 'h'],
  [Number.POSITIVE_INFINITY, 86_400 * SECOND_MS, 'd'],
]

/** How long ago a moment was, as a person says it: `now`, `5 min ago`, `in 3 h`, `—` for never. */
export const relativeTime = (moment: string | null, now: number): string => {
  if (moment === null) return '—'
  const ageMs = now - Date.parse(moment)
  const absolute = Math.abs(ageMs)
  if (absolute < 2 * SECOND_MS) return 'now'
  const [, unitMs, unit] = steps.find(([limitMs]) => absolute < limitMs)!
  const text = `${Math.floor(absolute / unitMs)} ${unit}`
  return ageMs >= 0 ? `${text} ago` : `in ${text}`
}

/** A duration as a person reads it: `12 ms`, `3.4 s`, `2 min 5 s`. */
export const duration = (milliseconds: number): string => {
  if (milliseconds < SECOND_MS) return `${Math.round(milliseconds)} ms`
  if (milliseconds < 60 * SECOND_MS) return `${(milliseconds / SECOND_MS).toFixed(1)} s`
  const seconds = Math.round(milliseconds / SECOND_MS)
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}
