import { formatUsd, type Run } from '@assay/core'
import { Link } from '@tanstack/react-router'
import { formatDuration, formatShare } from '../display/number.ts'
import { Tag } from '../display/status.tsx'
import { Time } from '../display/time.tsx'
import { words } from '../words.ts'
import { OutcomeBar } from './outcome-bar.tsx'
import { RunStatus } from './run-status.tsx'
import classes from './suite.module.css'

/** One run: what it was of, how it ended, what it cost. */
export const RunRow = ({ run }: { run: Run }) => (
  <li className={classes['run']}>
    <div className={classes['title']}>
      <Link
        from="/w/$workspace/runs"
        to="/w/$workspace/runs/$id"
        params={{ id: run.id }}
        search={{}}
        className={classes['link'] ?? ''}
      >
        {run.name}
      </Link>
      <p>
        <RunStatus run={run} />
        {run.baselineOf !== null && <Tag>{words.runs.baseline(run.baselineOf)}</Tag>}
        {run.provenance === 'self_reported' && <Tag>{words.runs.uploaded}</Tag>}
        <span>
          {words.runTriggers[run.trigger]} · {words.environments[run.environment]}
        </span>
      </p>
    </div>
    <OutcomeBar totals={run.totals} planned={run.planned} />
    <dl className={classes['figures']}>
      <div>
        <dt>{words.runs.score}</dt>
        <dd>{formatShare(run.totals?.score ?? null)}</dd>
      </div>
      <div>
        <dt>{words.runs.cost}</dt>
        <dd>{formatUsd(run.costNanoUsd)}</dd>
      </div>
      <div>
        <dt>{words.runs.took}</dt>
        <dd>{formatDuration(run.totals?.durationMs ?? null)}</dd>
      </div>
    </dl>
    <p className={classes['when']}>
      <Time at={run.createdAt} />
      <span>{words.runs.models(run.models)}</span>
    </p>
  </li>
)
