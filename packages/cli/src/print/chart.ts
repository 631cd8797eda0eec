const LEVELS = '▁▂▃▄▅▆▇█'

/** Numbers as one line of small columns; `null` is a gap. The scale is the given one, else that of the numbers. */
export const sparkline = (values: readonly (number | null)[], scale?: { min: number; max: number }): string => {
  const known = values.filter((value) => value !== null)
  if (known.length === 0) return ''
  const { min, max } = scale ?? { min: Math.min(0, ...known), max: Math.max(...known) }
  const span = max - min || 1
  return values
    .map((value) => {
      if (value === null) return ' '
      const share = Math.min(1, Math.max(0, (value - min) / span))
      return LEVELS[Math.min(LEVELS.length - 1, Math.floor(share * LEVELS.length))]
    })
    .join('')
}

/** A share from 0 to 1 as a bar of the given width. */
export const bar = (share: number, width: number): string => {
  const full = Math.round(Math.min(1, Math.max(0, share)) * width)
  return '█'.repeat(full) + '░'.repeat(width - full)
}

const BANDS = [80, 60, 40, 0]
const MOST_STEPS = 48

/**
 * The course of a confidence, the oldest first, in one row for each of its bands:
 * ```
 *  80 ┤  ▁▃▅
 *  60 ┤▆▇
 * ```
 */
export const confidenceChart = (values: readonly number[]): string[] => {
  const shown = values.slice(-MOST_STEPS)
  return BANDS.map((floor, row) => {
    const ceiling = row === 0 ? 101 : BANDS[row - 1]!
    const marks = shown.map((value) => {
      if (value < floor || value >= ceiling) return ' '
      return LEVELS[Math.min(LEVELS.length - 1, Math.floor(((value - floor) / (ceiling - floor)) * LEVELS.length))]!
    })
    return `${String(floor).padStart(3)} ┤${marks.join('')}`.trimEnd()
  })
}
