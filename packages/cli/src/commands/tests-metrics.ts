import type { Command } from 'commander'
import { apiAction, withExample } from '../action.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { wholeNumber } from './test/options.ts'

/** `assay tests metrics`: how well the regression tests do their work. */
export const addMetricsCommand = (tests: Command, terminal: Terminal): void => {
  withExample(
    tests
      .command('metrics')
      .description(
        'Show the figures of success: coverage, pass rate, confidence, prevented, self-healing, regressions.',
      )
      .option('--days <count>', 'The window, up to now.', wholeNumber, 30),
    'assay tests metrics',
    'assay tests metrics --days 7 --json',
  ).action(
    apiAction(terminal, async ({ connect, out }, { days }: { days: number }) => {
      const { client } = await connect()
      const { metricsText } = await import('../print/test-metrics.ts')
      const metrics = await client.getTestMetrics({ query: { days } })
      out.show(metrics, () => metricsText(metrics, { out, days }))
    }),
  )
}
