import type { FailureGroup } from '@assay/core'
import { Link } from '@tanstack/react-router'
import { DayBars } from '../display/day-bars.tsx'
import { formatCount } from '../display/number.ts'
import { Status } from '../display/status.tsx'
import { Time } from '../display/time.tsx'
import { words } from '../words.ts'
import { GroupState } from './group-state.tsx'
import { groupText, groupWords, listText } from './group-words.ts'
import { SeverityMark } from './severity-mark.tsx'
import { TestMeter } from './test-meter.tsx'
import classes from './monitor.module.css'

/** One cause: what it is, how often and when, and how near it is to its test. */
export const FailureGroupRow = ({ group }: { group: FailureGroup }) => (
  <li className={classes['group']}>
    <SeverityMark severity={group.severity} />
    <div className={classes['groupTitle']}>
      <Link
        from="/w/$workspace/failures"
        to="/w/$workspace/failures/$id"
        params={{ id: group.id }}
        search={(before) => before}
        className={classes['rowLink'] ?? ''}
      >
        {group.title}
      </Link>
      <p>
        <GroupState state={group.state} />
        {group.isWidespread && (
          <Status tone="warn" hint={groupWords.widespreadHint}>
            {groupWords.widespread}
          </Status>
        )}
        <span>{words.categories[group.category]}</span>
        <code>{group.family}</code>
      </p>
    </div>
    <DayBars counts={group.daily} />
    <dl className={classes['groupCounts']}>
      <div>
        <dt>{groupText.occurrences}</dt>
        <dd>{formatCount(group.occurrences)}</dd>
      </div>
      <div>
        <dt>{groupText.users}</dt>
        <dd>{formatCount(group.users)}</dd>
      </div>
      <div>
        <dt>{listText.lastSeen}</dt>
        <dd>
          <Time at={group.lastSeenAt} />
        </dd>
      </div>
    </dl>
    <TestMeter group={group} />
  </li>
)
