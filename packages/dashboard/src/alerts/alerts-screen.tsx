import { Button } from '@mantine/core'
import type { Schedule } from '@assay/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Screen } from '../app/screen.tsx'
import { Command } from '../display/command.tsx'
import { Empty, Panel } from '../panel/panel.tsx'
import { Side } from '../vault/side.tsx'
import { AlertList } from './alert-list.tsx'
import { ChannelForm, ShownSecret } from './channel-form.tsx'
import { ChannelList } from './channel-list.tsx'
import { DeliveryList } from './delivery-list.tsx'
import { RuleForm } from './rule-form.tsx'
import { RuleList } from './rule-list.tsx'
import { ScheduleForm } from './schedule-form.tsx'
import { ScheduleList } from './schedule-list.tsx'
import { alertQueries } from './queries.ts'
import { text } from './words.ts'

type Shown = { name: string; secret: string }
/** What stands open beside the lists. */
type Open =
  | { what: 'rule' }
  | { what: 'channel' }
  | { what: 'secret'; shown: Shown }
  | { what: 'schedule'; schedule: Schedule | null }

/** What needs a look, who is told of it and where, and what was sent. */
export const AlertsScreen = () => {
  const alerts = useQuery(alertQueries.alerts())
  const rules = useQuery(alertQueries.rules())
  const channels = useQuery(alertQueries.channels())
  const deliveries = useQuery(alertQueries.deliveries())
  const schedules = useQuery(alertQueries.schedules())
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
          <Button variant="default" onClick={() => setOpen({ what: 'rule' })}>
            {text.rules.add}
          </Button>
          <Button onClick={() => setOpen({ what: 'schedule', schedule: null })}>{text.schedules.add}</Button>
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
        title={text.schedules.title}
        note={text.schedules.note}
        flush
        query={schedules}
        what={text.schedules.title}
        isEmpty={({ items }) => items.length === 0}
        empty={
          <Empty text={text.schedules.none}>
            <Command text={text.schedules.command} />
          </Empty>
        }
      >
        {({ items }) => (
          <ScheduleList schedules={items} onChange={(schedule) => setOpen({ what: 'schedule', schedule })} />
        )}
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
        {open?.what === 'schedule' && (
          <ScheduleForm key={open.schedule?.id ?? 'new'} schedule={open.schedule} onDone={close} />
        )}
        {open?.what === 'secret' && <ShownSecret shown={open.shown} onClose={close} />}
      </Side>
    </Screen>
  )
}

const titleOf = (open: Open | null): string => {
  if (open?.what === 'channel') return text.channels.add
  if (open?.what === 'schedule') return open.schedule === null ? text.schedules.add : text.schedules.changeTitle
  return open?.what === 'secret' ? text.channels.shownTitle : text.rules.add
}
