import type { Command } from 'commander'
import { apiAction, withExample } from '../action.ts'
import { resolveId } from '../ids.ts'
import type { Terminal } from '../terminal/terminal.ts'

/** `assay tests trend`: is a test becoming slower, dearer or worse? */
export const addTrendCommand = (tests: Command, terminal: Terminal): void => {
  withExample(
    tests
      .command('trend')
      .argument('<id>', 'Id, the beginning of it, or the name.')
      .description(
        'Show duration, time to first token, tokens and cost of a test by version, and where it became slower or failed.',
      ),
    'assay tests trend regression_schema_mismatch',
  ).action(
    apiAction(terminal, async ({ connect, out }, written: string) => {
      const { client } = await connect()
      const { trendText } = await import('../print/test-trend.ts')
      const list = () => client.listRegressionTests({ query: { limit: 200 } })
      const { items } = await client.getTestTrend({ params: { id: await resolveId('regression test', written, list) } })
      out.list(items, () => trendText(items, { out, now: terminal.now() }), 'It has not run yet.')
    }),
  )
}
