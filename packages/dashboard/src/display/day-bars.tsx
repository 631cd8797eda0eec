import { words } from '../words.ts'
import classes from './day-bars.module.css'

/** Occurrences of the last 14 days, one bar a day, today last. */
export const DayBars = ({ counts, height = 26 }: { counts: readonly number[]; height?: number }) => {
  const highest = Math.max(1, ...counts)
  return (
    <svg
      className={classes['bars']}
      width={counts.length * STEP - GAP}
      height={height}
      role="img"
      aria-label={words.failures.daily(counts)}
    >
      {counts.map((count, index) => {
        const length = count === 0 ? 1 : Math.max(3, (count / highest) * height)
        return (
          <rect
            // oxlint-disable-next-line no-array-index-key: the place is the day
            key={index}
            x={index * STEP}
            y={height - length}
            width={STEP - GAP}
            height={length}
            rx={1}
            className={count === 0 ? classes['none'] : index === counts.length - 1 ? classes['today'] : classes['day']}
          />
        )
      })}
    </svg>
  )
}

const STEP = 7
const GAP = 2
