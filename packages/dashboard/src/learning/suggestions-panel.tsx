import type { Suggestion } from '@assay/core'
import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useChange } from '../app/change.ts'
import { client } from '../app/server.ts'
import { Empty, Panel } from '../panel/panel.tsx'
import { differenceOf } from './difference.ts'
import { learningQueries } from './queries.ts'
import { learningWords } from './words.ts'
import classes from './learning.module.css'

type Wish = { accept?: string; verify?: string; dismiss?: string; propose?: object }

/** What would make a test better, each as a difference that a person accepts or puts aside. */
export const SuggestionsPanel = ({ id }: { id: string }) => {
  const query = useQuery(learningQueries.suggestions(id))
  const decide = useChange({
    change: (wish: Wish) => client.decideSuggestion({ params: { id }, body: wish }),
    touched: ['tests'],
    said: saidOf,
    isBad: ({ state, proof }) => state === 'open' && proof?.isVerified === false,
  })
  return (
    <Panel
      title={learningWords.suggestions}
      query={query}
      what={learningWords.suggestions}
      rows={3}
      action={
        <Button
          size="compact-xs"
          variant="default"
          loading={decide.isPending}
          onClick={() => decide.mutate({ propose: {} })}
        >
          {learningWords.propose}
        </Button>
      }
      isEmpty={({ items }) => items.length === 0}
      empty={<Empty text={learningWords.noSuggestion} />}
    >
      {({ items }) => (
        <>
          {items.map((suggestion) => (
            <Item key={suggestion.id} suggestion={suggestion} isBusy={decide.isPending} onDecide={decide.mutate} />
          ))}
        </>
      )}
    </Panel>
  )
}

const saidOf = ({ state, proof, origin }: Suggestion): string => {
  if (state === 'accepted') return learningWords.accepted
  if (state === 'dismissed') return learningWords.dismissed
  return proof === null && origin === 'model'
    ? learningWords.proposed
    : learningWords.verified(proof?.isVerified ?? false)
}

const Item = ({
  suggestion: { id, title, why, before, after, proof },
  isBusy,
  onDecide,
}: {
  suggestion: Suggestion
  isBusy: boolean
  onDecide: (wish: Wish) => void
}) => (
  <article className={classes['item']}>
    <div className={classes['head']}>
      <h3>{title}</h3>
    </div>
    <p className={classes['quiet']}>{why}</p>
    <pre className={classes['difference']}>{differenceOf(before, after).join('\n')}</pre>
    {proof && (
      <p className={classes['quiet']}>{`${learningWords.red}: ${proof.red} ${learningWords.green}: ${proof.green}`}</p>
    )}
    <div className={classes['actions']}>
      <Button
        size="compact-xs"
        loading={isBusy}
        aria-label={`${learningWords.accept}: ${title}`}
        onClick={() => onDecide({ accept: id })}
      >
        {learningWords.accept}
      </Button>
      <Button
        size="compact-xs"
        variant="default"
        loading={isBusy}
        aria-label={`${learningWords.verify}: ${title}`}
        onClick={() => onDecide({ verify: id })}
      >
        {learningWords.verify}
      </Button>
      <Button
        size="compact-xs"
        variant="subtle"
        loading={isBusy}
        aria-label={`${learningWords.dismiss}: ${title}`}
        onClick={() => onDecide({ dismiss: id })}
      >
        {learningWords.dismiss}
      </Button>
    </div>
  </article>
)
