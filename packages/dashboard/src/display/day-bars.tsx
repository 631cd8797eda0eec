import { Unseen } from './unseen.tsx'
import { words } from '../words.ts'
import classes from './day-bars.module.css'

/** Occurrences of the last 14 days, one bar a day, today last. */
export const DayBars = ({ counts, height = 26 }: { counts: readonly number[]; height?: number }) => (
  <span className={classes['bars']} title={words.failures.daily(counts)}>
    <Unseen>{words.failures.daily(counts)}</Unseen>
    <svg width={counts.length * STEP - GAP} height={height} aria-hidden="true">
      {barsOf(counts, height).map(({ daysAgo, x, length, look }) => (
        <rect
          key={daysAgo}
          x={x}
          y={height - length}
          width={STEP - GAP}
          height={length}
          rx={1}
          className={classes[look]}
        />
      ))}
    </svg>
  </span>
)

const STEP = 7
const GAP = 2

const barsOf = (counts: readonly number[], height: number) => {
  const highest = Math.max(1, ...counts)
  return counts.map((count, index) => {
    const daysAgo = counts.length - 1 - index
    const length = count === 0 ? 1 : Math.max(3, (count / highest) * height)
    return { daysAgo, x: index * STEP, length, look: count === 0 ? 'none' : daysAgo === 0 ? 'today' : 'day' }
  })
}
