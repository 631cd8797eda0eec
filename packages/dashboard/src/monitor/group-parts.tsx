import type { FailureGroupDetail, GroupFingerprint } from '@assay/core'
import { client } from '../app/server.ts'
import { formatCount } from '../display/number.ts'
import { Time } from '../display/time.tsx'
import { Section } from '../panel/panel.tsx'
import { ConfirmButton } from '../vault/confirm-button.tsx'
import { useGroupChange } from './group-change.ts'
import { groupWords } from './group-words.ts'
import classes from './groups.module.css'

const text = groupWords.parts

/** The fingerprints that are counted in a group, each with the way out of it. */
export const GroupParts = ({ group }: { group: FailureGroupDetail }) => {
  const split = useGroupChange({
    change: (fingerprint: string) =>
      client.splitFailureGroup({ params: { id: group.id }, body: { fingerprints: [fingerprint] } }),
    said: (done) => text.taken(done.group.title),
  })
  const parts = [...Map.groupBy(group.fingerprints, ({ fingerprint }) => fingerprint)].map(([, same]) => joined(same))
  if (parts.length < 2) return null
  return (
    <Section title={text.title} note={text.note(parts.length)}>
      <ul className={classes['rows']}>
        {parts.map((part) => (
          <li key={part.fingerprint}>
            <code>{part.fingerprint}</code>
            {part.text !== null && <p className={classes['quote']}>{part.text}</p>}
            <p>
              <span>{text.origins[part.origin]}</span>
              <span>{groupWords.changes.occurrences(part.occurrences)}</span>
              {part.similarity !== null && <span>{groupWords.similar.alike(part.similarity)}</span>}
            </p>
            <ConfirmButton
              about={part.fingerprint}
              isWorking={split.isPending && split.variables === part.fingerprint}
              onConfirm={() => split.mutate(part.fingerprint)}
            >
              {text.take}
            </ConfirmButton>
          </li>
        ))}
      </ul>
    </Section>
  )
}

const joined = (same: readonly GroupFingerprint[]): GroupFingerprint => ({
  ...same[0]!,
  occurrences: same.reduce((sum, { occurrences }) => sum + occurrences, 0),
})

/** In which releases it happened, and how often. */
export const GroupReleases = ({ group: { releases } }: { group: FailureGroupDetail }) => (
  <Section title={groupWords.releases.title}>
    {releases.length === 0 ? (
      <p className={classes['quiet']}>{groupWords.releases.none}</p>
    ) : (
      <ul className={classes['releases']}>
        {releases.map(({ release, occurrences, lastSeenAt }) => (
          <li key={release}>
            <code>{release}</code>
            <span>{formatCount(occurrences)}</span>
            <Time at={lastSeenAt} />
          </li>
        ))}
      </ul>
    )}
  </Section>
)
