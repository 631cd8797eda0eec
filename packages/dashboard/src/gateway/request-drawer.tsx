import { Drawer } from '@mantine/core'
import { formatUsd, type RequestRecord } from '@assay/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { queries } from '../app/queries.ts'
import { VoteButtons } from '../cache/vote-buttons.tsx'
import { Facts, Figures } from '../display/facts.tsx'
import { formatDuration } from '../display/number.ts'
import { Tag } from '../display/status.tsx'
import { Time } from '../display/time.tsx'
import { PanelBody } from '../panel/panel.tsx'
import { words } from '../words.ts'
import { AttemptsTimeline } from './attempts-timeline.tsx'
import { RequestStatus } from './request-status.tsx'
import { TokenBar } from './token-bar.tsx'
import classes from './request-drawer.module.css'

/** One request in full: what it cost, which way it went, and what each attempt did. */
export const RequestDrawer = ({ id, onClose }: { id: string | undefined; onClose: () => void }) => (
  <Drawer
    opened={id !== undefined}
    onClose={onClose}
    position="right"
    size="40rem"
    title={words.request.title}
    lockScroll={false}
    closeButtonProps={{ 'aria-label': words.close }}
    overlayProps={{ backgroundOpacity: 0.25 }}
    classNames={{ header: classes['header'] ?? '', title: classes['title'] ?? '', body: classes['drawerBody'] ?? '' }}
  >
    {id !== undefined && <Body id={id} />}
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

const Details = ({ request }: { request: RequestRecord }) => (
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
        { name: words.request.baseline, value: formatUsd(request.baselineCostNanoUsd) },
        { name: words.request.saving, value: formatUsd(request.savingNanoUsd) },
        { name: words.request.latency, value: formatDuration(request.latencyMs) },
        { name: words.request.ttft, value: formatDuration(request.ttftMs) },
      ]}
    />
    {!request.priced && <p className={classes['note']}>{words.request.unpriced}</p>}
    {request.errorCode !== null && (
      <Part title={words.request.error}>
        <div className={classes['error']}>
          <code>{request.errorCode}</code>
          {request.errorMessage && <p>{request.errorMessage}</p>}
        </div>
      </Part>
    )}
    <Part title={words.request.route}>
      <Route request={request} />
    </Part>
    <Part title={words.request.attempts}>
      <AttemptsTimeline request={request} />
    </Part>
    <Part title={words.request.tokens}>
      <TokenBar request={request} />
      {request.estimated && <p className={classes['note']}>{words.request.estimated}</p>}
    </Part>
    <Part title={words.request.prompt}>
      <blockquote className={classes['prompt']}>{request.promptPreview || words.requests.noPrompt}</blockquote>
      <p className={classes['note']}>{words.request.bodies}</p>
    </Part>
    {request.status === 'completed' && (
      <Part title={words.vote.title}>
        <VoteButtons requestId={request.id} />
      </Part>
    )}
    <Part title={words.request.details}>
      <MoreFacts request={request} />
    </Part>
  </div>
)

const Route = ({ request }: { request: RequestRecord }) => {
  const { route, requestModel, providerName, responseModel, complexity, score } = request
  const answered = [providerName, responseModel].filter(Boolean).join('/')
  return (
    <>
      {route !== null && <p className={classes['why']}>{words.request.routes[route] ?? route}</p>}
      <Facts
        facts={[
          { name: words.request.asked, value: <code>{requestModel}</code> },
          { name: words.request.answered, value: answered ? <code>{answered}</code> : words.unknown },
          complexity === null
            ? null
            : {
                name: words.request.complexity,
                value: (
                  <>
                    {words.complexities[complexity]}
                    {score !== null && (
                      <span className={classes['quiet']}> · {words.request.score(score.toFixed(2))}</span>
                    )}
                  </>
                ),
              },
        ]}
      />
    </>
  )
}

const MoreFacts = ({ request }: { request: RequestRecord }) => {
  const tags = Object.entries(request.tags)
  return (
    <Facts
      facts={[
        { name: words.request.id, value: <code>{request.id}</code> },
        { name: words.request.key, value: <code>{request.keyId ?? words.unknown}</code> },
        { name: words.request.httpStatus, value: request.httpStatus ?? words.unknown },
        { name: words.request.finishReason, value: request.finishReason ?? words.unknown },
        { name: words.request.cache, value: words.request.cacheStates[request.cache] },
        request.cacheSavedNanoUsd === null
          ? null
          : { name: words.request.cacheSaved, value: formatUsd(request.cacheSavedNanoUsd) },
        { name: words.request.stream, value: request.stream ? words.request.yes : words.request.no },
        request.environment === null ? null : { name: words.request.environment, value: request.environment },
        request.conversationId === null
          ? null
          : { name: words.request.conversation, value: <code>{request.conversationId}</code> },
        tags.length === 0
          ? null
          : {
              name: words.request.tags,
              value: (
                <span className={classes['tags']}>
                  {tags.map(([name, value]) => (
                    <Tag key={name} mono>
                      {name}={value}
                    </Tag>
                  ))}
                </span>
              ),
            },
      ]}
    />
  )
}

const Part = ({ title, children }: { title: string; children: ReactNode }) => (
  <section className={classes['part']}>
    <h3>{title}</h3>
    {children}
  </section>
)
