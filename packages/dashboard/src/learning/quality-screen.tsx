import type { TestMetric, TestMetrics } from '@assay/core'
import { ActionIcon, NativeSelect, Tooltip } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Screen } from '../app/screen.tsx'
import { Facts } from '../display/facts.tsx'
import { Icon } from '../display/icon.tsx'
import { Panel } from '../panel/panel.tsx'
import { words } from '../words.ts'
import { Experiments } from './experiments.tsx'
import { learningQueries } from './queries.ts'
import { learningWords } from './words.ts'
import classes from './learning.module.css'

const windows = [7, 30, 90]

/** How well the tests do their work, and what strategies are being tried against each other. */
export const QualityScreen = () => {
  const [days, setDays] = useState(30)
  const query = useQuery(learningQueries.metrics(days))
  return (
    <Screen
      title={learningWords.title}
      action={
        <NativeSelect
          size="xs"
          aria-label={learningWords.window}
          value={String(days)}
          onChange={({ currentTarget }) => setDays(Number(currentTarget.value))}
          data={windows.map((count) => ({ value: String(count), label: learningWords.days(count) }))}
        />
      }
    >
      <div className={classes['stack']}>
        <Panel title={learningWords.figures} query={query} what={learningWords.figures} rows={4}>
          {({ metrics, byState, byKind }) => (
            <div className={classes['stack']}>
              <dl className={classes['metrics']}>
                {metrics.map((metric) => (
                  <Metric key={metric.name} metric={metric} />
                ))}
              </dl>
              <Facts
                facts={[
                  { name: learningWords.byState, value: countsText(byState, words.testStates) },
                  { name: learningWords.byKind, value: countsText(byKind, words.testKinds) },
                ]}
              />
            </div>
          )}
        </Panel>
        <Experiments />
      </div>
    </Screen>
  )
}

/** One figure; how it is counted shows on hover, on focus and to screen readers. */
const Metric = ({ metric: { title, formula, goal, isMet, unit, value, part, whole } }: { metric: TestMetric }) => (
  <div>
    <dt>
      {title}
      <Tooltip label={formula} multiline w={280} events={{ hover: true, focus: true, touch: true }}>
        <ActionIcon variant="subtle" color="gray" size="xs" aria-label={`${learningWords.formula(title)}: ${formula}`}>
          <Icon name="table" size={12} />
        </ActionIcon>
      </Tooltip>
    </dt>
    <dd className={classes['value']} data-met={isMet ?? undefined}>
      {value === null ? words.unknown : `${value}${suffixes[unit]}`}
    </dd>
    <dd className={classes['quiet']}>
      {[
        goal === null ? learningWords.noGoal : learningWords.goal(`${goal}${suffixes[unit]}`),
        ...(whole === null || unit === 'points' ? [] : [learningWords.of(part, whole)]),
      ].join(' · ')}
    </dd>
  </div>
)

const suffixes: Record<TestMetric['unit'], string> = { percent: ' %', points: '', count: '' }

const countsText = (counts: TestMetrics['byState'] | TestMetrics['byKind'], names: Record<string, string>): string =>
  Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${count} ${(names[name] ?? name).toLowerCase()}`)
    .join(', ') || words.unknown
