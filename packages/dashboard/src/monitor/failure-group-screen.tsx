import { Button } from '@mantine/core'
import type { FailureGroup, FailureGroupDetail } from '@assay/core'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useState } from 'react'
import { queries } from '../app/queries.ts'
import { Screen } from '../app/screen.tsx'
import { client } from '../app/server.ts'
import { DayBars } from '../display/day-bars.tsx'
import { Facts } from '../display/facts.tsx'
import { Icon } from '../display/icon.tsx'
import { formatCount } from '../display/number.ts'
import { Time } from '../display/time.tsx'
import { Empty, Panel, PanelBody, Section } from '../panel/panel.tsx'
import { Status } from '../display/status.tsx'
import { ConfirmButton } from '../vault/confirm-button.tsx'
import { Side } from '../vault/side.tsx'
import { words } from '../words.ts'
import { FailureSample } from './failure-sample.tsx'
import { useGroupChange } from './group-change.ts'
import { GroupHistory } from './group-history.tsx'
import { GroupParts, GroupReleases } from './group-parts.tsx'
import { GroupSettle } from './group-settle.tsx'
import { GroupState } from './group-state.tsx'
import { groupText, groupWords, listText, meterText } from './group-words.ts'
import { SeverityMark } from './severity-mark.tsx'
import { SimilarGroups } from './similar-groups.tsx'
import { reached, TestMeter } from './test-meter.tsx'
import groupClasses from './groups.module.css'
import classes from './monitor.module.css'

const route = getRouteApi('/w/$workspace/failures/$id')

/** One cause in full: its occurrences, why they belong together, and what becomes of it. */
export const FailureGroupScreen = () => {
  const { id } = route.useParams()
  const query = useQuery(queries.failureGroup(id))
  return (
    <Screen
      title={query.data?.title ?? words.failures.title}
      back={
        <Link from="/w/$workspace/failures/$id" to="/w/$workspace/failures" search={(before) => before}>
          <Icon name="back" size={14} />
          {groupText.back}
        </Link>
      }
      action={query.data && <Actions group={query.data} />}
    >
      <PanelBody query={query} what={words.failures.what} rows={8}>
        {(group) => <Group group={group} />}
      </PanelBody>
    </Screen>
  )
}

const Group = ({ group }: { group: FailureGroupDetail }) => (
  <>
    <p className={classes['lead']}>
      <GroupState state={group.state} />
      <Standing group={group} />
      <span>
        <SeverityMark severity={group.severity} /> {words.severities[group.severity]}
      </span>
      <span>{words.categories[group.category]}</span>
      <span>{listText.occurrences(group.occurrences)}</span>
      <span>{listText.users(group.users)}</span>
    </p>
    <div className={classes['columns']}>
      <Samples key={group.id} groupId={group.id} />
      <div className={classes['aside']}>
        <Section title={groupText.test}>
          <Becoming group={group} />
        </Section>
        <Section title={groupText.days}>
          <DayBars counts={group.daily} height={48} />
          <div className={classes['spaced']}>
            <Facts
              facts={[
                { name: listText.firstSeen, value: <Time at={group.firstSeenAt} /> },
                { name: listText.lastSeen, value: <Time at={group.lastSeenAt} /> },
                { name: groupText.occurrences, value: formatCount(group.occurrences) },
                { name: groupWords.incidents, value: formatCount(group.incidents), hint: groupWords.incidentsHint },
                { name: groupText.users, value: formatCount(group.users) },
              ]}
            />
          </div>
        </Section>
        <GroupReleases group={group} />
        <Section title={groupText.why}>
          <ul className={classes['why']}>
            {group.why.map((reason) => (
              <li key={reason}>{reason}</li>
            ))}
          </ul>
          <Facts
            facts={[
              { name: groupText.fingerprint, value: <code>{group.fingerprint}</code> },
              { name: groupText.family, value: <code>{group.family}</code> },
            ]}
          />
        </Section>
        <GroupParts group={group} />
        <SimilarGroups group={group} />
        <GroupHistory changes={group.changes} />
      </div>
    </div>
  </>
)

