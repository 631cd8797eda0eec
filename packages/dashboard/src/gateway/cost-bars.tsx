import { formatUsd, type RequestDetail } from '@assay/core'
import { useQuery } from '@tanstack/react-query'
import { queries } from '../app/queries.ts'
import { words } from '../words.ts'
import classes from './request-drawer.module.css'

/** What a request cost beside what the baseline would have, each as long as it is dear. */
export const CostBars = ({ request }: { request: RequestDetail }) => {
  const { costNanoUsd, baselineCostNanoUsd, baselineModel, savingNanoUsd, cache, cacheSavedNanoUsd, priced } = request
  const baseline = useQuery(queries.baseline())
  if (!priced) return <p className={classes['note']}>{words.request.unpriced}</p>
  const bars = [
    { name: words.request.cost, value: costNanoUsd, colour: '--gold' },
    ...(cache === 'hit' ? [{ name: words.request.cacheSaved, value: cacheSavedNanoUsd, colour: '--pass-mark' }] : []),
    {
      name: baselineModel ? `${words.request.baseline}: ${baselineModel}` : words.request.baseline,
      value: baselineCostNanoUsd,
      colour: '--mute-mark',
    },
  ]
  const most = Math.max(1, ...bars.map(({ value }) => value ?? 0))
  const named = baseline.data?.baseline
  return (
    <>
      <dl className={classes['costs']}>
        {bars.map(({ name, value, colour }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <span
                style={{ width: `${((value ?? 0) / most) * 100}%`, background: `var(${colour})` }}
                aria-hidden="true"
              />
            </dd>
            <dd>{formatUsd(value)}</dd>
          </div>
        ))}
      </dl>
      {savingNanoUsd !== null && (
        <p className={classes['note']}>
          {words.request.savingSaid(formatUsd(Math.abs(savingNanoUsd)), savingNanoUsd >= 0)}
          {named &&
            ` ${words.baseline.named(`${named.provider}/${named.model}`, formatUsd(named.input), formatUsd(named.output))}`}
        </p>
      )}
    </>
  )
}
