import type { FailureFamily } from '@assay/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { DayBars } from '../display/day-bars.tsx'
import { formatCount } from '../display/number.ts'
import { Time } from '../display/time.tsx'
import { groupQueries } from '../monitor/group-queries.ts'
import { groupWords } from '../monitor/group-words.ts'
import { SeverityMark } from '../monitor/severity-mark.tsx'
import { Empty, Panel } from '../panel/panel.tsx'
import { words } from '../words.ts'
import classes from './overview.module.css'

/** The kinds of failure that somebody should look at, the latest first: one row for each family of open groups. */
export const OpenGroups = () => {
  const query = useQuery(groupQueries.families())
  return (
    <Panel
      title={words.overview.openGroups}
      query={query}
      what={words.failures.what}
      flush
      isEmpty={({ items }) => items.length === 0}
      empty={<Empty text={words.overview.noOpenGroups} />}
      action={
        <Link from="/w/$workspace" to="/w/$workspace/failures">
          {words.overview.allFailures}
        </Link>
      }
    >
      {({ items }) => (
        <ul>
          {items.map((family) => (
            <li key={`${family.category} ${family.family}`}>
              <Family family={family} />
            </li>
          ))}
        </ul>
      )}
    </Panel>
  )
}

/** A family of one group leads to the group, a larger one to the list of its groups. */
const Family = ({ family }: { family: FailureFamily }) => {
  const content = (
    <>
      <span className={classes['what']}>
        <span className={classes['title']}>
          <SeverityMark severity={family.severity} /> {family.title}
        </span>
        <span className={classes['meta']}>
          {words.categories[family.category]} · {groupWords.families.groups(family.groups)} ·{' '}
          <Time at={family.lastSeenAt} />
        </span>
      </span>
      <DayBars counts={family.daily} height={20} />
      <span className={classes['count']}>{formatCount(family.occurrences)}</span>
    </>
  )
  const className = classes['row'] ?? ''
  return family.groups === 1 ? (
    <Link from="/w/$workspace" to="/w/$workspace/failures/$id" params={{ id: family.groupId }} className={className}>
      {content}
    </Link>
  ) : (
    <Link from="/w/$workspace" to="/w/$workspace/failures" search={{ family: family.family }} className={className}>
      {content}
    </Link>
  )
}
