import { Button, NativeSelect, TextInput } from '@mantine/core'
import { channelKinds, type AlertChannel } from '@assay/core'
import { useState } from 'react'
import { client } from '../app/server.ts'
import { Command } from '../display/command.tsx'
import { Problem } from '../panel/problem.tsx'
import { words } from '../words.ts'
import classes from '../vault/vault.module.css'
import { useAlertChange } from './change.ts'
import { text as everyText } from './words.ts'

const text = everyText.channels
type Shown = { name: string; secret: string }

/** Adds a place where people are told. */
export const ChannelForm = ({ mailIsSet, onDone }: { mailIsSet: boolean; onDone: (shown: Shown | null) => void }) => {
  const [kind, setKind] = useState<AlertChannel['kind']>('webhook')
  const [name, setName] = useState('')
  const [place, setPlace] = useState('')
  const isMail = kind === 'email'
  const save = useAlertChange({
    change: async () => {
      const to = place.split(/[\s,;]+/).filter(Boolean)
      const named = { name: name.trim() }
      return client.createAlertChannel({
        body: isMail ? { kind, ...named, to } : { kind, ...named, url: place.trim() },
      })
    },
    said: (channel) => text.added(channel.name),
    onDone: ({ name: made, secret }) => onDone(secret === null ? null : { name: made, secret }),
  })
  return (
    <form
      className={classes['form']}
      onSubmit={(event) => {
        event.preventDefault()
        save.mutate(undefined)
      }}
    >
      <NativeSelect
        label={text.kind}
        value={kind}
        onChange={({ currentTarget }) => setKind(channelKinds.find((one) => one === currentTarget.value) ?? 'webhook')}
        data={channelKinds.map((value) => ({ value, label: text.kinds[value] }))}
      />
      <TextInput
        label={text.name}
        value={name}
        onChange={({ currentTarget }) => setName(currentTarget.value)}
        required
        maxLength={80}
      />
      <TextInput
        label={isMail ? text.recipients : text.address}
        description={text.hints[kind]}
        value={place}
        onChange={({ currentTarget }) => setPlace(currentTarget.value)}
        required
      />
      {isMail && !mailIsSet && <p>{text.noMail}</p>}
      {save.error && <Problem title={text.notAdded} error={save.error} />}
      <Button type="submit" size="sm" loading={save.isPending} disabled={isMail && !mailIsSet}>
        {text.add}
      </Button>
    </form>
  )
}

/** The one time that a webhook's secret is seen. */
export const ShownSecret = ({ shown, onClose }: { shown: Shown; onClose: () => void }) => (
  <div className={classes['form']}>
    <p>{text.once(shown.name)}</p>
    <Command text={shown.secret} />
    <Button size="sm" variant="default" onClick={onClose}>
      {words.providers.keys.kept}
    </Button>
  </div>
)
