import { Button } from '@mantine/core'
import type { AlertChannel } from '@assay/core'
import { client } from '../app/server.ts'
import { Status, Tag } from '../display/status.tsx'
import { ConfirmButton } from '../vault/confirm-button.tsx'
import { words } from '../words.ts'
import classes from '../vault/vault.module.css'
import { useAlertChange } from './change.ts'
import { text as everyText } from './words.ts'

const text = everyText.channels

/** Where people are told, one a row. */
export const ChannelList = ({
  channels,
  onShow,
}: {
  channels: readonly AlertChannel[]
  onShow: (shown: { name: string; secret: string } | null) => void
}) => (
  <ul className={classes['rows']}>
    {channels.map((channel) => (
      <ChannelRow key={channel.id} channel={channel} onShow={onShow} />
    ))}
  </ul>
)

const ChannelRow = ({
  channel,
  onShow,
}: {
  channel: AlertChannel
  onShow: (shown: { name: string; secret: string } | null) => void
}) => {
  const { id, name, kind, to, url, enabled, disabledReason } = channel
  const params = { id }
  const test = useAlertChange({
    change: () => client.testAlertChannel({ params }),
    said: ({ state, lastError }) => (state === 'delivered' ? text.tested(name) : text.failed(name, lastError ?? '')),
    isBad: ({ state }) => state !== 'delivered',
  })
  const turn = useAlertChange({
    change: () => client.updateAlertChannel({ params, body: { enabled: !enabled } }),
    said: () => text.turned(name, enabled),
  })
  const rotate = useAlertChange({
    change: () => client.rotateAlertChannel({ params }),
    said: () => text.rotated(name),
    onDone: ({ secret }) => onShow(secret === null ? null : { name, secret }),
  })
  const remove = useAlertChange({ change: () => client.removeAlertChannel({ params }), said: () => text.removed(name) })
  return (
    <li className={classes['row']}>
      <div className={classes['title']}>
        <p>
          <strong>{name}</strong>
          <Tag>{text.kinds[kind]}</Tag>
          {!enabled && <Status tone="mute">{text.off}</Status>}
        </p>
        <p className={classes['quiet']}>
          <span className={classes['address']}>{url ?? to.join(', ')}</span>
        </p>
        {disabledReason !== null && <p className={classes['error']}>{disabledReason}</p>}
      </div>
      <div className={classes['actions']}>
        <Button
          size="compact-xs"
          variant="default"
          loading={test.isPending}
          onClick={() => test.mutate(undefined)}
          aria-label={`${text.test} ${name}`}
        >
          {text.test}
        </Button>
        <Button
          size="compact-xs"
          variant="default"
          loading={turn.isPending}
          onClick={() => turn.mutate(undefined)}
          aria-label={`${words.providers.turn(!enabled)} ${name}`}
        >
          {words.providers.turn(!enabled)}
        </Button>
        {kind === 'webhook' && (
          <Button
            size="compact-xs"
            variant="default"
            loading={rotate.isPending}
            onClick={() => rotate.mutate(undefined)}
            aria-label={`${text.rotate} ${name}`}
          >
            {text.rotate}
          </Button>
        )}
        <ConfirmButton about={name} isWorking={remove.isPending} onConfirm={() => remove.mutate(undefined)}>
          {words.providers.remove}
        </ConfirmButton>
      </div>
    </li>
  )
}
