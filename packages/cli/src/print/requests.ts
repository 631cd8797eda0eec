import { formatUsd, type RequestRecord } from '@assay/core'
import { shortIds } from '../ids.ts'
import type { Output } from '../terminal/output.ts'
import { fields, table } from './table.ts'
import { duration, relativeTime } from './time.ts'
import { plain } from './width.ts'

type Look = { out: Output; now: number }

/** Requests as a table. */
export const requestTable = (rows: readonly RequestRecord[], { out, now }: Look): string => {
  const { colours } = out
  const short = shortIds(rows.map(({ id }) => id))
  return table(
    rows,
    [
      { name: 'id', cell: ({ id }) => short(id), paint: colours.dim },
      { name: 'when', cell: ({ at }) => relativeTime(at, now) },
      {
        name: 'status',
        cell: ({ status }) => status,
        paint: (text, { status }) => (status === 'failed' ? colours.red(text) : text),
      },
      { name: 'model', cell: modelOf, flexible: true },
      { name: 'complexity', cell: ({ complexity }) => complexity ?? '' },
      { name: 'tokens', cell: ({ inputTokens, outputTokens }) => `${inputTokens}+${outputTokens}`, align: 'right' },
      { name: 'cost', cell: ({ costNanoUsd }) => formatUsd(costNanoUsd), align: 'right' },
      { name: 'took', cell: ({ latencyMs }) => (latencyMs === null ? '' : duration(latencyMs)), align: 'right' },
      { name: 'prompt', cell: ({ promptPreview }) => promptPreview, flexible: true },
    ],
    out,
  )
}

/** One request with everything the log keeps of it. */
export const requestText = (request: RequestRecord, { out, now }: Look): string => {
  const { colours } = out
  const rows: [string, string][] = [
    ['id', request.id],
    ['when', `${request.at} (${relativeTime(request.at, now)})`],
    ['status', request.status + (request.httpStatus ? ` (${request.httpStatus})` : '')],
    ['model', plain(modelOf(request))],
    ['route', plain(request.route ?? '—')],
    ['complexity', request.complexity ? `${request.complexity} (score ${request.score})` : '—'],
    ['tokens', `${request.inputTokens} in, ${request.outputTokens} out${request.estimated ? ' (estimated)' : ''}`],
    ['cost', `${formatUsd(request.costNanoUsd)}${request.priced ? '' : ' (no price is known)'}`],
    ['baseline', formatUsd(request.baselineCostNanoUsd)],
    ['saving', formatUsd(request.savingNanoUsd)],
    ['took', request.latencyMs === null ? '—' : duration(request.latencyMs)],
    ['finish', request.finishReason ?? '—'],
    ['prompt', plain(request.promptPreview)],
  ]
  if (request.errorCode) rows.push(['error', plain(`${request.errorCode}: ${request.errorMessage ?? ''}`)])
  for (const [
    index,
    { providerName, model, status, errorCode, latencyMs, costNanoUsd },
  ] of request.attempts.entries()) {
    const ending = errorCode ? colours.red(plain(errorCode)) : String(status ?? '—')
    rows.push([
      `attempt ${index + 1}`,
      `${plain(`${providerName}/${model}`)}  ${ending}  ${duration(latencyMs)}  ${formatUsd(costNanoUsd)}`,
    ])
  }
  return fields(rows, colours)
}

const modelOf = ({ requestModel, attempts }: RequestRecord): string => {
  const answering = attempts.at(-1)
  return requestModel === 'auto' && answering ? `auto → ${answering.providerName}/${answering.model}` : requestModel
}
