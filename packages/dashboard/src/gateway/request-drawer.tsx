import { Drawer } from '@mantine/core'
import { formatUsd, type RequestDetail } from '@assay/core'
import { useQuery } from '@tanstack/react-query'
import { useId, type ReactNode } from 'react'
import { queries } from '../app/queries.ts'
import { VoteButtons } from '../cache/vote-buttons.tsx'
import { Facts, Figures } from '../display/facts.tsx'
import { formatDuration } from '../display/number.ts'
import { Tag } from '../display/status.tsx'
import { Time } from '../display/time.tsx'
import { PanelBody } from '../panel/panel.tsx'
import { words } from '../words.ts'
import { AttemptsTimeline } from './attempts-timeline.tsx'
import { CostBars } from './cost-bars.tsx'
import { RequestBody } from './request-body.tsx'
import { RequestCase } from './request-case.tsx'
import { RequestReplay } from './request-replay.tsx'
import { RequestRoute } from './request-route.tsx'
import { RequestStatus } from './request-status.tsx'
import { TokenBar } from './token-bar.tsx'
import classes from './request-drawer.module.css'

/** One request in full: what it cost, which way it went, what was said, and what can be made of it. */
export const RequestDrawer = ({ id, onClose }: { id: string | undefined; onClose: () => void }) => (
  <Drawer
    opened={id !== undefined}
    onClose={onClose}
    position="right"
    size="46rem"
    title={words.request.title}
    lockScroll={false}
    closeButtonProps={{ 'aria-label': words.close }}
    overlayProps={{ backgroundOpacity: 0.25 }}
    classNames={{ header: classes['header'] ?? '', title: classes['title'] ?? '', body: classes['drawerBody'] ?? '' }}
  >
    {id !== undefined && <Body key={id} id={id} />}
  </Drawer>
)

const Body = ({ id }: { id: string }) => {
  const query = useQuery(queries.request(id))
  return (
    <PanelBody query={query} what={words.request.title} rows={10}>
      {(request) => <Details request={request} />}
    </PanelBody>
  )
}

const Details = ({ request }: { request: RequestDetail }) => (
  <div className={classes['details']}>
    <p className={classes['lead']}>
      <RequestStatus status={request.status} />
      <Time at={request.at} as="moment" />
      <Time at={request.at} />
    </p>
    <Figures
      label={words.request.title}
      figures={[
        { name: words.request.cost, value: formatUsd(request.costNanoUsd) },
        { name: words.request.saving, value: formatUsd(request.savingNanoUsd) },
        { name: words.request.latency, value: formatDuration(request.latencyMs) },
        { name: words.request.ttft, value: formatDuration(request.ttftMs) },
      ]}
    />
    {request.errorCode !== null && (
      <Part title={words.request.error}>
        <div className={classes['error']}>
          <code>{request.errorCode}</code>
          {request.errorMessage && <p>{request.errorMessage}</p>}
        </div>
      </Part>
    )}
    <Part title={words.request.body}>
      <RequestBody request={request} />
    </Part>
    <Part title={words.request.route}>
      <RequestRoute request={request} />
    </Part>
    <Part title={words.request.attempts}>
      <AttemptsTimeline request={request} />
    </Part>
    <Part title={words.request.money}>
      <CostBars request={request} />
    </Part>
    <Part title={words.request.tokens}>
      <TokenBar request={request} />
      {request.estimated && <p className={classes['note']}>{words.request.estimated}</p>}
    </Part>
    {request.status === 'completed' && (
      <Part title={words.vote.title}>
        <VoteButtons requestId={request.id} />
        <Comments request={request} />
      </Part>
    )}
    {request.body !== null && (
      <>
        <Part title={words.replay.title}>
          <RequestReplay request={request} />
        </Part>
        <Part title={words.makeCase.title}>
          <RequestCase request={request} />
        </Part>
      </>
    )}
    <Part title={words.request.details}>
      <MoreFacts request={request} />
    </Part>
  </div>
)

/** What people wrote beside their votes. */
const Comments = ({ request: { feedback } }: { request: RequestDetail }) => {
  const said = feedback.filter(({ comment }) => comment !== null && comment !== '')
  if (said.length === 0) return null
  return (
    <ul className={classes['comments']}>
      {said.map(({ id, vote, comment, createdAt }) => (
        <li key={id}>
          <span className={classes['quiet']}>
            {words.feedback.votes[vote]} · <Time at={createdAt} />
          </span>
          <p>{comment}</p>
        </li>
      ))}
    </ul>
  )
}

const MoreFacts = ({ request }: { request: RequestDetail }) => {
  const tags = Object.entries(request.tags).map(([name, value]) => `${name}=${value}`)
  const key = useKeyName(request.keyId)
  const listed = (name: string, values: readonly string[], hint?: string) =>
    values.length === 0 ? null : { name, hint, value: <Tags values={values} /> }
  const told = (name: string, value: string | null) => (value === null ? null : { name, value: <code>{value}</code> })
  return (
    <Facts
      facts={[
        told(words.request.id, request.id),
        { name: words.request.key, value: key },
        { name: words.request.httpStatus, value: request.httpStatus ?? words.unknown },
        { name: words.request.finishReason, value: request.finishReason ?? words.unknown },
        { name: words.request.cache, value: words.request.cacheStates[request.cache] },
        told(words.request.cachedFrom, request.cachedFrom),
        { name: words.request.stream, value: request.stream ? words.request.yes : words.request.no },
        listed(words.request.guards, request.guards, words.request.guardsHint),
        listed(words.request.dropped, request.dropped, words.request.droppedHint),
        listed(words.request.tools, request.toolsUsed),
        told(words.request.environment, request.environment),
        told(words.request.package, request.packageVersion),
        told(words.request.conversation, request.conversationId),
        listed(words.request.tags, tags),
      ]}
    />
  )
}

/** The name of a key where it may be seen, else its id. */
const useKeyName = (keyId: string | null): ReactNode => {
  const keys = useQuery(queries.allGatewayKeys())
  if (keyId === null) return words.request.noKey
  return keys.data?.items.find(({ id }) => id === keyId)?.name ?? <code>{keyId}</code>
}

const Tags = ({ values }: { values: readonly string[] }) => (
  <span className={classes['tags']}>
    {values.map((value) => (
      <Tag key={value} mono>
        {value}
      </Tag>
    ))}
  </span>
)

const Part = ({ title, children }: { title: string; children: ReactNode }) => {
  const id = useId()
  return (
    <section className={classes['part']} aria-labelledby={id}>
      <h3 id={id}>{title}</h3>
      {children}
    </section>
  )
}
