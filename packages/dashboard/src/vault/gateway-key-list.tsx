import { Button } from '@mantine/core'
import { formatUsd, type ContractReply, type Api } from '@assay/core'
import { client } from '../app/server.ts'
import { formatCount } from '../display/number.ts'
import { Status, Tag } from '../display/status.tsx'
import { Time, useNow } from '../display/time.tsx'
import { words } from '../words.ts'
import { useKeyChange } from './change.ts'
import { ConfirmButton } from './confirm-button.tsx'
import classes from './vault.module.css'

/** A gateway key with what is gone of its budget. */
export type ListedKey = ContractReply<Api['listGatewayKeys']>['items'][number]

const text = words.providers.keys

/** What applications send to the gateway, one a row. */
export const GatewayKeyList = ({
  keys,
  onEdit,
  onShow,
}: {
  keys: readonly ListedKey[]
  onEdit: (key: ListedKey) => void
  onShow: (shown: { name: string; key: string }) => void
}) => (
  <ul className={classes['rows']}>
    {keys.map((key) => (
      <GatewayKeyRow key={key.id} item={key} onEdit={() => onEdit(key)} onShow={onShow} />
    ))}
  </ul>
)

const GatewayKeyRow = ({
  item,
  onEdit,
  onShow,
}: {
  item: ListedKey
  onEdit: () => void
  onShow: (shown: { name: string; key: string }) => void
}) => {
  const { id, name, prefix, last4, scopes, revokedAt, expiresAt, lastUsedAt } = item
  const now = useNow()
  const isOver = revokedAt !== null || (expiresAt !== null && Date.parse(expiresAt) <= now)
  const params = { id }
  const rotate = useKeyChange({
    change: () => client.rotateGatewayKey({ params, body: { graceMs: GRACE_MS } }),
    said: () => text.rotated(name),
    onDone: onShow,
  })
  const revoke = useKeyChange({ change: () => client.revokeGatewayKey({ params }), said: () => text.revoked(name) })
  return (
    <li className={classes['row']}>
      <div className={classes['title']}>
        <p>
          <strong>{name}</strong>
          {scopes.map((scope) => (
            <Tag key={scope}>{scope}</Tag>
          ))}
          {revokedAt !== null && <Status tone="mute">{text.isRevoked}</Status>}
          {revokedAt === null && isOver && <Status tone="warn">{words.providers.states.expired}</Status>}
        </p>
        <p className={classes['quiet']}>
          <code>
            {prefix}…{last4}
          </code>
          <span>{limitsOf(item)}</span>
          <span>
            {words.providers.lastUsed} <Time at={lastUsedAt} />
          </span>
        </p>
      </div>
      {!isOver && (
        <div className={classes['actions']}>
          <Button size="compact-xs" variant="default" onClick={onEdit} aria-label={`${text.limits} ${name}`}>
            {text.limits}
          </Button>
          <Button
            size="compact-xs"
            variant="default"
            loading={rotate.isPending}
            onClick={() => rotate.mutate(undefined)}
            aria-label={`${words.providers.rotate} ${name}`}
          >
            {words.providers.rotate}
          </Button>
          <ConfirmButton about={name} isWorking={revoke.isPending} onConfirm={() => revoke.mutate(undefined)}>
            {text.revoke}
          </ConfirmButton>
        </div>
      )}
    </li>
  )
}

/** So long the old key goes on beside the new one when a person turns it here. */
const GRACE_MS = 86_400_000

const limitsOf = ({ allowedModels, rpm, budgetNanoUsd, budgetWindow, budget }: ListedKey): string =>
  [
    allowedModels.length > 0 ? allowedModels.join(', ') : text.allModels,
    ...(rpm === null ? [] : [text.rpm(formatCount(rpm))]),
    ...(budgetNanoUsd === null || budgetWindow === null
      ? []
      : [text.budget(formatUsd(budget?.usedNanoUsd ?? 0), formatUsd(budgetNanoUsd), budgetWindow)]),
  ].join(' · ')
