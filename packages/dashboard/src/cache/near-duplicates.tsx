import { MOST_FALSE_HITS, nearDuplicateModes } from '@assay/core'
import { useQuery } from '@tanstack/react-query'
import { queries } from '../app/queries.ts'
import { Choice } from '../display/choice.tsx'
import { Facts } from '../display/facts.tsx'
import { formatCount, formatShare } from '../display/number.ts'
import { Status } from '../display/status.tsx'
import { Panel } from '../panel/panel.tsx'
import { cacheWords } from './cache-words.ts'
import { useNearDuplicateMode } from './actions.ts'
import classes from './cache.module.css'

/** How requests that are nearly alike are treated, and how often their answers were wrong where it was measured. */
export const NearDuplicates = () => {
  const choose = useNearDuplicateMode()
  return (
    <Panel
      title={cacheWords.near.title}
      query={useQuery(queries.cacheSettings())}
      what={cacheWords.near.title}
      rows={5}
    >
      {(measured) => (
        <div className={classes['near']}>
          <Choice
            label={cacheWords.near.title}
            value={measured.nearDuplicates}
            onChange={(mode) => choose.mutate(mode)}
            options={nearDuplicateModes.map((value) => ({ value, label: cacheWords.near.modes[value] }))}
          />
          <p>{cacheWords.near.hints[measured.nearDuplicates]}</p>
          {measured.nearDuplicates === 'serve' && (
            <Status tone={measured.isServing ? 'pass' : 'warn'}>
              {measured.isServing ? cacheWords.near.serving : cacheWords.near.notServing(formatShare(MOST_FALSE_HITS))}
            </Status>
          )}
          <Facts
            facts={[
              { name: cacheWords.near.candidates, value: formatCount(measured.candidates) },
              { name: cacheWords.near.measured, value: formatCount(measured.measured) },
              { name: cacheWords.near.falseHits, value: formatShare(measured.falseHitRate) },
              { name: cacheWords.near.upperBound, value: formatShare(measured.upperBound) },
            ]}
          />
        </div>
      )}
    </Panel>
  )
}
