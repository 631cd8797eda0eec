import { Drawer } from '@mantine/core'
import { formatUsd, type CaseResult } from '@assay/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { queries } from '../app/queries.ts'
import { Block } from '../display/command.tsx'
import { Facts } from '../display/facts.tsx'
import { formatCount, formatDuration, formatShare } from '../display/number.ts'
import { Status, Tag, type Tone } from '../display/status.tsx'
import { PanelBody } from '../panel/panel.tsx'
import { words } from '../words.ts'
import type { ResultName } from './search.ts'
import { VerdictItem } from './verdict-item.tsx'
import classes from './suite.module.css'

/** One result in full: what was asked, what came, and what each assertion said of it. */
export const ResultDrawer = ({
  runId,
  name,
  onClose,
}: {
  runId: string
  name: ResultName | null
  onClose: () => void
}) => (
  <Drawer
    opened={name !== null}
    onClose={onClose}
    position="right"
    size="44rem"
    title={words.result.title}
    lockScroll={false}
    closeButtonProps={{ 'aria-label': words.close }}
    overlayProps={{ backgroundOpacity: 0.25 }}
    classNames={{
      header: classes['drawerHeader'] ?? '',
      title: classes['drawerTitle'] ?? '',
      body: classes['drawerBody'] ?? '',
    }}
  >
    {name !== null && <Body runId={runId} name={name} />}
  </Drawer>
)

const Body = ({ runId, name }: { runId: string; name: ResultName }) => {
  const query = useQuery(queries.runResult(runId, name))
  return (
    <PanelBody query={query} what={words.result.title} rows={10}>
      {(result) => <Result result={result} />}
    </PanelBody>
  )
}

const tones: Record<CaseResult['status'], Tone> = {
  passed: 'pass',
  failed: 'fail',
  error: 'fail',
  skipped: 'mute',
  unscored: 'warn',
}

const Result = ({ result }: { result: CaseResult }) => {
  const { status, title, model, repeat, score, error, reason, verdicts, input, response, toolCalls = [], cut } = result
  return (
    <div className={classes['result']}>
      <div>
        <h3>{title}</h3>
        <p className={classes['lead']}>
          <Status tone={tones[status]}>{words.resultStatuses[status]}</Status>
          <span>{formatShare(score)}</span>
          <code>{model}</code>
          {repeat > 1 && <span>{words.result.repeat(repeat)}</span>}
          {result.cached && <Tag>{words.result.cached}</Tag>}
          {result.quarantined && <Tag>{words.result.quarantined}</Tag>}
        </p>
        {reason !== undefined && <p className={classes['quiet']}>{reason}</p>}
      </div>
      {error !== null && (
        <Part title={words.result.error}>
          <div className={classes['error']}>
            <code>{error.code}</code>
            <p>{error.message}</p>
          </div>
        </Part>
      )}
      {verdicts.length > 0 && (
        <Part title={words.result.assertions(verdicts.filter(({ pass }) => pass).length, verdicts.length)}>
          <ul className={classes['verdicts']}>
            {verdicts.map((verdict, index) => (
              // oxlint-disable-next-line react/no-array-index-key -- assertions have their place and nothing else
              <VerdictItem key={index} verdict={verdict} />
            ))}
          </ul>
        </Part>
      )}
      <Part title={words.result.input}>
        <Block text={input} />
      </Part>
      <Part title={words.result.response}>
        {response === null ? <p className={classes['quiet']}>{words.result.noResponse}</p> : <Block text={response} />}
        {cut?.['response'] !== undefined && <p className={classes['quiet']}>{words.result.cutTo(cut['response'])}</p>}
      </Part>
      {toolCalls.length > 0 && (
        <Part title={words.result.tools}>
          {toolCalls.map((call, index) => (
            // oxlint-disable-next-line react/no-array-index-key -- calls have their place and nothing else
            <div key={index} className={classes['tool']}>
              <p className={classes['lead']}>
                <code>{call.name}</code>
                <Status tone={call.status === 'ok' || call.status === 'replayed' ? 'pass' : 'fail'}>
                  {call.status}
                </Status>
                <span className={classes['quiet']}>
                  {words.result.step(call.step)} · {formatDuration(call.durationMs)}
                </span>
              </p>
              <Block text={JSON.stringify(call.args, null, 2)} />
              {call.result !== undefined && <Block text={call.result} />}
            </div>
          ))}
        </Part>
      )}
      <Part title={words.request.details}>
        <Figures result={result} />
      </Part>
    </div>
  )
}

const Figures = ({ result }: { result: CaseResult }) => {
  const { usage, costNanoUsd, latencyMs, durationMs, attempts, steps, kind, tags = [], caseKey } = result
  const tokens = (name: string, count: number | undefined) =>
    count === undefined || count === 0 ? null : { name, value: formatCount(count) }
  return (
    <Facts
      facts={[
        { name: words.result.cost, value: formatUsd(costNanoUsd) },
        { name: words.result.latency, value: formatDuration(latencyMs) },
        { name: words.result.duration, value: formatDuration(durationMs) },
        tokens(words.result.tokens.input, usage?.inputTokens),
        tokens(words.result.tokens.cacheRead, usage?.cacheReadInputTokens),
        tokens(words.result.tokens.cacheWrite, usage?.cacheWriteInputTokens),
        tokens(words.result.tokens.output, usage?.outputTokens),
        tokens(words.result.tokens.reasoning, usage?.reasoningOutputTokens),
        attempts === undefined ? null : { name: words.result.attempts, value: attempts },
        steps === undefined ? null : { name: words.result.steps, value: steps },
        kind === undefined ? null : { name: words.result.kind, value: words.caseKinds[kind] },
        tags.length === 0 ? null : { name: words.request.tags, value: tags.map((tag) => <Tag key={tag}>{tag}</Tag>) },
        { name: words.result.key, value: <code>{caseKey}</code> },
      ]}
    />
  )
}

const Part = ({ title, children }: { title: string; children: ReactNode }) => (
  <section className={classes['part']}>
    <h4>{title}</h4>
    {children}
  </section>
)
