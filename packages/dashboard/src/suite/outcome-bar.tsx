import type { Run, RunTotals } from '@assay/core'
import { Unseen } from '../display/unseen.tsx'
import { words } from '../words.ts'
import classes from './suite.module.css'

const parts = ['passed', 'failed', 'error', 'unscored', 'skipped'] as const

/** What the results came to, as shares of what was planned; the rest is still to come. */
export const OutcomeBar = ({ totals, planned }: { totals: RunTotals | null; planned: Run['planned'] }) => {
  const total = Math.max(planned ?? 0, totals?.total ?? 0)
  const told = totals === null || total === 0 ? words.runs.noResults : words.runs.outcomes(totals, total)
  return (
    <div className={classes['outcome']}>
      <span className={classes['bar']} aria-hidden="true">
        {totals !== null &&
          total > 0 &&
          parts.map((part) =>
            totals[part] === 0 ? null : <span key={part} data-part={part} style={{ flexGrow: totals[part] }} />,
          )}
        {total > (totals?.total ?? 0) && <span data-part="rest" style={{ flexGrow: total - (totals?.total ?? 0) }} />}
      </span>
      <span className={classes['count']} aria-hidden="true">
        {totals === null ? (planned === null ? words.unknown : `0 / ${planned}`) : `${totals.passed} / ${total}`}
      </span>
      <Unseen>{told}</Unseen>
    </div>
  )
}
