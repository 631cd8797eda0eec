import type { FailureGroup } from '@assay/core'
import { groupWords, meterText } from './group-words.ts'
import classes from './monitor.module.css'

/** How far a group is on its way to a regression test: "2 of 3", made, or why none will come. */
export const TestMeter = ({
  group,
}: {
  group: Pick<FailureGroup, 'testStatus' | 'occurrences' | 'incidents' | 'countBy' | 'threshold'>
}) => {
  const { testStatus, threshold, countBy } = group
  if (testStatus !== 'waiting') {
    const text = testStatus === 'created' ? meterText.made : meterText[testStatus]
    return (
      <span className={classes['meter']} data-status={testStatus}>
        <Pips filled={testStatus === 'created' ? threshold : 0} total={threshold} />
        {text}
      </span>
    )
  }
  const count = Math.min(reached(group), threshold)
  const toTest =
    countBy === 'incidents' ? groupWords.countedIncidents(count, threshold) : meterText.toTest(count, threshold)
  return (
    <span className={classes['meter']} data-status={testStatus} title={toTest}>
      <Pips filled={count} total={threshold} />
      {meterText.label(count, threshold)}
    </span>
  )
}

/** How many of what is counted toward the test a group has. */
export const reached = ({
  countBy,
  occurrences,
  incidents,
}: Pick<FailureGroup, 'countBy' | 'occurrences' | 'incidents'>): number =>
  countBy === 'incidents' ? incidents : occurrences

const MOST_PIPS = 8

const Pips = ({ filled, total }: { filled: number; total: number }) => {
  const shown = Math.min(total, MOST_PIPS)
  const on = Math.round((filled / total) * shown)
  return (
    <svg width={shown * 8 - 2} height="6" aria-hidden="true">
      {Array.from({ length: shown }, (_, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- the place is the pip
        <rect key={index} x={index * 8} width="6" height="6" rx="1.5" data-on={index < on} />
      ))}
    </svg>
  )
}
