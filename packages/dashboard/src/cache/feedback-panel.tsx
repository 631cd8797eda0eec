import type { Feedback } from '@assay/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { queries } from '../app/queries.ts'
import { Status, type Tone } from '../display/status.tsx'
import { Time } from '../display/time.tsx'
import { Empty, Panel } from '../panel/panel.tsx'
import { words } from '../words.ts'
import classes from './cache.module.css'

const tones: Record<Feedback['vote'], Tone> = { up: 'pass', down: 'fail', neutral: 'mute' }

/** What people said of answers last. */
export const FeedbackPanel = () => (
  <Panel
    title={words.feedback.title}
    query={useQuery(queries.feedback())}
    what={words.feedback.title}
    rows={5}
    flush
    isEmpty={({ items }) => items.length === 0}
    empty={<Empty text={words.feedback.empty} />}
  >
    {({ items }) => (
      <ul className={classes['voices']}>
        {items.map((voice) => (
          <li key={voice.id}>
            <Status tone={tones[voice.vote]}>
              {words.feedback.votes[voice.vote]}
              {voice.rating !== null && ` (${words.feedback.rating(voice.rating)})`}
            </Status>
            <Link
              from="/w/$workspace/cache"
              to="/w/$workspace/requests/$id"
              params={{ id: voice.requestId }}
              className={classes['voiceText'] ?? ''}
            >
              {voice.comment ?? words.feedback.noComment}
            </Link>
            <Time at={voice.createdAt} />
          </li>
        ))}
      </ul>
    )}
  </Panel>
)
