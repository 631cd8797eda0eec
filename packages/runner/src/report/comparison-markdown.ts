import type { CasePair, Comparison } from '@assay/core'
import { markdownText } from './markdown-text.ts'

const MOST_SHOWN = 20

/** What the verdict of a comparison means, in a sentence. */
export const verdictSentences: Record<Comparison['verdict'], string> = {
  regression: 'It got worse, beyond what chance explains.',
  improved: 'It got better, beyond what chance explains.',
  noise: 'Nothing changed that matters.',
  'not-enough-data': 'There are too few results to tell.',
}

const marks: Record<Comparison['verdict'], string> = {
  regression: '🔴',
  improved: '🟢',
  noise: '⚪',
  'not-enough-data': '🟡',
}

/** Two runs compared, as Markdown: the verdict with its figures, then the cases that moved. */
export const comparisonMarkdown = (comparison: Comparison, { before }: { before: string }): string => {
  const { verdict, moved } = comparison
  return [
    `### ${marks[verdict]} ${verdict} against ${markdownText(before)}`,
    '',
    `${verdictSentences[verdict]} ${figuresText(comparison)}`,
    '',
    ...(moved.length > 0 ? ['| case | model | before | after | p |', '| --- | --- | ---: | ---: | ---: |'] : []),
    ...moved.slice(0, MOST_SHOWN).map(pairRow),
    ...(moved.length > MOST_SHOWN ? ['', `… and ${moved.length - MOST_SHOWN} more cases moved.`] : []),
  ]
    .join('\n')
    .trimEnd()
}

/** The figures behind a verdict in sentences. */
export const figuresText = (comparison: Comparison): string => {
  const { pairs, worse, better, p, score, seed, margin, repeatsToDecide, added, removed, changed } = comparison
  const apart = [
    ...(added.length > 0 ? [`${added.length} new`] : []),
    ...(removed.length > 0 ? [`${removed.length} removed`] : []),
    ...(changed.length > 0 ? [`${changed.length} with changed checks`] : []),
  ]
  return [
    `Of ${pairs} cases on both sides ${worse} got worse and ${better} better (McNemar p = ${chanceText(p)}).`,
    `The mean score moved by ${points(score.mean)}, 95 % interval ${points(score.low)} to ${points(score.high)} (seed ${seed}, margin ${margin}).`,
    ...(repeatsToDecide === null ? [] : [`About ${repeatsToDecide} times as many repeats would decide it.`]),
    ...(apart.length > 0 ? [`Not compared: ${apart.join(', ')}.`] : []),
  ].join(' ')
}

/** A chance as people read it: `0.031`, and what is smaller than they need as `< 0.001`. */
export const chanceText = (p: number): string => (p < 0.001 ? '< 0.001' : p.toFixed(3))

const points = (share: number): string => `${share < 0 ? '−' : '+'}${Math.abs(share).toFixed(3)}`

const pairRow = ({ title, model, before, after, p }: CasePair): string =>
  `| ${markdownText(title)} | ${markdownText(model)} | ${rateText(before)} | ${rateText(after)} | ${p === null ? '' : chanceText(p)} |`

/** `passed` or `failed` of one result, `3/5` of several. */
export const rateText = ({ passes, total }: CasePair['before']): string =>
  total === 1 ? (passes === 1 ? 'passed' : 'failed') : `${passes}/${total}`
