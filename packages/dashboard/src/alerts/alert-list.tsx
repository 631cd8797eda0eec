import { Button } from '@mantine/core'
import type { Alert } from '@assay/core'
import { client } from '../app/server.ts'
import { Status, Tag, type Tone } from '../display/status.tsx'
import { Time } from '../display/time.tsx'
import classes from '../vault/vault.module.css'
import { useAlertChange } from './change.ts'
import { text } from './words.ts'

const tones: Record<Alert['severity'], Tone> = { info: 'accent', warning: 'warn', critical: 'fail' }

/** What was found, the newest first; one that is open can be taken on. */
export const AlertList = ({ alerts }: { alerts: readonly Alert[] }) => (
  <ul className={classes['rows']}>
    {alerts.map((alert) => (
      <AlertRow key={alert.id} alert={alert} />
    ))}
  </ul>
)

const AlertRow = ({ alert }: { alert: Alert }) => {
  const { id, rule, severity, title, count, lastAt, resolvedAt, acknowledgedAt } = alert
  const acknowledge = useAlertChange({
    change: () => client.acknowledgeAlert({ params: { id } }),
    said: () => text.acknowledged,
  })
  return (
    <li className={classes['row']}>
      <div className={classes['title']}>
        <p>
          {resolvedAt === null ? (
            <Status tone={tones[severity]}>{text.severities[severity]}</Status>
          ) : (
            <Status tone="pass">{text.resolved}</Status>
          )}
          <strong>{title}</strong>
        </p>
        <p className={classes['quiet']}>
          <Tag mono>{rule}</Tag>
          <span>{text.foundTimes(count)}</span>
          <Time at={lastAt} />
          {acknowledgedAt !== null && <span>{text.isAcknowledged}</span>}
        </p>
      </div>
      {resolvedAt === null && acknowledgedAt === null && (
        <div className={classes['actions']}>
          <Button
            size="compact-xs"
            variant="default"
            loading={acknowledge.isPending}
            onClick={() => acknowledge.mutate(undefined)}
            aria-label={`${text.acknowledge}: ${title}`}
          >
            {text.acknowledge}
          </Button>
        </div>
      )}
    </li>
  )
}
