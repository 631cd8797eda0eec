import { Button } from '@mantine/core'
import type { GoldenCase } from '@assay/core'
import { useQuery } from '@tanstack/react-query'
import { useChange } from '../app/change.ts'
import { client } from '../app/server.ts'
import { Section } from '../panel/panel.tsx'
import { testWords } from './test-words.ts'
import classes from './tests.module.css'

/** Prompts whose answers people liked; nothing where there is none. */
export const GoldenList = () => {
  const { data } = useQuery({
    queryKey: ['tests', 'golden'],
    queryFn: ({ signal }) => client.listGoldenCases({ query: { limit: 20 } }, { signal }),
  })
  if (!data || data.items.length === 0) return null
  return (
    <Section title={testWords.golden}>
      <p className={classes['quiet']}>{testWords.goldenHint}</p>
      <ul className={classes['golden']}>
        {data.items.map((offer) => (
          <Offer key={offer.id} offer={offer} />
        ))}
      </ul>
    </Section>
  )
}

const Offer = ({ offer: { id, promptPreview, model, ups } }: { offer: GoldenCase }) => {
  const touched = ['tests']
  const accept = useChange({
    change: () => client.acceptGoldenCase({ params: { id }, body: {} }),
    touched,
    said: ({ name }) => testWords.accepted(name),
  })
  const dismiss = useChange({
    change: () => client.dismissGoldenCase({ params: { id }, body: {} }),
    touched,
    said: () => testWords.dismissed,
  })
  return (
    <li>
      <span>
        {promptPreview} <span className={classes['quiet']}>{model}</span>
      </span>
      <span className={classes['quiet']}>{testWords.ups(ups)}</span>
      <span className={classes['actions']}>
        <Button size="xs" loading={accept.isPending} onClick={() => accept.mutate(undefined)}>
          {testWords.accept}
        </Button>
        <Button size="xs" variant="default" loading={dismiss.isPending} onClick={() => dismiss.mutate(undefined)}>
          {testWords.dismiss}
        </Button>
      </span>
    </li>
  )
}
