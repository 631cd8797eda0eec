import { formatUsd, type Run } from '@assay/core'
import { formatDuration, formatShare, formatShort } from '../display/number.ts'
import { Section } from '../panel/panel.tsx'
import { words } from '../words.ts'
import { OutcomeBar } from './outcome-bar.tsx'
import classes from './suite.module.css'

const titles = words.run.models

/** What each model came to, side by side, the best first. */
export const ModelBreakdown = ({ run }: { run: Run }) => {
  const models = run.modelTotals.toSorted((a, b) => (b.score ?? -1) - (a.score ?? -1) || a.costNanoUsd - b.costNanoUsd)
  if (models.length < 2) return null
  return (
    <Section title={titles.title} flush>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, so the keyboard must reach it */}
      <div className={classes['scroll']} tabIndex={0}>
        <table className={classes['models']}>
          <thead>
            <tr>
              <th scope="col">{titles.model}</th>
              <th scope="col">{titles.passed}</th>
              <th scope="col">{titles.score}</th>
              <th scope="col">{titles.tokens}</th>
              <th scope="col">{titles.cost}</th>
              <th scope="col">{titles.perPass}</th>
              <th scope="col">{titles.took}</th>
            </tr>
          </thead>
          <tbody>
            {models.map((totals) => (
              <tr key={totals.model}>
                <th scope="row">
                  <code>{totals.model}</code>
                </th>
                <td>
                  <OutcomeBar totals={totals} planned={null} />
                </td>
                <td>{formatShare(totals.score)}</td>
                <td>{formatShort(totals.inputTokens + totals.outputTokens)}</td>
                <td>{formatUsd(totals.costNanoUsd)}</td>
                <td>{formatUsd(totals.passed === 0 ? null : Math.round(totals.costNanoUsd / totals.passed))}</td>
                <td>{formatDuration(totals.total === 0 ? null : totals.durationMs / totals.total)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  )
}
