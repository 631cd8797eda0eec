import type { Experiment, ExperimentDetails } from '@assay/core'
import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { useChange } from '../app/change.ts'
import { client } from '../app/server.ts'
import { ChartFigure } from '../chart/chart-figure.tsx'
import { Command } from '../display/command.tsx'
import { Tag } from '../display/status.tsx'
import { Empty, Panel, PanelBody } from '../panel/panel.tsx'
import { evidenceChart, evidenceTable } from './evidence-chart.ts'
import { learningQueries } from './queries.ts'
import { learningWords } from './words.ts'
import classes from './learning.module.css'

const COMMAND = 'npx assay tests ab create "shorter prompt" --suite invoices --arm now --arm short:promptFile=short.txt'

/** Strategies against each other, the newest first, with the course of their evidence. */
export const Experiments = () => {
  const query = useQuery(learningQueries.experiments())
  return (
    <Panel
      title={learningWords.experiments}
      query={query}
      what={learningWords.experiments}
      rows={4}
      isEmpty={({ items }) => items.length === 0}
      empty={
        <Empty text={learningWords.noExperiment}>
          <Command text={COMMAND} />
        </Empty>
      }
    >
      {({ items }) => (
        <>
          {items.map((experiment) => (
            <Item key={experiment.id} experiment={experiment} />
          ))}
        </>
      )}
    </Panel>
  )
}

const Item = ({ experiment }: { experiment: Experiment }) => {
  const { id, name, verdict, reason, state, samples } = experiment
  const query = useQuery(learningQueries.experiment(id))
  const stop = useChange({
    change: () => client.stopExperiment({ params: { id } }),
    touched: ['experiments'],
    said: () => learningWords.stopped(name),
  })
  return (
    <article className={classes['item']}>
      <div className={classes['head']}>
        <h3>{name}</h3>
        <Tag>{verdict}</Tag>
        <span className={classes['quiet']}>{`${state}, ${learningWords.samples(samples)}. ${reason}`}</span>
        {state === 'running' && (
          <Button size="compact-xs" variant="default" loading={stop.isPending} onClick={() => stop.mutate()}>
            {learningWords.stop}
          </Button>
        )}
      </div>
      <PanelBody query={query} what={name} rows={6}>
        {(details) => <Evidence details={details} />}
      </PanelBody>
    </article>
  )
}

const Evidence = ({ details }: { details: ExperimentDetails }) => {
  const { name, passed, path, verdict, samples } = details
  const build = useMemo(() => evidenceChart(path), [path])
  return (
    <>
      <p className={classes['quiet']}>
        {Object.entries(passed)
          .map(([arm, { passed: good, total }]) => learningWords.passed(arm, good, total))
          .join(' · ')}
      </p>
      {path.points.length > 0 && (
        <ChartFigure
          title={learningWords.evidence(name)}
          note={learningWords.evidenceNote}
          summary={learningWords.course(samples, verdict)}
          build={build}
          table={() => evidenceTable(path)}
          height={190}
        />
      )}
    </>
  )
}
