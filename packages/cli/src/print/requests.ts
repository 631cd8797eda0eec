import { formatUsd, type RequestRecord } from '@assay/core'
import { shortIds } from '../ids.ts'
import type { Output } from '../terminal/output.ts'
import { layOut, table, type Column, type Drawing } from './table.ts'
import { duration, relativeTime } from './time.ts'

type Look = { out: Output; now: number }

/** Requests as a table. */
export const requestTable = (rows: readonly RequestRecord[], { out, now }: Look): string => {
  const { colours } = out
  const short = shortIds(rows.map(({ id }) => id))
  return table(
    rows,
    [
      { name: 'id', cell: ({ id }) => short(id), paint: colours.dim },
      { name: 'when', cell: ({ at }) => relativeTime(at, now), spare: 1 },
      ...columnsOf(colours),
    ],
    out,
  )
}

/** Requests one by one as they come, in the widths of a usual one; the heading comes before the first. */
export const requestLines = ({ out, now }: { out: Output; now: () => number }): ((row: RequestRecord) => string[]) => {
  let drawing: Drawing<RequestRecord> | null = null
  return (row) => {
    const isFirst = drawing === null
    drawing ??= layOut([usual(row)], liveColumns(out.colours, now), out)
    return [...(isFirst ? [...drawing.notes, drawing.heading] : []), drawing.line(row)]
  }
}

/** As wide as most requests are, so that those behind the first fit too. */
const usual = (row: RequestRecord): RequestRecord => ({
  ...row,
  status: 'incomplete',
  requestModel: 'x'.repeat(Math.max(36, modelOf(row).length)),
  attempts: [],
  inputTokens: 99_999,
  outputTokens: 9_999,
  costNanoUsd: 12_345,
  latencyMs: 99_900,
  promptPreview: 'x'.repeat(200),
})

const liveColumns = (colours: Output['colours'], now: () => number): Column<RequestRecord>[] => [
  { name: 'at', cell: ({ at }) => clockOf(at, now()), paint: colours.dim },
  { name: 'id', cell: ({ id }) => id.slice(-8), paint: colours.dim, spare: 4 },
  ...columnsOf(colours),
]

/** The clock of here; what is not of today has its day before it. */
const clockOf = (at: string, now: number): string => {
  const moment = new Date(at)
  const clock = moment.toTimeString().slice(0, 8)
  return moment.toDateString() === new Date(now).toDateString() ? clock : `${at.slice(5, 10)} ${clock}`
}

const columnsOf = (colours: Output['colours']): Column<RequestRecord>[] => [
  {
    name: 'status',
    cell: ({ status, cache }) => (cache === 'hit' && status === 'completed' ? 'cached' : status),
    paint: (text, { status }) =>
      status === 'failed' ? colours.red(text) : status === 'completed' ? text : colours.yellow(text),
  },
  { name: 'model', cell: modelOf, flexible: true },
  { name: 'complexity', cell: ({ complexity }) => complexity ?? '', spare: 5 },
  {
    name: 'tokens',
    cell: ({ inputTokens, outputTokens }) => `${inputTokens}+${outputTokens}`,
    align: 'right',
    spare: 4,
  },
  { name: 'cost', cell: ({ costNanoUsd }) => formatUsd(costNanoUsd), align: 'right', spare: 2 },
  { name: 'took', cell: ({ latencyMs }) => (latencyMs === null ? '' : duration(latencyMs)), align: 'right', spare: 3 },
  { name: 'prompt', cell: ({ promptPreview, errorCode }) => errorCode ?? promptPreview, flexible: true },
]

/** What was asked for, and where that led when it was left open. */
export const modelOf = ({ requestModel, attempts }: RequestRecord): string => {
  const answering = attempts.at(-1)
  return requestModel === 'auto' && answering ? `auto → ${answering.providerName}/${answering.model}` : requestModel
}
