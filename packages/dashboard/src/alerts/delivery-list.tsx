import { Button } from '@mantine/core'
import type { AlertChannel, AlertDelivery } from '@assay/core'
import { client } from '../app/server.ts'
import { Status, type Tone } from '../display/status.tsx'
import { Time } from '../display/time.tsx'
import classes from '../vault/vault.module.css'
import { useAlertChange } from './change.ts'
import { text as everyText } from './words.ts'

const text = everyText.log
const tones: Record<AlertDelivery['state'], Tone> = {
  waiting: 'accent',
  delivered: 'pass',
  failed: 'fail',
  muted: 'mute',
}

/** What was sent where, the newest first; what did not arrive can be sent again. */
export const DeliveryList = ({
  deliveries,
  channels,
}: {
  deliveries: readonly AlertDelivery[]
  channels: readonly AlertChannel[]
}) => (
  <ul className={classes['rows']}>
    {deliveries.map((delivery) => (
      <DeliveryRow
        key={delivery.id}
        delivery={delivery}
        channel={channels.find(({ id }) => id === delivery.channelId)?.name ?? delivery.channelId.slice(0, 8)}
      />
    ))}
  </ul>
)

const DeliveryRow = ({ delivery, channel }: { delivery: AlertDelivery; channel: string }) => {
  const { id, kind, state, title, tries, lastError, at } = delivery
  const resend = useAlertChange({
    change: () => client.resendAlertDelivery({ params: { id } }),
    said: () => text.resent(channel),
  })
  return (
    <li className={classes['row']}>
      <div className={classes['title']}>
        <p>
          <Status tone={tones[state]}>{text.states[state]}</Status>
          <strong>{title}</strong>
        </p>
        <p className={classes['quiet']}>
          <span>{text.kinds[kind]}</span>
          <span>{text.to(channel)}</span>
          {tries > 0 && <span>{text.tries(tries)}</span>}
          <Time at={at} />
        </p>
        {lastError !== null && <p className={classes['error']}>{lastError}</p>}
      </div>
      {state === 'failed' && (
        <div className={classes['actions']}>
          <Button
            size="compact-xs"
            variant="default"
            loading={resend.isPending}
            onClick={() => resend.mutate(undefined)}
            aria-label={`${text.resend}: ${title}`}
          >
            {text.resend}
          </Button>
        </div>
      )}
    </li>
  )
}
