import { Button } from '@mantine/core'
import { formatUsd, type Schedule } from '@assay/core'
import { Link, useParams } from '@tanstack/react-router'
import { useChange } from '../app/change.ts'
import { client } from '../app/server.ts'
import { Status, Tag } from '../display/status.tsx'
import { Time } from '../display/time.tsx'
import { ConfirmButton } from '../vault/confirm-button.tsx'
import { words } from '../words.ts'
import classes from '../vault/vault.module.css'
import { NextRuns } from './next-runs.tsx'
import { text as everyText } from './words.ts'

const text = everyText.schedules
/** A run that is begun here shows among the runs, too. */
const touched = ['runs'] as const

/** When tests run by themselves, one schedule a row. */
export const ScheduleList = ({
  schedules,
  onChange,
}: {
  schedules: readonly Schedule[]
  onChange: (schedule: Schedule) => void
}) => (
  <ul className={classes['rows']}>
    {schedules.map((schedule) => (
      <ScheduleRow key={schedule.id} schedule={schedule} onChange={() => onChange(schedule)} />
    ))}
  </ul>
)

const ScheduleRow = ({ schedule, onChange }: { schedule: Schedule; onChange: () => void }) => {
  const { id, name, cron, timeZone, environment, paused, isDefault, next, lastAt, lastOutcome, lastRunId } = schedule
  const { workspace } = useParams({ from: '/w/$workspace' })
  const params = { id }
  const pause = useChange({
    touched,
    change: () => client.pauseSchedule({ params, body: { paused: !paused } }),
    said: (after) => (after.paused ? text.hasPaused(name) : text.goesOn(name)),
  })
  const run = useChange({
    touched,
    change: () => client.runSchedule({ params }),
    said: ({ tests }) => text.running(tests),
  })
  const remove = useChange({
    touched,
    change: () => client.removeSchedule({ params }),
    said: () => text.removed(name),
  })
  return (
    <li className={classes['row']}>
      <div className={classes['title']}>
        <p>
          <strong>{name}</strong>
          <Tag mono>{cron}</Tag>
          <span className={classes['quiet']}>{timeZone}</span>
          {paused && <Status tone="mute">{text.paused}</Status>}
        </p>
        <p className={classes['quiet']}>
          <span>{testsOf(schedule)}</span>
          <span>{words.environments[environment]}</span>
          <span>{text.spent(formatUsd(schedule.spentTodayNanoUsd), formatUsd(schedule.dailyBudgetNanoUsd))}</span>
          {isDefault && <span>{text.standing}</span>}
        </p>
        {next.length > 0 && <NextRuns times={next} timeZone={timeZone} />}
        {lastAt !== null && (
          <p className={classes['quiet']}>
            <span>
              {text.last} <Time at={lastAt} />: {lastOutcome}
            </span>
            {lastRunId !== null && (
              <Link to="/w/$workspace/runs/$id" params={{ workspace, id: lastRunId }}>
                {text.lastRun}
              </Link>
            )}
          </p>
        )}
      </div>
      <div className={classes['actions']}>
        <Button
          size="compact-xs"
          variant="default"
          loading={run.isPending}
          onClick={() => run.mutate(undefined)}
          aria-label={`${text.run} ${name}`}
        >
          {text.run}
        </Button>
        <Button size="compact-xs" variant="default" onClick={onChange} aria-label={`${text.change} ${name}`}>
          {text.change}
        </Button>
        <Button
          size="compact-xs"
          variant="default"
          loading={pause.isPending}
          onClick={() => pause.mutate(undefined)}
          aria-label={`${paused ? text.resume : text.pause} ${name}`}
        >
          {paused ? text.resume : text.pause}
        </Button>
        {!isDefault && (
          <ConfirmButton about={name} isWorking={remove.isPending} onConfirm={() => remove.mutate(undefined)}>
            {words.providers.remove}
          </ConfirmButton>
        )}
      </div>
    </li>
  )
}

const testsOf = ({ tag, testIds }: Schedule): string => {
  if (testIds.length > 0) return text.named(testIds.length)
  return tag === null ? text.all : text.tagged(tag)
}
