import { words } from '../words.ts'

const whole = new Intl.NumberFormat('en')
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 })

/** `12,345`. */
export const formatCount = (value: number): string => whole.format(value)

/** `12.3K` where every digit would be noise. */
export const formatShort = (value: number | null): string => (value === null ? words.unknown : short.format(value))

/** A share of 0 to 1: `3.4%`, a whole number from ten on. */
export const formatShare = (share: number | null): string => {
  if (share === null) return words.unknown
  const percent = share * 100
  const digits = percent === 0 || percent >= 10 ? 0 : percent < 0.1 ? 2 : 1
  return `${percent.toFixed(digits)}%`
}

/** `840 ms`, `3.2 s`, `2 min 5 s`. */
export const formatDuration = (milliseconds: number | null): string => {
  if (milliseconds === null) return words.unknown
  if (milliseconds < 1) return '< 1 ms'
  if (milliseconds < 1_000) return `${Math.round(milliseconds)} ms`
  if (milliseconds < 59_950) return `${(milliseconds / 1_000).toFixed(1)} s`
  const seconds = Math.round(milliseconds / 1_000)
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}
