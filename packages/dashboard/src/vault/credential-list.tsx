import { Button } from '@mantine/core'
import type { Credential } from '@assay/core'
import { client } from '../app/server.ts'
import { Status, Tag, type Tone } from '../display/status.tsx'
import { Time, useNow } from '../display/time.tsx'
import { words } from '../words.ts'
import { useKeyChange } from './change.ts'
import { ConfirmButton } from './confirm-button.tsx'
import classes from './vault.module.css'

const text = words.providers

/** The workspace's own keys, one a row, with what can be done to each. */
export const CredentialList = ({
  credentials,
  onRotate,
}: {
  credentials: readonly Credential[]
  onRotate: (credential: Credential) => void
}) => (
  <ul className={classes['rows']}>
    {credentials.map((credential) => (
      <CredentialRow key={credential.id} credential={credential} onRotate={() => onRotate(credential)} />
    ))}
  </ul>
)

const CredentialRow = ({ credential, onRotate }: { credential: Credential; onRotate: () => void }) => {
  const { id, provider, name, hint, baseUrl, isDefault, lastUsedAt, lastError, status, dueAt } = credential
  const now = useNow()
  const state = stateOf(credential, now)
  const isDue = dueAt !== null && Date.parse(dueAt) <= now
  const params = { id }
  const check = useKeyChange({
    change: () => client.checkStoredCredential({ params }),
    said: ({ ok, latencyMs, error }) =>
      ok ? text.accepted(name, latencyMs) : text.refused(name, error?.message ?? ''),
  })
  const choose = useKeyChange({
    change: () => client.setDefaultCredential({ params }),
    said: () => text.chosen(name, provider),
  })
  const turn = useKeyChange({
    change: () => client.updateCredential({ params, body: { status: status === 'inactive' ? 'active' : 'inactive' } }),
    said: (changed) => text.turned(name, changed.status),
  })
  const remove = useKeyChange({
    change: () => client.removeCredential({ params }),
    said: (removed) => removed.note ?? text.removed(name),
  })
  return (
    <li className={classes['row']}>
      <div className={classes['title']}>
        <p>
          <strong>{name}</strong>
          <Tag>{text.names[provider]}</Tag>
          {isDefault && <Tag>{text.default}</Tag>}
          <Status tone={tones[state]}>{text.states[state]}</Status>
          {isDue && <Status tone="warn">{text.due}</Status>}
        </p>
        <p className={classes['quiet']}>
          <code>{hint}</code>
          <span className={classes['address']}>{baseUrl}</span>
          <span>
            {text.lastUsed} <Time at={lastUsedAt} />
          </span>
        </p>
        {lastError !== null && state === 'invalid' && <p className={classes['error']}>{lastError}</p>}
      </div>
      <div className={classes['actions']}>
        <Button
          size="compact-xs"
          variant="default"
          loading={check.isPending}
          onClick={() => check.mutate(undefined)}
          aria-label={`${text.check} ${name}`}
        >
          {text.check}
        </Button>
        {!isDefault && (
          <Button
            size="compact-xs"
            variant="default"
            loading={choose.isPending}
            onClick={() => choose.mutate(undefined)}
            aria-label={`${text.makeDefault} ${name}`}
          >
            {text.makeDefault}
          </Button>
        )}
        <Button size="compact-xs" variant="default" onClick={onRotate} aria-label={`${text.rotate} ${name}`}>
          {text.rotate}
        </Button>
        <Button
          size="compact-xs"
          variant="default"
          loading={turn.isPending}
          onClick={() => turn.mutate(undefined)}
          aria-label={`${text.turn(status === 'inactive')} ${name}`}
        >
          {text.turn(status === 'inactive')}
        </Button>
        <ConfirmButton about={name} isWorking={remove.isPending} onConfirm={() => remove.mutate(undefined)}>
          {text.remove}
        </ConfirmButton>
      </div>
    </li>
  )
}

type State = keyof typeof text.states

const tones: Record<State, Tone> = { active: 'pass', inactive: 'mute', invalid: 'fail', expired: 'warn' }

const stateOf = ({ status, expiresAt }: Credential, now: number): State =>
  status === 'active' && expiresAt !== null && Date.parse(expiresAt) <= now ? 'expired' : status
