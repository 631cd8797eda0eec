import type { ComparisonVerdict } from '@assay/core'
import { plural } from '../words.ts'

/** What the comparison of two runs says. */
export const comparisonWords = {
  title: 'Against an earlier run',
  with: 'Compare with',
  choose: 'Choose a run',
  none: 'Choose an earlier run of this suite, or keep one as the baseline.',
  verdicts: {
    regression: 'Regression',
    improved: 'Improved',
    noise: 'Noise',
    'not-enough-data': 'Not enough data',
  } satisfies Record<ComparisonVerdict, string>,
  sentences: {
    regression: 'It got worse, and that is more than chance.',
    improved: 'It got better, and that is more than chance.',
    noise: 'Nothing changed that matters.',
    'not-enough-data': 'What changed could be chance.',
  } satisfies Record<ComparisonVerdict, string>,
  pairs: (pairs: number, worse: number, better: number, p: number) =>
    `Of ${plural(pairs, 'case')} on both sides ${worse} got worse and ${better} better (McNemar p = ${p.toFixed(3)}).`,
  score: ({ mean, low, high }: { mean: number; low: number; high: number }) =>
    `The mean score moved by ${signed(mean)}, 95 % interval ${signed(low)} to ${signed(high)}.`,
  repeats: (times: number) => `About ${times} times as many repeats would decide it.`,
  moved: 'Cases that moved',
  case: 'Case',
  before: 'Before',
  after: 'Now',
  rate: ({ passes, total }: { passes: number; total: number }) => `${passes} of ${total}`,
  chance: (p: number) => `p = ${p.toFixed(3)}`,
  more: (count: number) => `${plural(count, 'more case')} moved.`,
  added: (count: number, titles: readonly string[]) => `New: ${listed(count, titles)}`,
  removed: (count: number, titles: readonly string[]) => `Removed: ${listed(count, titles)}`,
  changed: (count: number, titles: readonly string[]) => `With other checks, not compared: ${listed(count, titles)}`,
} as const

const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`

const listed = (count: number, titles: readonly string[]): string =>
  `${titles.join(', ')}${count > titles.length ? ` and ${count - titles.length} more` : ''}`
