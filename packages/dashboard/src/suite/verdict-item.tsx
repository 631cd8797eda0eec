import type { Verdict } from '@assay/core'
import { Status } from '../display/status.tsx'
import { formatShare } from '../display/number.ts'
import { words } from '../words.ts'
import { testPage } from '../monitor/test-words.ts'
import { firstDifference } from './first-difference.ts'
import classes from './suite.module.css'

/** What one assertion said: expected and actual one above the other, from their first difference on in colour. */
export const VerdictItem = ({ verdict }: { verdict: Verdict }) => {
  const { type, pass, score, reason, expected, actual, metric, members = [] } = verdict
  return (
    <li className={classes['verdictItem']} data-pass={pass}>
      <p className={classes['verdictHead']}>
        <Status tone={pass ? 'pass' : 'fail'}>{words.result.verdict(pass)}</Status>
        <code>{type}</code>
        {metric !== undefined && <span className={classes['quiet']}>{metric}</span>}
        {score > 0 && score < 1 && <span className={classes['quiet']}>{formatShare(score)}</span>}
      </p>
      {reason !== '' && <p className={classes['reason']}>{reason}</p>}
      {expected !== undefined && <Compared expected={expected} actual={actual ?? ''} isTold={!pass} />}
      {members.length > 0 && (
        <ul className={classes['members']}>
          {members.map((member, index) => (
            // oxlint-disable-next-line react/no-array-index-key -- members have their place and nothing else
            <VerdictItem key={index} verdict={member} />
          ))}
        </ul>
      )}
    </li>
  )
}

const Compared = ({ expected, actual, isTold }: { expected: string; actual: string; isTold: boolean }) => {
  const at = isTold ? firstDifference(expected, actual) : null
  return (
    <dl className={classes['compared']}>
      <div>
        <dt>{testPage.expected}</dt>
        <dd>
          <Told text={expected} from={at} />
        </dd>
      </div>
      <div>
        <dt>{testPage.actual}</dt>
        <dd>
          <Told text={actual} from={at} />
        </dd>
      </div>
      {at !== null && at > 0 && <div className={classes['quiet']}>{words.result.differs(at + 1)}</div>}
    </dl>
  )
}

const Told = ({ text, from }: { text: string; from: number | null }) =>
  from === null ? (
    <span>{text}</span>
  ) : (
    <>
      <span>{text.slice(0, from)}</span>
      <mark>{text.slice(from)}</mark>
    </>
  )
