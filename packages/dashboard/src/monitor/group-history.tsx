import { Button } from '@mantine/core'
import type { GroupChange } from '@assay/core'
import { client } from '../app/server.ts'
import { Time } from '../display/time.tsx'
import { Section } from '../panel/panel.tsx'
import { useGroupChange } from './group-change.ts'
import { groupWords } from './group-words.ts'
import classes from './groups.module.css'

const text = groupWords.changes

/** What was merged into a group and taken out of it, each with its undo. */
export const GroupHistory = ({ changes }: { changes: readonly GroupChange[] }) => {
  const undo = useGroupChange({
    change: (id: string) => client.undoGroupChange({ params: { id } }),
    said: () => text.undone,
  })
  if (changes.length === 0) return null
  return (
    <Section title={text.title}>
      <ul className={classes['rows']}>
        {changes.map(({ id, kind, occurrences, at, undoneAt }) => (
          <li key={id}>
            <p>
              <strong>{text.kinds[kind]}</strong>
              <span>{text.occurrences(occurrences)}</span>
              <Time at={at} />
            </p>
            {undoneAt === null ? (
              <Button
                size="compact-xs"
                variant="default"
                loading={undo.isPending && undo.variables === id}
                aria-label={`${text.undo}: ${text.kinds[kind]}, ${text.occurrences(occurrences)}`}
                onClick={() => undo.mutate(id)}
              >
                {text.undo}
              </Button>
            ) : (
              <span className={classes['quiet']}>{text.wasUndone}</span>
            )}
          </li>
        ))}
      </ul>
    </Section>
  )
}
