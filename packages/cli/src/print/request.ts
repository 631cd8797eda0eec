import { formatUsd, textOf, type Attempt, type ChatRequest, type RequestDetail } from '@assay/core'
import type { Colours } from '../terminal/terminal.ts'
import type { Output } from '../terminal/output.ts'
import { modelOf } from './requests.ts'
import { fields, table } from './table.ts'
import { duration, relativeTime } from './time.ts'
import { plain, wrap } from './width.ts'

type Look = { out: Output; now: number }

/** One request with everything the log keeps of it. */
export const requestText = (request: RequestDetail, look: Look): string => {
  const { colours, columns } = look.out
  const part = (title: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : ['', colours.dim(title), ...lines]
  return [
    fields(factsOf(request, look), colours, columns),
    ...part('attempts', attemptLines(request, look.out)),
    ...part('not taken', rejectedLines(request, look.out)),
    ...part('what made the score', scoreLines(request)),
    ...part('the bill', billLines(request, look.out)),
    ...part('feedback', feedbackLines(request, look)),
    ...part('body', bodyLines(request, look.out)),
  ].join('\n')
}

/** Why a candidate was the first one. */
const routes: Record<string, string> = {
  pinned: 'the caller named this model',
  price: 'the cheapest model that fits',
  latency: 'the fastest of late among those that fit',
  weighted: 'drawn by the weights of the key',
  fallback: 'those before it failed',
}

const factsOf = (request: RequestDetail, { out: { colours }, now }: Look): [string, string][] => {
  const rows: [string, string | null][] = [
    ['id', request.id],
    ['when', `${request.at} (${relativeTime(request.at, now)})`],
    ['status', statusOf(request, colours)],
    ['error', request.errorCode && colours.red(plain(`${request.errorCode}: ${request.errorMessage ?? ''}`))],
    ['model', plain(modelOf(request))],
    ['route', request.route && plain(`${request.route}: ${routes[request.route] ?? ''}`.replace(/: $/, ''))],
    ['complexity', request.complexity && `${request.complexity} (score ${request.score?.toFixed(2) ?? '—'})`],
    ['cache', cacheOf(request)],
    ['tokens', tokensOf(request)],
    ['cost', `${formatUsd(request.costNanoUsd)}${request.priced ? '' : ' (no price is known)'}`],
    ['baseline', baselineText(request)],
    ['saving', savingText(request, colours)],
    ['took', tookOf(request)],
    ['finish', request.finishReason],
    ['key', request.keyId],
    ['conversation', request.conversationId && plain(request.conversationId)],
    ['environment', request.environment && plain(request.environment)],
    ['package', request.packageVersion && plain(request.packageVersion)],
    [
      'tags',
      plain(
        Object.entries(request.tags)
          .map(([name, value]) => `${name}=${value}`)
          .join(' '),
      ),
    ],
    ['tools', plain(request.toolsUsed.join(' '))],
    ['guards', plain(request.guards.join(' '))],
    ['dropped', plain(request.dropped.join(' '))],
    ['prompt', plain(request.promptPreview)],
  ]
  return rows.flatMap(([name, value]) => (value ? [[name, value] as [string, string]] : []))
}

const statusOf = ({ status, httpStatus }: RequestDetail, colours: Colours): string => {
  const text = status + (httpStatus ? ` (${httpStatus})` : '')
  return status === 'failed' ? colours.red(text) : text
}

const cacheOf = ({ cache, cachedFrom, cacheSavedNanoUsd, cacheSavedMs }: RequestDetail): string =>
  cache === 'hit'
    ? `hit, saved ${formatUsd(cacheSavedNanoUsd)} and ${duration(cacheSavedMs ?? 0)}; answer of ${cachedFrom}`
    : cache

const tokensOf = (request: RequestDetail): string => {
  const parts = (counts: [number, string][]) => {
    const told = counts.filter(([count]) => count > 0).map(([count, name]) => `${count} ${name}`)
    return told.length === 0 ? '' : ` (${told.join(', ')})`
  }
  const read = parts([
    [request.cacheReadInputTokens, 'from cache'],
    [request.cacheWriteInputTokens, 'to cache'],
  ])
  const made = parts([[request.reasoningOutputTokens, 'reasoning']])
  return `${request.inputTokens} in${read}, ${request.outputTokens} out${made}${request.estimated ? ', estimated' : ''}`
}

const baselineText = ({ baselineCostNanoUsd, baselineModel }: RequestDetail): string =>
  `${formatUsd(baselineCostNanoUsd)}${baselineModel === null ? '' : ` for ${plain(baselineModel)}`}`

const savingText = ({ savingNanoUsd, baselineCostNanoUsd }: RequestDetail, colours: Colours): string => {
  if (savingNanoUsd === null || baselineCostNanoUsd === null) return formatUsd(null)
  if (savingNanoUsd < 0) return colours.red(`${formatUsd(savingNanoUsd)}: dearer than the baseline`)
  const share = baselineCostNanoUsd === 0 ? '' : ` (${Math.round((savingNanoUsd / baselineCostNanoUsd) * 100)} %)`
  return `${formatUsd(savingNanoUsd)}${share}`
}

const tookOf = ({ latencyMs, ttftMs }: RequestDetail): string | null =>
  latencyMs === null
    ? null
    : `${duration(latencyMs)}${ttftMs === null ? '' : `, first token after ${duration(ttftMs)}`}`

const TIMELINE_WIDTH = 24

type AttemptRow = Attempt & { number: number; line: string }

/** The attempts with their place in time: `░` waiting for the first token, `█` receiving. */
const attemptLines = ({ attempts, at }: RequestDetail, out: Output): string[] => {
  if (attempts.length === 0) return ['No provider was called.']
  const begin = Math.min(Date.parse(at), ...attempts.map(({ startedAt }) => Date.parse(startedAt)))
  const end = Math.max(begin + 1, ...attempts.map((one) => Date.parse(one.startedAt) + one.latencyMs))
  const place = (moment: number) => Math.round(((moment - begin) / (end - begin)) * TIMELINE_WIDTH)
  const rows = attempts.map((one, index): AttemptRow => {
    const from = Date.parse(one.startedAt)
    const [start, first, stop] = [place(from), place(from + (one.ttftMs ?? one.latencyMs)), place(from + one.latencyMs)]
    const drawn = '░'.repeat(first - start) + '█'.repeat(stop - first)
    return { ...one, number: index + 1, line: ' '.repeat(start) + (drawn === '' ? '▏' : drawn) }
  })
  const { colours } = out
  return table(
    rows,
    [
      { name: '#', cell: ({ number }) => String(number), align: 'right' },
      { name: 'model', cell: ({ providerName, model }) => `${providerName}/${model}`, flexible: true },
      {
        name: 'ended',
        cell: ({ status, errorCode }) => [status, errorCode].filter((one) => one !== null).join(' ') || 'no answer',
        paint: (text, { errorCode }) => (errorCode ? colours.red(text) : text),
        flexible: true,
      },
      { name: 'took', cell: ({ latencyMs }) => duration(latencyMs), align: 'right' },
      { name: 'cost', cell: ({ costNanoUsd }) => formatUsd(costNanoUsd), align: 'right', spare: 1 },
      {
        name: `time line, ${duration(end - begin)}`,
        cell: ({ line }) => `|${line}`,
        paint: (text) => text.replace('|', ' '),
        spare: 2,
      },
    ],
    out,
  ).split('\n')
}

const rejectedLines = ({ rejected, costNanoUsd }: RequestDetail, out: Output): string[] =>
  rejected.length === 0
    ? []
    : table(
        rejected,
        [
          { name: 'model', cell: ({ provider, model }) => `${provider}/${model}`, flexible: true },
          { name: 'why', cell: ({ why }) => why, flexible: true },
          {
            name: 'would have cost',
            cell: ({ costNanoUsd: cost }) => (costNanoUsd === null ? '—' : formatUsd(cost)),
            align: 'right',
            spare: 1,
          },
        ],
        out,
      ).split('\n')

const MOST_CONTRIBUTIONS = 5

const scoreLines = ({ contributions }: RequestDetail): string[] =>
  (contributions ?? [])
    .slice(0, MOST_CONTRIBUTIONS)
    .map(({ feature, value, points }) => `  ${points.toFixed(2)}  ${feature} (${Math.round(value * 100) / 100})`)

const billLines = ({ costLines }: RequestDetail, out: Output): string[] => {
  const used = (costLines ?? []).filter(({ units }) => units > 0)
  if (used.length === 0) return []
  return table(
    used,
    [
      { name: 'class', cell: (line) => line.class },
      { name: 'units', cell: ({ units }) => String(units), align: 'right' },
      {
        name: 'per million',
        cell: ({ nanoUsdPerMillion, factor }) => `${formatUsd(nanoUsdPerMillion)}${factor ? ` × ${factor}` : ''}`,
        align: 'right',
      },
    ],
    out,
  ).split('\n')
}

const feedbackLines = ({ feedback }: RequestDetail, { out: { columns }, now }: Look): string[] =>
  feedback.flatMap(({ vote, rating, voter, comment, createdAt }) => {
    const said = [
      rating === null ? vote : `${vote} (${rating} of 5)`,
      voter,
      relativeTime(createdAt, now),
      ...(comment ? [comment] : []),
    ]
    return wrap(plain(said.join(' · ')), columns)
  })

const bodyLines = ({ body }: RequestDetail, { columns, colours }: Output): string[] => {
  if (body === null) return [colours.dim('Not kept: set the retention of the workspace or of the key to full.')]
  const text = (words: string): string[] =>
    plain(words, { keepLines: true })
      .split('\n')
      .flatMap((line) => wrap(line, columns - 2))
      .map((line) => `  ${line}`)
  const { answer, redactions } = body
  const taken = Object.entries(redactions).map(([kind, count]) => `${count} ${kind}`)
  return [
    ...body.request.messages.flatMap((message) => [colours.bold(message.role), ...text(messageText(message))]),
    ...(answer.reasoningText === '' ? [] : [colours.bold('reasoning'), ...text(answer.reasoningText)]),
    colours.bold('answer'),
    ...text(answer.text === '' ? '(no text)' : answer.text),
    ...answer.toolCalls.flatMap((call) => text(`calls ${call.name}(${call.arguments})`)),
    ...(taken.length === 0 ? [] : [colours.dim(`Taken out before storing: ${taken.join(', ')}.`)]),
  ]
}

const messageText = (message: ChatRequest['messages'][number]): string => {
  const text = textOf(message)
  return text === '' ? JSON.stringify(message.content ?? message['tool_calls'] ?? null) : text
}
