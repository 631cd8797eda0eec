import { formatUtc } from '../display/time.tsx'
import classes from './alerts.module.css'
import { text as everyText } from './words.ts'

const text = everyText.schedules

/** The next runs, as the clock of their zone shows them. */
export const NextRuns = ({ times, timeZone }: { times: readonly string[]; timeZone: string }) => {
  const clock = clockOf(timeZone)
  return (
    <p className={classes['next']}>
      <span>{text.next}</span>
      {times.map((time) => (
        <time key={time} dateTime={time} title={formatUtc(time)}>
          {clock.format(Date.parse(time))}
        </time>
      ))}
      <span>{text.nextIn(timeZone)}</span>
    </p>
  )
}

const clockOf = (timeZone: string): Intl.DateTimeFormat => {
  const parts = { weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' } as const
  try {
    return new Intl.DateTimeFormat('en-GB', { ...parts, timeZone })
  } catch {
    // A zone that this browser does not know.
    return new Intl.DateTimeFormat('en-GB', { ...parts, timeZone: 'UTC' })
  }
}
