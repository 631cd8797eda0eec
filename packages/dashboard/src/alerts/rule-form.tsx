import { Button, Checkbox, TextInput } from '@mantine/core'
import { alertEvents, alertSeverities, environments, testKinds, type AlertChannel, type AlertEvent } from '@assay/core'
import { useState } from 'react'
import { client } from '../app/server.ts'
import { Problem } from '../panel/problem.tsx'
import { words } from '../words.ts'
import classes from '../vault/vault.module.css'
import { useAlertChange } from './change.ts'
import { text as everyText } from './words.ts'

const text = everyText.rules
const events = Object.keys(alertEvents) as AlertEvent[]

/** Says who is told of what. */
export const RuleForm = ({ channels, onDone }: { channels: readonly AlertChannel[]; onDone: () => void }) => {
  const [name, setName] = useState('')
  const [chosenEvents, setChosenEvents] = useState<string[]>([])
  const [severities, setSeverities] = useState<string[]>([])
  const [tags, setTags] = useState('')
  const [chosenEnvironments, setChosenEnvironments] = useState<string[]>([])
  const [kinds, setKinds] = useState<string[]>([])
  const [channelIds, setChannelIds] = useState<string[]>([])
  const save = useAlertChange({
    change: () =>
      client.createAlertRule({
        body: {
          name: name.trim(),
          events: events.filter((event) => chosenEvents.includes(event)),
          filter: {
            severities: alertSeverities.filter((severity) => severities.includes(severity)),
            tags: tags.split(',').flatMap((tag) => tag.trim() || []),
            environments: chosenEnvironments,
            kinds,
          },
          channelIds,
        },
      }),
    said: (rule) => text.added(rule.name),
    onDone,
  })
  if (channels.length === 0) return <p className={classes['form']}>{text.channelFirst}</p>
  return (
    <form
      className={classes['form']}
      onSubmit={(event) => {
        event.preventDefault()
        save.mutate(undefined)
      }}
    >
      <TextInput
        label={text.name}
        value={name}
        onChange={({ currentTarget }) => setName(currentTarget.value)}
        required
        maxLength={80}
      />
      <Checkbox.Group label={text.channels} value={channelIds} onChange={setChannelIds}>
        {channels.map((channel) => (
          <Checkbox key={channel.id} value={channel.id} label={channel.name} mt="xs" />
        ))}
      </Checkbox.Group>
      <Checkbox.Group label={text.events} description={text.eventsHint} value={chosenEvents} onChange={setChosenEvents}>
        {events.map((event) => (
          <Checkbox key={event} value={event} label={event} description={alertEvents[event]} mt="xs" />
        ))}
      </Checkbox.Group>
      <Checkbox.Group label={text.severities} value={severities} onChange={setSeverities}>
        {alertSeverities.map((severity) => (
          <Checkbox key={severity} value={severity} label={everyText.severities[severity]} mt="xs" />
        ))}
      </Checkbox.Group>
      <TextInput
        label={text.tags}
        description={text.commas}
        value={tags}
        onChange={({ currentTarget }) => setTags(currentTarget.value)}
        maxLength={500}
      />
      <Checkbox.Group label={text.environments} value={chosenEnvironments} onChange={setChosenEnvironments}>
        {environments.map((environment) => (
          <Checkbox key={environment} value={environment} label={words.environments[environment]} mt="xs" />
        ))}
      </Checkbox.Group>
      <Checkbox.Group label={text.kinds} value={kinds} onChange={setKinds}>
        {testKinds.map((kind) => (
          <Checkbox key={kind} value={kind} label={kind} mt="xs" />
        ))}
      </Checkbox.Group>
      {save.error && <Problem title={text.notAdded} error={save.error} />}
      <Button type="submit" size="sm" loading={save.isPending} disabled={channelIds.length === 0}>
        {text.add}
      </Button>
    </form>
  )
}
