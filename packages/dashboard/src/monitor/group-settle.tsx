import { Button, NativeSelect, TextInput } from '@mantine/core'
import type { FailureGroup } from '@assay/core'
import { useState } from 'react'
import { client } from '../app/server.ts'
import { useGroupChange } from './group-change.ts'
import { groupText, groupWords } from './group-words.ts'
import classes from './groups.module.css'

const DAY_MS = 86_400_000
const muteChoices = Object.keys(groupWords.muteChoices) as (keyof typeof groupWords.muteChoices)[]

/** Resolves a group with the release of its fix, mutes it for a time or a count, or names it. */
export const GroupSettle = ({ group: { id, title }, onDone }: { group: FailureGroup; onDone: () => void }) => {
  const [release, setRelease] = useState('')
  const [mute, setMute] = useState<(typeof muteChoices)[number]>('week')
  const [name, setName] = useState(title)
  const change = useGroupChange({
    change: (body: Parameters<typeof client.updateFailureGroup>[0]['body']) =>
      client.updateFailureGroup({ params: { id }, body }),
    said: ({ state }) =>
      ({ resolved: groupText.resolved, muted: groupText.muted })[state as 'resolved'] ?? groupWords.renamed,
    onDone,
  })
  return (
    <div className={classes['settle']}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          change.mutate({ state: 'resolved', ...(release.trim() ? { resolvedIn: release.trim() } : {}) })
        }}
      >
        <TextInput
          label={groupWords.release}
          description={groupWords.releaseHint}
          value={release}
          maxLength={200}
          onChange={({ currentTarget }) => setRelease(currentTarget.value)}
        />
        <Button type="submit" loading={change.isPending}>
          {groupWords.resolve}
        </Button>
      </form>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          change.mutate({ state: 'muted', ...mutings[mute](Date.now()) })
        }}
      >
        <NativeSelect
          label={groupWords.howLong}
          value={mute}
          data={muteChoices.map((value) => ({ value, label: groupWords.muteChoices[value] }))}
          onChange={({ currentTarget }) =>
            setMute(muteChoices.find((choice) => choice === currentTarget.value) ?? 'week')
          }
        />
        <Button type="submit" variant="default" loading={change.isPending}>
          {groupWords.muteFor}
        </Button>
      </form>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          change.mutate({ title: name.trim() })
        }}
      >
        <TextInput
          label={groupWords.title}
          value={name}
          maxLength={200}
          required
          onChange={({ currentTarget }) => setName(currentTarget.value)}
        />
        <Button type="submit" variant="default" loading={change.isPending}>
          {groupWords.rename}
        </Button>
      </form>
    </div>
  )
}

const mutings: Record<(typeof muteChoices)[number], (now: number) => { mutedUntil?: string; mutedFor?: number }> = {
  day: (now) => ({ mutedUntil: new Date(now + DAY_MS).toISOString() }),
  week: (now) => ({ mutedUntil: new Date(now + 7 * DAY_MS).toISOString() }),
  ten: () => ({ mutedFor: 10 }),
  hundred: () => ({ mutedFor: 100 }),
  ever: () => ({}),
}
