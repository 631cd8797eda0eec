import { formatUsd, type Execution } from '@assay/core'
import { Block } from '../display/command.tsx'
import { Facts } from '../display/facts.tsx'
import { formatDuration } from '../display/number.ts'
import { Status, Tag, type Tone } from '../display/status.tsx'
import { Time } from '../display/time.tsx'
import { words } from '../words.ts'
import { testPage } from './test-words.ts'
import classes from './monitor.module.css'

const tones: Record<Execution['outcome'], Tone> = {
  pass: 'pass',
  flaky: 'warn',
  fail: 'fail',
  error: 'mute',
  infrastructure: 'mute',
}

/** One execution: how it ended, and side by side what was wanted and what came. */
export const ExecutionItem = ({ execution }: { execution: Execution }) => (
  <details className={classes['execution']}>
    <summary>
      <Status tone={tones[execution.outcome]}>{words.outcomes[execution.outcome]}</Status>
      <Time at={execution.at} as="moment" />
      <span className={classes['trigger']}>
        {execution.trigger} · {execution.environment}
        {execution.verification && (
          <>
            {' '}
            <Tag>{testPage.verification}</Tag>
          </>
        )}
      </span>
      <span className={classes['number']}>{formatDuration(execution.durationMs)}</span>
      <span className={classes['number']} title={testPage.confidence}>
        {execution.confidence}
      </span>
    </summary>
    <div className={classes['executionBody']}>
      <div className={classes['compare']}>
        <div className={classes['part']}>
          <h3>{testPage.expected}</h3>
          <Block text={execution.expected || words.unknown} />
        </div>
        <div className={classes['part']}>
          <h3>{testPage.actual}</h3>
          <Block text={execution.actual || words.unknown} />
        </div>
      </div>
      {execution.error !== null && (
        <div className={classes['part']}>
          <h3>{testPage.error}</h3>
          <Block text={execution.error} />
        </div>
      )}
      <Facts
        facts={[
          { name: testPage.cost, value: formatUsd(execution.costNanoUsd) },
          { name: testPage.execution, value: <code>{execution.id}</code> },
        ]}
      />
      {execution.verification && <p className={classes['quiet']}>{testPage.verificationHint}</p>}
    </div>
  </details>
)
