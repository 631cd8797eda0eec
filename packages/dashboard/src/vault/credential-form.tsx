import { Button, NativeSelect, TextInput } from '@mantine/core'
import { compatiblePresets, presetOf, type Credential, type CredentialProvider } from '@assay/core'
import { useState } from 'react'
import { client } from '../app/server.ts'
import { Problem } from '../panel/problem.tsx'
import { words } from '../words.ts'
import { useKeyChange } from './change.ts'
import classes from './vault.module.css'

const providers: readonly CredentialProvider[] = ['openai', 'anthropic', 'google', 'azure', 'compatible']
const text = words.providers.form

/** Stores a provider's key once the provider accepts it. */
export const AddCredentialForm = ({ onDone }: { onDone: () => void }) => {
  const [chosen, setChosen] = useState('openai')
  const [address, setAddress] = useState('')
  const [name, setName] = useState('')
  const [secret, setSecret] = useState('')
  const preset = presetOf(chosen)
  const provider = providers.find((known) => known === chosen) ?? 'compatible'
  const isAnywhere = provider === 'compatible' || provider === 'azure'
  const add = useKeyChange({
    change: () =>
      client.createCredential({
        query: { check: 'true' },
        body: {
          provider,
          name: name.trim() || preset?.name || 'default',
          secret: secret.trim() || (preset?.isLocal ? 'none' : ''),
          ...(isAnywhere ? { baseUrl: address.trim() || (preset?.baseUrl ?? '') } : {}),
        },
      }),
    said: (credential) => words.providers.added(credential.name, credential.provider, credential.isDefault),
    onDone,
  })
  return (
    <form
      className={classes['form']}
      onSubmit={(event) => {
        event.preventDefault()
        add.mutate(undefined)
      }}
    >
      <NativeSelect
        label={text.provider}
        value={chosen}
        onChange={({ currentTarget }) => {
          setChosen(currentTarget.value)
          setAddress(presetOf(currentTarget.value)?.baseUrl ?? '')
        }}
        data={[
          { group: text.own, items: providers.map((value) => ({ value, label: words.providers.names[value] })) },
          { group: text.compatible, items: compatiblePresets.map((one) => ({ value: one.name, label: one.title })) },
        ]}
      />
      {isAnywhere && (
        <TextInput
          label={text.address}
          description={preset?.isLocal ? text.localHint : text.addressHint}
          value={address}
          onChange={({ currentTarget }) => setAddress(currentTarget.value)}
          placeholder="https://models.example.com/v1"
          required
          type="url"
        />
      )}
      <TextInput
        label={text.name}
        value={name}
        onChange={({ currentTarget }) => setName(currentTarget.value)}
        placeholder={preset?.name ?? 'default'}
        maxLength={100}
      />
      <SecretInput value={secret} onChange={setSecret} isRequired={!preset?.isLocal} />
      {add.error && <Problem title={text.notStored} error={add.error} />}
      <Button type="submit" size="sm" loading={add.isPending}>
        {text.checkAndStore}
      </Button>
      <p className={classes['quiet']}>{text.promise}</p>
    </form>
  )
}

const graces = [
  { value: '0', label: text.graces.none },
  { value: '600000', label: text.graces.minutes },
  { value: '3600000', label: text.graces.hour },
  { value: '86400000', label: text.graces.day },
]

/** Replaces the key of a credential once its provider accepts the new one. */
export const RotateCredentialForm = ({ credential, onDone }: { credential: Credential; onDone: () => void }) => {
  const [secret, setSecret] = useState('')
  const [graceMs, setGraceMs] = useState('600000')
  const rotate = useKeyChange({
    change: () =>
      client.rotateCredential({ params: { id: credential.id }, body: { secret, graceMs: Number(graceMs) } }),
    said: ({ name }) => words.providers.rotated(name),
    onDone,
  })
  return (
    <form
      className={classes['form']}
      onSubmit={(event) => {
        event.preventDefault()
        rotate.mutate(undefined)
      }}
    >
      <p className={classes['quiet']}>{text.rotating(credential.name, credential.hint)}</p>
      <SecretInput value={secret} onChange={setSecret} isRequired />
      <NativeSelect
        label={text.grace}
        description={text.graceHint}
        value={graceMs}
        onChange={({ currentTarget }) => setGraceMs(currentTarget.value)}
        data={graces}
      />
      {rotate.error && <Problem title={text.notReplaced} error={rotate.error} />}
      <Button type="submit" size="sm" loading={rotate.isPending}>
        {text.checkAndReplace}
      </Button>
    </form>
  )
}

/** What is typed here is sent once and never shown again. */
const SecretInput = ({
  value,
  onChange,
  isRequired,
}: {
  value: string
  onChange: (text: string) => void
  isRequired: boolean
}) => (
  <TextInput
    label={text.secret}
    type="password"
    autoComplete="off"
    spellCheck={false}
    value={value}
    onChange={({ currentTarget }) => onChange(currentTarget.value)}
    required={isRequired}
  />
)
