import { formatUsd, type Card, type ValueSummary } from '@assay/core'
import { Sparkline } from '../display/sparkline.tsx'
import { Icon } from '../display/icon.tsx'
import { formatDuration, formatShare, formatShort } from '../display/number.ts'
import { words } from '../words.ts'
import classes from './cards.module.css'

type CardName = Exclude<keyof ValueSummary, 'from' | 'to' | 'savings'>

/** The six figures in their order: how each is written, drawn, and whether more of it is good news. */
const cards: {
  name: CardName
  format: (value: number | null) => string
  colour: string
  moreIs: 'good' | 'bad' | 'neither'
}[] = [
  { name: 'requests', format: formatShort, colour: '--accent-mark', moreIs: 'neither' },
  { name: 'costNanoUsd', format: formatUsd, colour: '--gold', moreIs: 'neither' },
  { name: 'savingNanoUsd', format: formatUsd, colour: '--pass-mark', moreIs: 'good' },
  { name: 'errorRate', format: formatShare, colour: '--fail-mark', moreIs: 'bad' },
  { name: 'latencyMs', format: formatDuration, colour: '--mute-mark', moreIs: 'bad' },
  { name: 'outputTokens', format: formatShort, colour: '--mute-mark', moreIs: 'neither' },
]

/** The six cards of the overview. */
export const Cards = ({ summary }: { summary: ValueSummary }) => (
  <dl className={classes['cards']} aria-label={words.overview.figures}>
    {cards.map(({ name, format, colour, moreIs }) => {
      const card = summary[name]
      const { title, hint } = words.overview.cards[name]
      return (
        <div key={name} className={classes['card']} title={hint}>
          <dt>{title}</dt>
          <dd className={classes['value']} data-long={format(card.value).length > LONG_CHARACTERS}>
            {format(card.value)}
          </dd>
          <dd>
            <Change card={card} moreIs={moreIs} />
          </dd>
          <dd className={classes['line']} aria-hidden="true">
            <Sparkline points={card.points.map(([, value]) => value)} tone={`var(${colour})`} />
          </dd>
        </div>
      )
    })}
  </dl>
)

/** From here on a figure is written smaller, so that it stays whole. */
const LONG_CHARACTERS = 7

/** Less of a change is none. */
const NOTHING = 0.005

/** How a figure stands against the period before: in words and an arrow, coloured only where more is good or bad. */
const Change = ({ card: { value, previous }, moreIs }: { card: Card; moreIs: 'good' | 'bad' | 'neither' }) => {
  if (value === null || previous === null || previous === 0) {
    return <span className={classes['change']}>{words.overview.nothingBefore}</span>
  }
  const share = (value - previous) / Math.abs(previous)
  if (Math.abs(share) < NOTHING) return <span className={classes['change']}>{words.overview.same}</span>
  const isMore = share > 0
  const verdict = moreIs === 'neither' ? 'neither' : isMore === (moreIs === 'good') ? 'good' : 'bad'
  const text = `${isMore ? '+' : '−'}${formatShare(Math.abs(share))}`
  return (
    <span className={classes['change']} data-verdict={verdict} title={words.overview.change(text)}>
      <Icon name={isMore ? 'up' : 'fall'} size={12} />
      {text}
    </span>
  )
}
