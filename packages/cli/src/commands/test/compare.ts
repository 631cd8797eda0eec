import type { Command } from 'commander'
import type { Comparison } from '@assay/core'
import { action, withExample } from '../../action.ts'
import type { Terminal } from '../../terminal/terminal.ts'
import { countFromZero, share } from './options.ts'

type CompareOptions = { margin?: number; seed?: number; commentFile?: string }

const REGRESSION = 100

/** `assay test compare`: two runs or baselines, and whether what changed is more than chance. */
export const compareCommand = (test: Command, terminal: Terminal): void => {
  withExample(
    test
      .command('compare')
      .argument('<before>', 'A baseline, or the id of a run.')
      .argument('<after>', 'A baseline, or the id of a run.')
      .description('Compare two runs case by case; ends with 100 when the second one is a regression.')
      .option('--margin <share>', 'A change of the score within this is none (0.05).', share)
      .option('--seed <number>', 'Seed of the interval (1).', countFromZero)
      .option('--comment-file <file>', 'Write a comment for a pull request, with a mark to find it again.'),
    'assay test compare main 01930000-0000-7000-8000-000000000000 --margin 0.02',
  ).action(
    action(terminal, async ({ out }, before: string, after: string, options: CompareOptions) => {
      const [{ compareRuns, readConfig }, { comparisonMarkdown, readRunSide }, { comparisonOptions }] =
        await Promise.all([import('@assay/core'), import('@assay/runner'), import('./baseline.ts')])
      const folder = readConfig(terminal.environment).ASSAY_DATA
      const sides = { before: await readRunSide(folder, before), after: await readRunSide(folder, after) }
      const comparison = compareRuns(sides, comparisonOptions(options))
      if (options.commentFile !== undefined) {
        const { writeComment } = await import('./listeners.ts')
        writeComment(options.commentFile, { name: 'compare', text: `${comparisonMarkdown(comparison, { before })}\n` })
      }
      const { comparisonText } = await import('../../print/comparison.ts')
      out.show<Comparison>(comparison, () => comparisonText(comparison, { before, ...out }))
      return comparison.verdict === 'regression' ? REGRESSION : 0
    }),
  )
}
