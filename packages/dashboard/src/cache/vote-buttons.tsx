import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { queries } from '../app/queries.ts'
import { Icon } from '../display/icon.tsx'
import { words } from '../words.ts'
import { useVote } from './actions.ts'
import classes from './cache.module.css'

/** Two buttons under an answer, and what was said of it so far. */
export const VoteButtons = ({ requestId }: { requestId: string }) => {
  const given = useQuery(queries.feedback(requestId))
  const vote = useVote()
  const votes = given.data?.items ?? []
  return (
    <div className={classes['vote']}>
      {(['up', 'down'] as const).map((side) => (
        <Button
          key={side}
          variant="default"
          leftSection={<Icon name={side === 'up' ? 'up' : 'fall'} size={14} />}
          loading={vote.isPending && vote.variables.vote === side}
          onClick={() => vote.mutate({ requestId, vote: side })}
        >
          {words.vote[side]} {votes.filter((voice) => voice.vote === side).length || ''}
        </Button>
      ))}
      {votes.some((voice) => voice.vote === 'down') && (
        <p>{words.vote.becomesTest(`assay requests test-case ${requestId}`)}</p>
      )}
    </div>
  )
}
