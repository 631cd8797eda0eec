import { formatUsd, type Attempt, type RequestRecord } from '@assay/core'
import { formatDuration } from '../display/number.ts'
import { words } from '../words.ts'
import classes from './request-drawer.module.css'

/** Every try on one time line: when it began, how long it waited for its first token, how it ended. */
export const AttemptsTimeline = ({ request: { attempts, at, latencyMs } }: { request: RequestRecord }) => {
  if (attempts.length === 0) return <p className={classes['note']}>{words.request.noAttempt}</p>
  const startedAt = Math.min(Date.parse(at), ...attempts.map((attempt) => Date.parse(attempt.startedAt)))
  const endedAt = Math.max(...attempts.map((attempt) => Date.parse(attempt.startedAt) + attempt.latencyMs))
  const wholeMs = Math.max(1, endedAt - startedAt, latencyMs ?? 0)
  return (
    <ol className={classes['attempts']}>
      {attempts.map((attempt) => (
        <AttemptLine
          key={`${attempt.startedAt} ${attempt.providerName}/${attempt.model}`}
          attempt={attempt}
          fromMs={Date.parse(attempt.startedAt) - startedAt}
          wholeMs={wholeMs}
        />
      ))}
    </ol>
  )
}

const AttemptLine = ({ attempt, fromMs, wholeMs }: { attempt: Attempt; fromMs: number; wholeMs: number }) => {
  const { providerName, model, status, errorCode, ttftMs, latencyMs, costNanoUsd } = attempt
  const failed = errorCode !== null
  const share = (milliseconds: number) => `${(milliseconds / wholeMs) * 100}%`
  const outcome = [
    status ?? words.request.noStatus,
    errorCode,
    formatDuration(latencyMs),
    costNanoUsd === null ? null : formatUsd(costNanoUsd),
  ].filter((part) => part !== null)
  return (
    <li className={classes['attempt']}>
      <span className={classes['name']}>
        {providerName}/{model}
      </span>
      <span className={classes['outcome']} data-failed={failed}>
        {outcome.join(' · ')}
      </span>
      <svg width="100%" height="10" aria-hidden="true">
        <rect className={classes['track']} width="100%" height="10" rx="3" />
        <rect
          className={classes['span']}
          data-failed={failed}
          x={share(fromMs)}
          width={share(Math.max(latencyMs, wholeMs / 100))}
          height="10"
          rx="3"
        />
        {ttftMs !== null && (
          <rect className={classes['waiting']} x={share(fromMs)} width={share(ttftMs)} height="10" rx="3">
            <title>{`${formatDuration(ttftMs)} ${words.request.untilFirstToken}`}</title>
          </rect>
        )}
      </svg>
    </li>
  )
}
