import { formatUsd, textChanges, type Replay } from '@assay/core'
import type { ReplayPlan } from '../commands/requests-replay.ts'
import type { Output } from '../terminal/output.ts'
import { fields, table } from './table.ts'
import { duration } from './time.ts'
import { plain, wrap } from './width.ts'

type Paper = Pick<Output, 'columns' | 'colours'>

/** What a replay would call, and about what that costs. */
export const planText = (plan: ReplayPlan, { columns, colours }: Paper): string => {
  const { requestId, model, messages, inputTokens, outputTokens, costNanoUsd, pricedAs } = plan
  const at = pricedAs === model ? '' : ` at ${plain(pricedAs)}, which answered last time`
  return fields(
    [
      ['request', requestId],
      ['would ask', plain(model)],
      ['with', `${messages} ${messages === 1 ? 'message' : 'messages'}, about ${inputTokens} tokens`],
      [
        'cost',
        costNanoUsd === null
          ? `not known: ${plain(pricedAs)} has no price`
          : `about ${formatUsd(costNanoUsd)} for ${outputTokens} tokens of answer${at}`,
      ],
    ],
    colours,
    columns,
  )
}

type Answered = Replay['before']

/** The answer of the past beside the one of now, and what changed between them word by word. */
export const replayText = ({ before, after, isSameText }: Replay, out: Paper): string => {
  const { columns, colours } = out
  const figures = table(
    [
      { name: 'before', ...before },
      { name: 'now', ...after },
    ],
    [
      { name: '', cell: ({ name }) => name },
      {
        name: 'status',
        cell: ({ status }) => status,
        paint: (text, { status }) => (status === 'failed' ? colours.red(text) : text),
      },
      { name: 'model', cell: ({ model }) => model, flexible: true },
      { name: 'tokens out', cell: ({ outputTokens }) => String(outputTokens ?? '—'), align: 'right', spare: 1 },
      { name: 'cost', cell: ({ costNanoUsd }) => formatUsd(costNanoUsd), align: 'right' },
      { name: 'took', cell: ({ latencyMs }) => (latencyMs === null ? '—' : duration(latencyMs)), align: 'right' },
      { name: 'request', cell: ({ requestId }) => requestId, paint: colours.dim, spare: 2 },
    ],
    out,
  )
  return [figures, '', ...answers({ before, after, isSameText }, { columns, colours })].join('\n')
}

const answers = ({ before, after, isSameText }: Replay, { columns, colours }: Paper): string[] => {
  const broken = [before, after].find(({ answer }) => answer === null)
  if (broken) {
    const told = ([name, { answer, error }]: [string, Answered]): string[] => [
      colours.dim(name),
      ...(answer === null
        ? [colours.red(plain(error ? `${error.code}: ${error.message}` : 'no answer'))]
        : lines(answer.text, columns)),
    ]
    return [...told(['before', before]), '', ...told(['now', after])]
  }
  if (isSameText) return [colours.green('The same text.'), ...lines(after.answer!.text, columns)]
  const text = textChanges(before.answer!.text, after.answer!.text)
    .map(({ kind, text: stretch }) => marked(plain(stretch, { keepLines: true }), kind, colours))
    .join('')
  return [colours.dim('what changed: [-gone-] {+new+}'), ...text.split('\n').flatMap((line) => wrap(line, columns))]
}

/** As `git diff --word-diff` writes it, so that it reads without colours too. */
const marked = (text: string, kind: 'same' | 'removed' | 'added', colours: Paper['colours']): string => {
  if (kind === 'same') return text
  const [, words = '', space = ''] = /^([^]*?)(\s*)$/.exec(text) ?? []
  const [begin, end, paint] = kind === 'removed' ? ['[-', '-]', colours.red] : ['{+', '+}', colours.green]
  return (
    words
      .split(' ')
      .map((word, index, all) => paint(`${index === 0 ? begin : ''}${word}${index === all.length - 1 ? end : ''}`))
      .join(' ') + space
  )
}

const lines = (text: string, columns: number): string[] =>
  plain(text, { keepLines: true })
    .split('\n')
    .flatMap((line) => wrap(line, columns))
