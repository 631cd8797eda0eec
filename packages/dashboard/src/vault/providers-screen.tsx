import { Button } from '@mantine/core'
import type { Credential } from '@assay/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { queries } from '../app/queries.ts'
import { Screen } from '../app/screen.tsx'
import { Command } from '../display/command.tsx'
import { Empty, Panel } from '../panel/panel.tsx'
import { words } from '../words.ts'
import { AddCredentialForm, RotateCredentialForm } from './credential-form.tsx'
import { CredentialList } from './credential-list.tsx'
import { GatewayKeyForm, ShownKey } from './gateway-key-form.tsx'
import { GatewayKeyList, type ListedKey } from './gateway-key-list.tsx'
import { Side } from './side.tsx'

/** What stands open beside the lists. */
type Open =
  | { what: 'add' }
  | { what: 'rotate'; credential: Credential }
  | { what: 'key'; item?: ListedKey }
  | { what: 'shown'; shown: { name: string; key: string } }

const text = words.providers

/** Which keys the workspace has for its providers, and which it gives to its applications. */
export const ProvidersScreen = () => {
  const credentials = useQuery(queries.allCredentials())
  const keys = useQuery(queries.allGatewayKeys())
  const [open, setOpen] = useState<Open | null>(null)
  const close = () => setOpen(null)
  const show = (shown: { name: string; key: string } | null) => setOpen(shown && { what: 'shown', shown })
  return (
    <Screen
      title={text.title}
      action={
        <>
          <Button variant="default" onClick={() => setOpen({ what: 'key' })}>
            {text.keys.make}
          </Button>
          <Button onClick={() => setOpen({ what: 'add' })}>{text.add}</Button>
        </>
      }
    >
      <Panel
        title={text.credentials}
        note={text.credentialsNote}
        flush
        query={credentials}
        what={text.credentials}
        rows={6}
        isEmpty={({ items }) => items.length === 0}
        empty={
          <Empty text={text.none}>
            <Command text={text.command} />
          </Empty>
        }
      >
        {({ items }) => (
          <CredentialList credentials={items} onRotate={(credential) => setOpen({ what: 'rotate', credential })} />
        )}
      </Panel>
      <Panel
        title={text.keys.title}
        note={text.keys.note}
        flush
        query={keys}
        what={text.keys.title}
        rows={6}
        isEmpty={({ items }) => items.length === 0}
        empty={
          <Empty text={text.keys.none}>
            <Command text={text.keys.command} />
          </Empty>
        }
      >
        {({ items }) => <GatewayKeyList keys={items} onEdit={(item) => setOpen({ what: 'key', item })} onShow={show} />}
      </Panel>
      <Side title={titleOf(open)} isOpen={open !== null} onClose={close}>
        {open?.what === 'add' && <AddCredentialForm onDone={close} />}
        {open?.what === 'rotate' && <RotateCredentialForm credential={open.credential} onDone={close} />}
        {open?.what === 'key' && <GatewayKeyForm item={open.item} onDone={show} />}
        {open?.what === 'shown' && <ShownKey shown={open.shown} onClose={close} />}
      </Side>
    </Screen>
  )
}

const titleOf = (open: Open | null): string => {
  if (open?.what === 'rotate') return text.rotateTitle
  if (open?.what === 'key') return open.item ? text.keys.limits : text.keys.make
  return open?.what === 'shown' ? text.keys.shownTitle : text.add
}
