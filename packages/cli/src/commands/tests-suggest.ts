import type { Command } from 'commander'
import type { Client } from '@assay/client'
import type { RegressionTest, Suggestion } from '@assay/core'
import { apiAction, withExample } from '../action.ts'
import { resolveId } from '../ids.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { usageError } from '../terminal/usage-error.ts'

type Options = {
  verify?: string
  accept?: string
  dismiss?: string
  propose?: boolean
  model?: string
  maxCost?: string
}

/** `assay tests suggest`: what would make tests better, and what to do about it. */
export const addSuggestCommand = (tests: Command, terminal: Terminal): void => {
  withExample(
    tests
      .command('suggest')
      .argument('[test]', 'Id, the beginning of it, or the name; without it all that are not retired.')
      .description('Show what would make tests better, as differences; nothing changes before it is accepted.')
      .option(
        '--verify <suggestion>',
        'See whether the changed test fails on the recorded answer and then passes twice.',
      )
      .option('--accept <suggestion>', 'Verify it, and apply it when that holds.')
      .option('--dismiss <suggestion>', 'Put it aside.')
      .option('--propose', 'Have a model propose an expectation, from redacted data only.')
      .option('--model <model>', 'With --propose: this one, instead of one whose key is set.')
      .option('--max-cost <usd>', 'With --propose: what it may cost at most (0.05).'),
    'assay tests suggest',
    'assay tests suggest regression_schema_mismatch --accept 0199c3f2',
    'assay tests suggest regression_schema_mismatch --propose --max-cost 0.02',
  ).action(
    apiAction(terminal, async ({ connect, out }, written: string | undefined, options: Options) => {
      const { verify, accept, dismiss, propose } = options
      const wishes = [verify, accept, dismiss, propose].filter((wish) => wish !== undefined)
      if (wishes.length > 1)
        throw usageError('--verify, --accept, --dismiss and --propose exclude each other.', 'Give one of them.')
      if (wishes.length > 0 && written === undefined) {
        throw usageError('The test is missing.', 'Name it: `assay tests suggest <test> --accept <suggestion>`.')
      }
      const { client } = await connect()
      const { suggestionsText, suggestionText } = await import('../print/suggestions.ts')
      const found = written === undefined ? await everyTest(client) : [await oneTest(client, written)]
      if (wishes.length > 0) {
        const [test] = found
        const params = { id: test!.id }
        const body = await wishOf(client, test!, options)
        const decided = await client.decideSuggestion({ params, body })
        out.show(decided, () => suggestionText(decided, out))
        return
      }
      const rows: { test: RegressionTest; suggestion: Suggestion }[] = []
      for (const test of found) {
        const { items } = await client.listSuggestions({ params: { id: test.id } })
        rows.push(...items.map((suggestion) => ({ test, suggestion })))
      }
      out.list(rows, () => suggestionsText(rows, out), 'Nothing to suggest.')
    }),
  )
}

const wishOf = async (
  client: Client,
  { id }: RegressionTest,
  { verify, accept, dismiss, model, maxCost }: Options,
): Promise<Parameters<Client['decideSuggestion']>[0]['body']> => {
  const resolve = (one: string) =>
    resolveId('suggestion', one, async () => {
      const { items } = await client.listSuggestions({ params: { id } })
      return { items: items.map((item) => ({ ...item, name: item.rule })), nextCursor: null }
    })
  if (verify !== undefined) return { verify: await resolve(verify) }
  if (accept !== undefined) return { accept: await resolve(accept) }
  if (dismiss !== undefined) return { dismiss: await resolve(dismiss) }
  const maxCostUsd = maxCost === undefined ? undefined : Number(maxCost)
  if (maxCostUsd !== undefined && !(maxCostUsd > 0)) {
    throw usageError(`--max-cost is an amount in dollars, but it is ${maxCost}.`, 'Try --max-cost 0.02.')
  }
  return { propose: { ...(model === undefined ? {} : { model }), ...(maxCostUsd === undefined ? {} : { maxCostUsd }) } }
}

const oneTest = async (client: Client, written: string): Promise<RegressionTest> => {
  const id = await resolveId('regression test', written, () => client.listRegressionTests({ query: { limit: 200 } }))
  return client.getRegressionTest({ params: { id } })
}

const everyTest = async (client: Client): Promise<RegressionTest[]> => {
  const tests: RegressionTest[] = []
  let cursor: string | null = null
  do {
    const page: Awaited<ReturnType<Client['listRegressionTests']>> = await client.listRegressionTests({
      query: { limit: 200, ...(cursor === null ? {} : { cursor }) },
    })
    tests.push(...page.items.filter(({ state }) => state !== 'retired'))
    cursor = page.nextCursor
  } while (cursor !== null)
  return tests
}
