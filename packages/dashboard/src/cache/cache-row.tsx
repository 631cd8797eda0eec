import { Button } from '@mantine/core'
import { formatUsd, type CacheEntry } from '@assay/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { queries } from '../app/queries.ts'
import { Facts } from '../display/facts.tsx'
import { formatCount, formatShare } from '../display/number.ts'
import { Status, Tag } from '../display/status.tsx'
import { Time } from '../display/time.tsx'
import { PanelBody } from '../panel/panel.tsx'
import { words } from '../words.ts'
import { cacheWords } from './cache-words.ts'
import { useInvalidate, usePin } from './actions.ts'
import classes from './cache.module.css'

/** One kept answer: what it saved and how it is liked; opened, the answer itself and what may be done with it. */
export const CacheRow = ({ entry }: { entry: CacheEntry }) => {
  const [isOpen, setIsOpen] = useState(false)
  return (
    <li className={classes['item']}>
      <details onToggle={({ currentTarget }) => setIsOpen(currentTarget.open)}>
        <summary className={classes['row']}>
          <span className={classes['prompt']}>
            <strong>{entry.promptPreview || words.requests.noPrompt}</strong>
            <span className={classes['under']}>
              <State entry={entry} />
              <code>
                {entry.provider}/{entry.model}
              </code>
            </span>
          </span>
          <Cell name={cacheWords.hits} value={formatCount(entry.hitCount)} />
          <Cell name={cacheWords.saved} value={formatUsd(entry.savedNanoUsd)} />
          <Cell name={cacheWords.votes} value={cacheWords.votesOf(entry.upvotes, entry.downvotes)} />
          <Cell name={cacheWords.quality} value={formatShare(entry.qualityScore)} />
          <span className={classes['cell']}>
            <span className={classes['name']}>{cacheWords.used}</span>
            <Time at={entry.lastAccessedAt} />
          </span>
        </summary>
        {isOpen && <Opened entry={entry} />}
      </details>
    </li>
  )
}

const Cell = ({ name, value }: { name: string; value: string }) => (
  <span className={classes['cell']}>
    <span className={classes['name']}>{name}</span>
    {value}
  </span>
)

const State = ({ entry }: { entry: CacheEntry }) => {
  if (entry.invalidationReason !== null) {
    return <Status tone="mute">{cacheWords.reasons[entry.invalidationReason]}</Status>
  }
  if (entry.flagged) {
    return (
      <Status tone="warn" hint={cacheWords.flaggedHint}>
        {cacheWords.flagged}
      </Status>
    )
  }
  return <Status tone={entry.pinned ? 'accent' : 'pass'}>{entry.pinned ? cacheWords.pinned : cacheWords.valid}</Status>
}

const Opened = ({ entry }: { entry: CacheEntry }) => {
  const query = useQuery(queries.cacheEntry(entry.key))
  const pin = usePin()
  const invalidate = useInvalidate()
  const tags = Object.entries(entry.tags)
  return (
    <div className={classes['opened']}>
      <PanelBody query={query} what={cacheWords.answer} rows={4}>
        {({ answer }) => <pre className={classes['answer']}>{textOf(answer) || cacheWords.noText}</pre>}
      </PanelBody>
      <Facts
        facts={[
          { name: cacheWords.made, value: <Time at={entry.createdAt} as="moment" /> },
          { name: cacheWords.expires, value: <Time at={entry.expiresAt} as="moment" /> },
          { name: cacheWords.cost, value: formatUsd(entry.costNanoUsd) },
          { name: words.request.tokens, value: cacheWords.tokens(entry.inputTokens, entry.outputTokens) },
          { name: cacheWords.key, value: <code className={classes['key']}>{entry.key}</code> },
          tags.length === 0
            ? null
            : {
                name: words.request.tags,
                value: tags.map(([name, value]) => (
                  <Tag key={name} mono>
                    {name}={value}
                  </Tag>
                )),
              },
        ]}
      />
      <div className={classes['actions']}>
        <Button
          variant="default"
          loading={pin.isPending}
          onClick={() => pin.mutate({ key: entry.key, pinned: !entry.pinned })}
        >
          {entry.pinned ? cacheWords.unpin : cacheWords.pin}
        </Button>
        {!entry.invalidated && (
          <Button
            variant="default"
            loading={invalidate.isPending}
            onClick={() => invalidate.mutate({ keys: [entry.key] })}
          >
            {cacheWords.invalidate}
          </Button>
        )}
      </div>
    </div>
  )
}

type Choice = { message?: { content?: unknown; tool_calls?: unknown } }

/** What the model said, or the calls that it made. */
const textOf = ({ choices }: Record<string, unknown>): string => {
  const [choice] = Array.isArray(choices) ? (choices as Choice[]) : []
  const { content, tool_calls: calls } = choice?.message ?? {}
  if (typeof content === 'string' && content !== '') return content
  return calls === undefined ? '' : JSON.stringify(calls, null, 2)
}
