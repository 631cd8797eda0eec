import { formatUsd, type Run } from '@assay/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { queries } from '../app/queries.ts'
import { Screen } from '../app/screen.tsx'
import { Figures } from '../display/facts.tsx'
import { Icon } from '../display/icon.tsx'
import { formatDuration, formatShare, formatShort } from '../display/number.ts'
import { Tag } from '../display/status.tsx'
import { Time } from '../display/time.tsx'
import { PanelBody } from '../panel/panel.tsx'
import { words } from '../words.ts'
import { ModelBreakdown } from './model-breakdown.tsx'
import { OutcomeBar } from './outcome-bar.tsx'
import { ResultDrawer } from './result-drawer.tsx'
import { RunActions } from './run-actions.tsx'
import { RunCases } from './run-cases.tsx'
import { RunComparison } from './run-comparison.tsx'
import { RunStatus } from './run-status.tsx'
import { readResultName, runSearch, type RunSearch } from './search.ts'
import classes from './suite.module.css'

const route = getRouteApi('/w/$workspace/runs/$id')

/** One run in full: its sums, its models, how it stands against an earlier one, and every case. */
export const RunScreen = () => {
  const { id } = route.useParams()
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const query = useQuery(queries.run(id))
  const set = (part: Partial<RunSearch>) =>
    void navigate({ search: (before: RunSearch) => ({ ...before, ...part }), replace: true, resetScroll: false })
  return (
    <Screen
      title={query.data?.name ?? words.run.title}
      search={runSearch}
      back={
        <Link from="/w/$workspace/runs/$id" to="/w/$workspace/runs" search={{}}>
          <Icon name="back" size={14} />
          {words.run.back}
        </Link>
      }
      action={query.data && <RunActions run={query.data} />}
    >
      <PanelBody query={query} what={words.run.title} rows={10}>
        {(run) => (
          <>
            <Lead run={run} />
            <Sums run={run} />
            <ModelBreakdown run={run} />
            <RunComparison run={run} chosen={search.with} onChoose={(other) => set({ with: other })} />
            <RunCases run={run} search={search} onChange={set} />
          </>
        )}
      </PanelBody>
      <ResultDrawer runId={id} name={readResultName(search.result)} onClose={() => set({ result: undefined })} />
    </Screen>
  )
}

const Lead = ({ run }: { run: Run }) => (
  <>
    <p className={classes['lead']}>
      <RunStatus run={run} />
      {run.baselineOf !== null && <Tag>{words.runs.baseline(run.baselineOf)}</Tag>}
      <span>{words.run.provenances[run.provenance]}</span>
      <span>
        {words.runTriggers[run.trigger]} · {words.environments[run.environment]}
      </span>
      <Time at={run.createdAt} as="moment" />
      <code>{run.id}</code>
    </p>
    {run.error !== null && <p className={classes['error']}>{run.error}</p>}
    <OutcomeBar totals={run.totals} planned={run.planned} />
  </>
)

const Sums = ({ run: { totals, planned } }: { run: Run }) => (
  <Figures
    label={words.run.figures}
    figures={[
      {
        name: words.run.passed,
        value: totals === null ? words.unknown : `${totals.passed} / ${Math.max(totals.total, planned ?? 0)}`,
        ...(totals !== null && { hint: words.run.notPassed(totals) }),
      },
      { name: words.runs.score, value: formatShare(totals?.score ?? null) },
      {
        name: words.run.tokens,
        value: totals === null ? words.unknown : formatShort(totals.inputTokens + totals.outputTokens),
        ...(totals !== null && { hint: words.run.tokensHint(totals) }),
      },
      {
        name: words.runs.cost,
        value: formatUsd(totals?.costNanoUsd ?? null),
        ...(totals !== null && totals.unpriced > 0 && { hint: words.run.unpriced(totals.unpriced) }),
      },
      ...(totals?.judge === undefined
        ? []
        : [
            {
              name: words.run.judging,
              value: formatUsd(totals.judge.costNanoUsd),
              hint: words.run.judgeCalls(totals.judge.calls),
            },
          ]),
      { name: words.runs.took, value: formatDuration(totals?.durationMs ?? null) },
    ]}
  />
)
