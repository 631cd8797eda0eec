import { NativeSelect } from '@mantine/core'
import type { CasePair, Run, RunComparison as Compared } from '@assay/core'
import { useQuery } from '@tanstack/react-query'
import { queries } from '../app/queries.ts'
import { formatMoment, useNow } from '../display/time.tsx'
import { Status, type Tone } from '../display/status.tsx'
import { PanelBody, Section } from '../panel/panel.tsx'
import { comparisonWords } from './comparison-words.ts'
import classes from './suite.module.css'

const tones: Record<Compared['verdict'], Tone> = {
  regression: 'fail',
  improved: 'pass',
  noise: 'mute',
  'not-enough-data': 'warn',
}

/** A run against an earlier one: whether what changed is more than chance, and which cases moved. */
export const RunComparison = ({
  run,
  chosen,
  onChoose,
}: {
  run: Run
  chosen: string | undefined
  onChoose: (other: string | undefined) => void
}) => {
  const now = useNow()
  const { data } = useQuery(queries.runsLike(run.name))
  const others = (data?.items ?? []).filter(({ id, totals }) => id !== run.id && totals !== null)
  // What a finished run is shown against when nobody says: the baseline of its like.
  const baseline = others.find(({ baselineOf }) => baselineOf !== null)
  const other = chosen ?? baseline?.id
  if (others.length === 0 && chosen === undefined) return null
  return (
    <Section
      title={comparisonWords.title}
      action={
        <NativeSelect
          size="xs"
          aria-label={comparisonWords.with}
          value={other ?? ''}
          onChange={({ currentTarget }) => onChoose(currentTarget.value || undefined)}
          data={[
            { value: '', label: comparisonWords.choose },
            ...others.map(({ id, createdAt, baselineOf }) => ({
              value: id,
              label: `${baselineOf === null ? '' : `${baselineOf} · `}${formatMoment(Date.parse(createdAt), now)}`,
            })),
            ...(other && !others.some(({ id }) => id === other) ? [{ value: other, label: other.slice(0, 13) }] : []),
          ]}
        />
      }
    >
      {other === undefined ? (
        <p className={classes['quiet']}>{comparisonWords.none}</p>
      ) : (
        <Outcome id={run.id} other={other} />
      )}
    </Section>
  )
}

const Outcome = ({ id, other }: { id: string; other: string }) => {
  const query = useQuery(queries.comparison(id, other))
  return (
    <PanelBody query={query} what={comparisonWords.title} rows={4}>
      {(comparison) => <Verdict comparison={comparison} />}
    </PanelBody>
  )
}

const MOST_SHOWN = 20

const Verdict = ({ comparison }: { comparison: Compared }) => {
  const { verdict, pairs, worse, better, p, score, moved, counts, repeatsToDecide } = comparison
  const listed = moved.slice(0, MOST_SHOWN)
  const beside = (['added', 'removed', 'changed'] as const).filter((list) => counts[list] > 0)
  return (
    <div className={classes['comparison']}>
      <p className={classes['verdict']}>
        <Status tone={tones[verdict]}>{comparisonWords.verdicts[verdict]}</Status>
        <span>{comparisonWords.sentences[verdict]}</span>
      </p>
      <p>{comparisonWords.pairs(pairs, worse, better, p)}</p>
      <p>{comparisonWords.score(score)}</p>
      {repeatsToDecide !== null && <p>{comparisonWords.repeats(repeatsToDecide)}</p>}
      {listed.length > 0 && (
        <table className={classes['moved']} aria-label={comparisonWords.moved}>
          <thead>
            <tr>
              <th scope="col">{comparisonWords.case}</th>
              <th scope="col">{comparisonWords.before}</th>
              <th scope="col">{comparisonWords.after}</th>
            </tr>
          </thead>
          <tbody>
            {listed.map((pair) => (
              <Moved key={`${pair.model} ${pair.caseKey}`} pair={pair} />
            ))}
          </tbody>
        </table>
      )}
      {counts.moved > listed.length && <p>{comparisonWords.more(counts.moved - listed.length)}</p>}
      {beside.map((list) => (
        <p key={list}>
          {comparisonWords[list](
            counts[list],
            comparison[list].slice(0, 3).map(({ title }) => title),
          )}
        </p>
      ))}
    </div>
  )
}

const Moved = ({ pair: { title, model, before, after, p } }: { pair: CasePair }) => {
  const isWorse = after.passes / after.total < before.passes / before.total
  return (
    <tr data-worse={isWorse}>
      <th scope="row">
        {title} <code>{model}</code>
      </th>
      <td>{comparisonWords.rate(before)}</td>
      <td>
        {isWorse ? '↓ ' : '↑ '}
        {comparisonWords.rate(after)}
        {p !== null && <span className={classes['quiet']}> {comparisonWords.chance(p)}</span>}
      </td>
    </tr>
  )
}
