import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { queries } from '../app/queries.ts'
import { Screen } from '../app/screen.tsx'
import { Command } from '../display/command.tsx'
import { Empty, Panel } from '../panel/panel.tsx'
import { Side } from '../vault/side.tsx'
import { words } from '../words.ts'
import { AlertList } from './alert-list.tsx'
import { ChannelForm, ShownSecret } from './channel-form.tsx'
import { ChannelList } from './channel-list.tsx'
import { DeliveryList } from './delivery-list.tsx'
import { RuleForm } from './rule-form.tsx'
import { RuleList } from './rule-list.tsx'

type Shown = { name: string; secret: string }
/** What stands open beside the lists. */
type Open = { what: 'rule' } | { what: 'channel' } | { what: 'secret'; shown: Shown }

const text = words.alerts

/** What needs a look, who is told of it and where, and what was sent. */
export const AlertsScreen = () => {
  const alerts = useQuery(queries.alerts())
  const rules = useQuery(queries.alertRules())
  const channels = useQuery(queries.alertChannels())
  const deliveries = useQuery(queries.alertDeliveries())
  const [open, setOpen] = useState<Open | null>(null)
  const close = () => setOpen(null)
  const show = (shown: Shown | null) => setOpen(shown && { what: 'secret', shown })
  const known = channels.data?.items ?? []
  return (
    <Screen
      title={text.title}
      action={
        <>
          <Button variant="default" onClick={() => setOpen({ what: 'channel' })}>
            {text.channels.add}
          </Button>
          <Button onClick={() => setOpen({ what: 'rule' })}>{text.rules.add}</Button>
        </>
      }
    >
      <Panel
        title={text.found}
        note={text.foundNote}
        flush
        query={alerts}
        what={text.found}
        rows={5}
        isEmpty={({ items }) => items.length === 0}
        empty={<Empty text={text.none} />}
      >
        {({ items }) => <AlertList alerts={items} />}
      </Panel>
      <Panel
        title={text.rules.title}
        note={text.rules.note}
        flush
        query={rules}
        what={text.rules.title}
        isEmpty={({ items }) => items.length === 0}
        empty={
          <Empty text={text.rules.none}>
            <Command text={text.rules.command} />
          </Empty>
        }
      >
        {({ items }) => <RuleList rules={items} channels={known} />}
      </Panel>
      <Panel
        title={text.channels.title}
        note={text.channels.note}
        flush
        query={channels}
        what={text.channels.title}
        isEmpty={({ items }) => items.length === 0}
        empty={
          <Empty text={text.channels.none}>
            <Command text={text.channels.command} />
          </Empty>
        }
      >
        {({ items }) => <ChannelList channels={items} onShow={show} />}
      </Panel>
      <Panel
        title={text.log.title}
        note={text.log.note}
        flush
        query={deliveries}
        what={text.log.title}
        isEmpty={({ items }) => items.length === 0}
        empty={<Empty text={text.log.none} />}
      >
        {({ items }) => <DeliveryList deliveries={items} channels={known} />}
      </Panel>
      <Side title={titleOf(open)} isOpen={open !== null} onClose={close}>
        {open?.what === 'rule' && <RuleForm channels={known} onDone={close} />}
        {open?.what === 'channel' && <ChannelForm mailIsSet={channels.data?.mailIsSet ?? false} onDone={show} />}
        {open?.what === 'secret' && <ShownSecret shown={open.shown} onClose={close} />}
      </Side>
    </Screen>
  )
}

const titleOf = (open: Open | null): string => {
  if (open?.what === 'channel') return text.channels.add
  return open?.what === 'secret' ? text.channels.shownTitle : text.rules.add
}
