import { Button } from '@mantine/core'
import type { AlertChannel, AlertRule } from '@assay/core'
import { client } from '../app/server.ts'
import { Status } from '../display/status.tsx'
import { formatMoment, useNow } from '../display/time.tsx'
import { ConfirmButton } from '../vault/confirm-button.tsx'
import { words } from '../words.ts'
import classes from '../vault/vault.module.css'
import { useAlertChange } from './change.ts'
import { text as everyText } from './words.ts'

const text = everyText.rules
const MUTE_MS = 2 * 3_600_000

/** Who is told of what, one a row. */
export const RuleList = ({ rules, channels }: { rules: readonly AlertRule[]; channels: readonly AlertChannel[] }) => (
  <ul className={classes['rows']}>
    {rules.map((rule) => (
      <RuleRow key={rule.id} rule={rule} channels={channels} />
    ))}
  </ul>
)

const RuleRow = ({ rule, channels }: { rule: AlertRule; channels: readonly AlertChannel[] }) => {
  const { id, name, events, filter, channelIds, enabled, mutedUntil } = rule
  const now = useNow()
  const isMuted = mutedUntil !== null && Date.parse(mutedUntil) > now
  const params = { id }
  const mute = useAlertChange({
    change: () =>
      client.updateAlertRule({
        params,
        body: { mutedUntil: isMuted ? null : new Date(Date.now() + MUTE_MS).toISOString() },
      }),
    said: () => (isMuted ? text.unmuted(name) : text.muted(name)),
  })
  const remove = useAlertChange({ change: () => client.removeAlertRule({ params }), said: () => text.removed(name) })
  const only = Object.values(filter).flat()
  const to = channels.filter((channel) => channelIds.includes(channel.id)).map((channel) => channel.name)
  return (
    <li className={classes['row']}>
      <div className={classes['title']}>
        <p>
          <strong>{name}</strong>
          {!enabled && <Status tone="mute">{text.off}</Status>}
          {isMuted && <Status tone="warn">{text.mutedUntil(formatMoment(Date.parse(mutedUntil), now))}</Status>}
        </p>
        <p className={classes['quiet']}>
          <span>{events.length === 0 ? text.all : events.join(', ')}</span>
          {only.length > 0 && <span>{text.only(only.join(', '))}</span>}
          <span>{to.length === 0 ? text.nobody : text.to(to.join(', '))}</span>
        </p>
      </div>
      <div className={classes['actions']}>
        <Button
          size="compact-xs"
          variant="default"
          loading={mute.isPending}
          onClick={() => mute.mutate(undefined)}
          aria-label={`${isMuted ? text.unmute : text.mute} ${name}`}
        >
          {isMuted ? text.unmute : text.mute}
        </Button>
        <ConfirmButton about={name} isWorking={remove.isPending} onConfirm={() => remove.mutate(undefined)}>
          {words.providers.remove}
        </ConfirmButton>
      </div>
    </li>
  )
}
