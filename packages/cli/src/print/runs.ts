import { formatUsd, type CaseResult, type Run, type StoredSuite } from '@assay/core'
import { shortIds } from '../ids.ts'
import type { Output } from '../terminal/output.ts'
import type { Colours } from '../terminal/terminal.ts'
import { judgeSum, resultText } from './suite.ts'
import { fields, table } from './table.ts'
import { duration, relativeTime } from './time.ts'
import { plain } from './width.ts'

type Look = { out: Output; now: number }

const statusPaints: Record<Run['status'], keyof Colours & ('green' | 'red' | 'yellow' | 'dim' | 'cyan')> = {
  queued: 'dim',
  running: 'cyan',
  completed: 'green',
  failed: 'red',
  cancelled: 'yellow',
}

/** Runs as a table. */
export const runTable = (rows: readonly Run[], { out, now }: Look): string => {
  const { colours } = out
  const short = shortIds(rows.map(({ id }) => id))
  return table(
    rows,
    [
      { name: 'id', cell: ({ id }) => short(id), paint: colours.dim },
      { name: 'when', cell: ({ createdAt }) => relativeTime(createdAt, now) },
      { name: 'name', cell: ({ name, baselineOf }) => (baselineOf ? `${name} [${baselineOf}]` : name), flexible: true },
      {
        name: 'status',
        cell: ({ status }) => status,
        paint: (text, { status }) => colours[statusPaints[status]](text),
      },
      {
        name: 'passed',
        cell: passedOf,
        align: 'right',
        paint: (text, { totals }) => ((totals?.failed ?? 0) + (totals?.error ?? 0) > 0 ? colours.red(text) : text),
      },
      { name: 'score', cell: ({ totals }) => percent(totals?.score ?? null), align: 'right' },
      { name: 'cost', cell: ({ costNanoUsd }) => formatUsd(costNanoUsd), align: 'right' },
      { name: 'models', cell: ({ models }) => models.join(' '), flexible: true },
      { name: 'from', cell: ({ trigger, environment }) => `${trigger}, ${environment}` },
    ],
    out,
  )
}

/** One run: what it was, what it came to, and the same for each model. */
export const runText = (run: Run, { out, now }: Look): string => {
  const { colours } = out
  const { totals, status } = run
  const tokens = totals === null ? null : totals.inputTokens + totals.outputTokens
  const head = fields(
    [
      ['id', run.id],
      ['name', colours.bold(plain(run.name))],
      ['status', colours[statusPaints[status]](status) + (run.error ? `  ${plain(run.error)}` : '')],
      ['when', `${run.createdAt} (${relativeTime(run.createdAt, now)})`],
      ['from', `${run.trigger}, ${run.environment}, ${run.provenance === 'hosted' ? 'run by the server' : 'uploaded'}`],
      ['models', plain(run.models.join(', ')) || '—'],
      ...(run.baselineOf === null ? [] : [['baseline', run.baselineOf] as const]),
      ['passed', passedOf(run)],
      ...(totals === null
        ? []
        : ([
            ['failed', `${totals.failed}, errors ${totals.error}`],
            ['skipped', `${totals.skipped}, unscored ${totals.unscored}`],
            ['score', percent(totals.score)],
            ['took', duration(totals.durationMs)],
            ['tokens', (tokens ?? 0).toLocaleString('en-US')],
            ['cost', formatUsd(totals.costNanoUsd)],
          ] as const)),
      ...(totals?.judge ? [['judges', judgeSum(totals.judge)] as const] : []),
    ],
    colours,
  )
  return run.modelTotals.length < 2 ? head : `${head}\n\n${modelTable(run, out)}`
}

/** The results of a run, each with why it did not pass. */
export const resultsText = (results: readonly CaseResult[], { out }: Pick<Look, 'out'>): string =>
  results.map((result) => resultText(result, out.colours)).join('\n')

/** Suites that the server keeps, as a table. */
export const suiteTable = (rows: readonly StoredSuite[], { out, now }: Look): string => {
  const short = shortIds(rows.map(({ id }) => id))
  return table(
    rows,
    [
      { name: 'id', cell: ({ id }) => short(id), paint: out.colours.dim },
      { name: 'name', cell: ({ name }) => name, flexible: true },
      { name: 'cases', cell: ({ cases }) => String(cases), align: 'right' },
      { name: 'models', cell: ({ models }) => models.join(' ') || '—', flexible: true },
      { name: 'dialect', cell: ({ dialect }) => dialect },
      { name: 'changed', cell: ({ updatedAt }) => relativeTime(updatedAt, now) },
      { name: 'text', cell: ({ sourceHash }) => sourceHash.slice(0, 8) },
    ],
    out,
  )
}

const modelTable = ({ modelTotals }: Run, out: Output): string =>
  table(
    modelTotals,
    [
      { name: 'model', cell: ({ model }) => model, flexible: true },
      { name: 'passed', cell: ({ passed, total }) => `${passed}/${total}`, align: 'right' },
      { name: 'score', cell: ({ score }) => percent(score), align: 'right' },
      {
        name: 'tokens',
        cell: ({ inputTokens, outputTokens }) => (inputTokens + outputTokens).toLocaleString('en-US'),
        align: 'right',
      },
      { name: 'cost', cell: ({ costNanoUsd }) => formatUsd(costNanoUsd), align: 'right' },
    ],
    out,
  )

const passedOf = ({ totals, planned, status }: Run): string => {
  if (totals === null) return planned === null || status !== 'queued' ? '—' : `0/${planned}`
  const isOpen = status === 'running' && planned !== null
  return `${totals.passed}/${isOpen ? planned : totals.total}`
}

const percent = (score: number | null): string => (score === null ? '—' : `${(score * 100).toFixed(1)}%`)
