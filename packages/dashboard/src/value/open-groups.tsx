import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { queries } from '../app/queries.ts'
import { DayBars } from '../display/day-bars.tsx'
import { formatCount } from '../display/number.ts'
import { Time } from '../display/time.tsx'
import { SeverityMark } from '../monitor/severity-mark.tsx'
import { Empty, Panel } from '../panel/panel.tsx'
import { words } from '../words.ts'
import classes from './overview.module.css'

const SHOWN = 5

/** The failure groups that somebody should look at, the latest first. */
export const OpenGroups = () => {
  const query = useInfiniteQuery(queries.failureGroups({ state: 'open', sort: 'lastSeen' }))
  return (
    <Panel
      title={words.overview.openGroups}
      query={query}
      what={words.failures.what}
      flush
      isEmpty={({ pages }) => pages[0]?.items.length === 0}
      empty={<Empty text={words.overview.noOpenGroups} />}
      action={
        <Link from="/w/$workspace" to="/w/$workspace/failures">
          {words.overview.allFailures}
        </Link>
      }
    >
      {({ pages }) => (
        <ul>
          {(pages[0]?.items ?? []).slice(0, SHOWN).map((group) => (
            <li key={group.id}>
              <Link
                from="/w/$workspace"
                to="/w/$workspace/failures/$id"
                params={{ id: group.id }}
                className={classes['row'] ?? ''}
              >
                <span className={classes['what']}>
                  <span className={classes['title']}>
                    <SeverityMark severity={group.severity} /> {group.title}
                  </span>
                  <span className={classes['meta']}>
                    {words.categories[group.category]} · <Time at={group.lastSeenAt} />
                  </span>
                </span>
                <DayBars counts={group.daily} height={20} />
                <span className={classes['count']}>{formatCount(group.occurrences)}</span>
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  )
}