/** The way to the automatic test, or the reason why none will come. */
const Becoming = ({ group }: { group: FailureGroup }) => {
  const { testStatus, testId, threshold } = group
  const why =
    testStatus === 'waiting'
      ? meterText.why.waiting(Math.max(1, threshold - reached(group)))
      : meterText.why[testStatus]
  return (
    <div className={classes['becoming']}>
      <TestMeter group={group} />
      <p>{why}</p>
      {testId !== null && (
        <Link from="/w/$workspace" to="/w/$workspace/regression-tests/$id" params={{ id: testId }}>
          {meterText.open}
        </Link>
      )}
    </div>
  )
}

/** How long the state holds, and what makes it worse now. */
const Standing = ({ group: { resolvedIn, mutedUntil, mutedFor, isWidespread } }: { group: FailureGroup }) => (
  <>
    {resolvedIn !== null && <span>{groupWords.resolvedIn(resolvedIn)}</span>}
    {mutedUntil !== null && (
      <span>
        {groupWords.mutedUntil} <Time at={mutedUntil} as="moment" />
      </span>
    )}
    {mutedFor !== null && <span>{groupWords.mutedFor(mutedFor)}</span>}
    {isWidespread && (
      <Status tone="warn" hint={groupWords.widespreadHint}>
        {groupWords.widespread}
      </Status>
    )}
  </>
)

const parts = groupWords.parts

/** The newest occurrences; those that are selected can be taken out. */
const Samples = ({ groupId }: { groupId: string }) => {
  const query = useInfiniteQuery(queries.failuresOf(groupId))
  const [picked, setPicked] = useState<readonly string[]>([])
  const split = useGroupChange({
    change: () => client.splitFailureGroup({ params: { id: groupId }, body: { failureIds: [...picked] } }),
    said: ({ group }) => parts.taken(group.title),
    onDone: () => setPicked([]),
  })
  return (
    <Panel
      title={groupText.samples}
      query={query}
      what={groupText.samples}
      rows={8}
      isEmpty={({ pages }) => pages[0]?.items.length === 0}
      empty={<Empty text={groupText.noSamples} />}
    >
      {({ pages }) => (
        <div className={classes['samples']}>
          <div className={groupClasses['picked']}>
            <span>{parts.selectHint}</span>
            {picked.length > 0 && (
              <ConfirmButton about="" isWorking={split.isPending} onConfirm={() => split.mutate(undefined)}>
                {parts.takeSelected(picked.length)}
              </ConfirmButton>
            )}
          </div>
          {pages
            .flatMap(({ items }) => items)
            .map((failure, index) => (
              <div key={failure.id} className={groupClasses['pick']}>
                <input
                  type="checkbox"
                  aria-label={parts.select(failure.at)}
                  checked={picked.includes(failure.id)}
                  onChange={({ currentTarget: { checked } }) =>
                    setPicked(checked ? [...picked, failure.id] : picked.filter((id) => id !== failure.id))
                  }
                />
                <FailureSample failure={failure} isOpen={index === 0} />
              </div>
            ))}
          {query.hasNextPage && (
            <Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
              {words.loadMore}
            </Button>
          )}
        </div>
      )}
    </Panel>
  )
}

const said = { resolved: groupText.resolved, open: groupText.reopened, muted: groupText.muted }

const Actions = ({ group }: { group: FailureGroup }) => {
  const { id, state } = group
  const [isOpen, setIsOpen] = useState(false)
  const { mutate, isPending, variables } = useGroupChange({
    change: (next: keyof typeof said) => client.updateFailureGroup({ params: { id }, body: { state: next } }),
    said: (changed) => said[changed.state as keyof typeof said],
  })
  const button = (next: keyof typeof said, text: string, variant: 'filled' | 'default') => (
    <Button
      variant={variant}
      loading={isPending && variables === next}
      disabled={isPending}
      onClick={() => mutate(next)}
    >
      {text}
    </Button>
  )
  const isSettled = state === 'resolved' || state === 'muted'
  return (
    <>
      <Button variant="default" aria-label={groupWords.more} onClick={() => setIsOpen(true)}>
        …
      </Button>
      {isSettled ? (
        button('open', groupText.reopen, 'default')
      ) : (
        <>
          {button('muted', groupText.mute, 'default')}
          {button('resolved', groupText.resolve, 'filled')}
        </>
      )}
      <Side title={groupWords.more} isOpen={isOpen} onClose={() => setIsOpen(false)}>
        {isOpen && <GroupSettle group={group} onDone={() => setIsOpen(false)} />}
      </Side>
    </>
  )
}
