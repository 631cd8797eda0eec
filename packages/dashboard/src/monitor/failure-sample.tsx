import type { Failure } from '@assay/core'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { Block } from '../display/command.tsx'
import { Facts } from '../display/facts.tsx'
import { Tag } from '../display/status.tsx'
import { Time } from '../display/time.tsx'
import { words } from '../words.ts'
import { groupText } from './group-words.ts'
import classes from './monitor.module.css'

/** One occurrence: what it said, where it happened, and what was asked and answered. All of it is shown as text. */
export const FailureSample = ({ failure, isOpen }: { failure: Failure; isOpen: boolean }) => (
  <details className={classes['sample']} open={isOpen}>
    <summary>
      <span className={classes['sampleName']}>{failure.name ?? words.categories[failure.category]}</span>
      <span className={classes['sampleMessage']}>{failure.message.slice(0, SUMMARY_CHARACTERS)}</span>
      <Time at={failure.at} />
    </summary>
    <div className={classes['sampleBody']}>
      <p className={classes['tags']}>
        <Tag>{failure.environment}</Tag>
        {failure.release !== null && <Tag mono>{failure.release}</Tag>}
        {failure.provider !== null && <Tag mono>{[failure.provider, failure.model].filter(Boolean).join('/')}</Tag>}
        {failure.httpStatus !== null && <Tag>{`HTTP ${failure.httpStatus}`}</Tag>}
        {failure.count > 1 && <Tag>{groupText.count(failure.count)}</Tag>}
        {failure.tags.map((tag) => (
          <Tag key={tag}>{tag}</Tag>
        ))}
      </p>
      <Part title={groupText.message} text={failure.message} />
      <Part title={groupText.stack} text={failure.stack} />
      <Part title={groupText.output} text={failure.output} />
      <Part title={groupText.request} text={failure.request && JSON.stringify(failure.request, null, 2)} />
      <Part title={groupText.context} text={failure.context && JSON.stringify(failure.context, null, 2)} />
      <SampleFacts failure={failure} />
    </div>
  </details>
)

const SUMMARY_CHARACTERS = 160

const Part = ({ title, text }: { title: string; text: string | null }): ReactNode =>
  text && (
    <div className={classes['part']}>
      <h3>{title}</h3>
      <Block text={text} />
    </div>
  )

const SampleFacts = ({ failure: { requestId, redactions } }: { failure: Failure }) => {
  const kinds = Object.entries(redactions).map(([kind, count]) => `${count} ${kind}`)
  return (
    <>
      {requestId !== null && (
        <Facts
          facts={[
            {
              name: words.request.id,
              value: (
                <Link from="/w/$workspace" to="/w/$workspace/requests/$id" params={{ id: requestId }}>
                  <code>{requestId}</code>
                </Link>
              ),
            },
          ]}
        />
      )}
      {kinds.length > 0 && <p className={classes['quiet']}>{words.redacted(kinds.join(', '))}</p>}
    </>
  )
}
