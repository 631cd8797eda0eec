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
import { resultWords } from './result-words.ts'
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
    title={resultWords.title}
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
    <PanelBody query={query} what={resultWords.title} rows={10}>
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
          {repeat > 1 && <span>{resultWords.repeat(repeat)}</span>}
          {result.cached && <Tag>{resultWords.cached}</Tag>}
          {result.quarantined && <Tag>{resultWords.quarantined}</Tag>}
        </p>
        {reason !== undefined && <p className={classes['quiet']}>{reason}</p>}
      </div>
      {error !== null && (
        <Part title={resultWords.error}>
          <div className={classes['error']}>
            <code>{error.code}</code>
            <p>{error.message}</p>
          </div>
        </Part>
      )}
      {verdicts.length > 0 && (
        <Part title={resultWords.assertions(verdicts.filter(({ pass }) => pass).length, verdicts.length)}>
          <ul className={classes['verdicts']}>
            {verdicts.map((verdict, index) => (
              // oxlint-disable-next-line react/no-array-index-key -- assertions have their place and nothing else
              <VerdictItem key={index} verdict={verdict} />
            ))}
          </ul>
        </Part>
      )}
      <Part title={resultWords.input}>
        <Block text={input} />
      </Part>
      <Part title={resultWords.response}>
        {response === null ? <p className={classes['quiet']}>{resultWords.noResponse}</p> : <Block text={response} />}
        {cut?.['response'] !== undefined && <p className={classes['quiet']}>{resultWords.cutTo(cut['response'])}</p>}
      </Part>
      {toolCalls.length > 0 && (
        <Part title={resultWords.tools}>
          {toolCalls.map((call, index) => (
            // oxlint-disable-next-line react/no-array-index-key -- calls have their place and nothing else
            <div key={index} className={classes['tool']}>
              <p className={classes['lead']}>
                <code>{call.name}</code>
                <Status tone={call.status === 'ok' || call.status === 'replayed' ? 'pass' : 'fail'}>
                  {call.status}
                </Status>
                <span className={classes['quiet']}>
                  {resultWords.step(call.step)} · {formatDuration(call.durationMs)}
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
        { name: resultWords.cost, value: formatUsd(costNanoUsd) },
        { name: resultWords.latency, value: formatDuration(latencyMs) },
        { name: resultWords.duration, value: formatDuration(durationMs) },
        tokens(resultWords.tokens.input, usage?.inputTokens),
        tokens(resultWords.tokens.cacheRead, usage?.cacheReadInputTokens),
        tokens(resultWords.tokens.cacheWrite, usage?.cacheWriteInputTokens),
        tokens(resultWords.tokens.output, usage?.outputTokens),
        tokens(resultWords.tokens.reasoning, usage?.reasoningOutputTokens),
        attempts === undefined ? null : { name: resultWords.attempts, value: attempts },
        steps === undefined ? null : { name: resultWords.steps, value: steps },
        kind === undefined ? null : { name: resultWords.kind, value: words.caseKinds[kind] },
        tags.length === 0 ? null : { name: words.request.tags, value: tags.map((tag) => <Tag key={tag}>{tag}</Tag>) },
        { name: resultWords.key, value: <code>{caseKey}</code> },
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
