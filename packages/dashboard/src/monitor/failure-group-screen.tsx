import { Button } from '@mantine/core'
import type { FailureGroup } from '@assay/core'
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { queries } from '../app/queries.ts'
import { Screen } from '../app/screen.tsx'
import { client } from '../app/server.ts'
import { useToast } from '../app/toast.tsx'
import { DayBars } from '../display/day-bars.tsx'
import { Facts } from '../display/facts.tsx'
import { Icon } from '../display/icon.tsx'
import { formatCount } from '../display/number.ts'
import { Time } from '../display/time.tsx'
import { Empty, Panel, PanelBody, Section } from '../panel/panel.tsx'
import { words } from '../words.ts'
import { FailureSample } from './failure-sample.tsx'
import { GroupState } from './group-state.tsx'
import { SeverityMark } from './severity-mark.tsx'
import { TestMeter } from './test-meter.tsx'
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
          {words.group.back}
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

const Group = ({ group }: { group: FailureGroup }) => (
  <>
    <p className={classes['lead']}>
      <GroupState state={group.state} />
      <span>
        <SeverityMark severity={group.severity} /> {words.severities[group.severity]}
      </span>
      <span>{words.categories[group.category]}</span>
      <span>{words.failures.occurrences(group.occurrences)}</span>
      <span>{words.failures.users(group.users)}</span>
    </p>
    <div className={classes['columns']}>
      <Samples groupId={group.id} />
      <div className={classes['aside']}>
        <Section title={words.group.test}>
          <Becoming group={group} />
        </Section>
        <Section title={words.group.days}>
          <DayBars counts={group.daily} height={48} />
          <div className={classes['spaced']}>
            <Facts
              facts={[
                { name: words.failures.firstSeen, value: <Time at={group.firstSeenAt} /> },
                { name: words.failures.lastSeen, value: <Time at={group.lastSeenAt} /> },
                { name: words.group.occurrences, value: formatCount(group.occurrences) },
                { name: words.group.users, value: formatCount(group.users) },
              ]}
            />
          </div>
        </Section>
        <Section title={words.group.why}>
          <ul className={classes['why']}>
            {group.why.map((reason) => (
              <li key={reason}>{reason}</li>
            ))}
          </ul>
          <Facts
            facts={[
              { name: words.group.fingerprint, value: <code>{group.fingerprint}</code> },
              { name: words.group.family, value: <code>{group.family}</code> },
            ]}
          />
        </Section>
      </div>
    </div>
  </>
)

/** The way to the automatic test, or the reason why none will come. */
const Becoming = ({ group }: { group: FailureGroup }) => {
  const { testStatus, testId, occurrences, threshold } = group
  const why =
    testStatus === 'waiting'
      ? words.meter.why.waiting(Math.max(1, threshold - occurrences))
      : words.meter.why[testStatus]
  return (
    <div className={classes['becoming']}>
      <TestMeter group={group} />
      <p>{why}</p>
      {testId !== null && (
        <Link from="/w/$workspace" to="/w/$workspace/regression-tests/$id" params={{ id: testId }}>
          {words.meter.open}
        </Link>
      )}
    </div>
  )
}

const Samples = ({ groupId }: { groupId: string }) => {
  const query = useInfiniteQuery(queries.failuresOf(groupId))
  return (
    <Panel
      title={words.group.samples}
      query={query}
      what={words.group.samples}
      rows={8}
      isEmpty={({ pages }) => pages[0]?.items.length === 0}
      empty={<Empty text={words.group.noSamples} />}
    >
      {({ pages }) => (
        <div className={classes['samples']}>
          {pages
            .flatMap(({ items }) => items)
            .map((failure, index) => (
              <FailureSample key={failure.id} failure={failure} isOpen={index === 0} />
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

const Actions = ({ group: { id, state } }: { group: FailureGroup }) => {
  const queryClient = useQueryClient()
  const say = useToast()
  const { mutate, isPending, variables } = useMutation({
    mutationFn: (next: 'open' | 'resolved' | 'muted') =>
      client.updateFailureGroup({ params: { id }, body: { state: next } }),
    onSuccess: (_, next) => {
      void queryClient.invalidateQueries({ queryKey: ['failures'] })
      say({ resolved: words.group.resolved, open: words.group.reopened, muted: words.group.muted }[next])
    },
    onError: (error) => say(error.message, 'bad'),
  })
  const button = (next: 'open' | 'resolved' | 'muted', text: string, variant: 'filled' | 'default') => (
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
  return isSettled ? (
    button('open', words.group.reopen, 'default')
  ) : (
    <>
      {button('muted', words.group.mute, 'default')}
      {button('resolved', words.group.resolve, 'filled')}
    </>
  )
}
