import { type Command, InvalidArgumentError } from 'commander'
import type { Reconciled } from '@assay/core'
import { apiAction, type ActionContext, withExample } from '../action.ts'
import { table } from '../print/table.ts'
import type { Terminal } from '../terminal/terminal.ts'

type ReconcileOptions = { bill: string; provider: string; over: number; all?: boolean }

const DIFFERS = 1

/** `assay report`: figures for people and their books. */
export const reportCommand = (program: Command, terminal: Terminal): void => {
  const report = program.command('report').description('Make reports from what went through the gateway.')

  withExample(
    report
      .command('reconcile')
      .description(
        "Compare a provider's bill with what the gateway booked, by day and model; ends with 1 when they differ.",
      )
      .requiredOption('--bill <csv>', 'The export of costs from the provider, with days, models and dollars.')
      .requiredOption('--provider <provider>', 'Whose bill it is.')
      .option('--over <percent>', 'Show differences over this.', percentOf, 1)
      .option('--all', 'Show also what agrees.'),
    'assay report reconcile --bill costs.csv --provider openai',
  ).action(
    apiAction(terminal, async ({ connect, out }, { bill: path, provider, over, all = false }: ReconcileOptions) => {
      const { canonicalProvider, readBill, reconcile } = await import('@assay/core')
      const bill = readBill(await readText(path))
      const name = canonicalProvider(provider)
      const days = bill.map(({ day }) => day).toSorted()
      const [from, to] = [days[0], days.at(-1)]
      if (from === undefined || to === undefined) {
        out.note('The bill has no line with a model and an amount.')
        return 0
      }
      const { client } = await connect()
      const { items } = await client.listSpend({ query: { provider: name, from, to } })
      const rows = reconcile(bill, items, { provider: name, overPercent: over })
      const differing = rows.filter(({ isOver }) => isOver)
      const shown = all ? rows : differing
      out.list(
        shown,
        () => billTable(shown, out),
        `The bill and the gateway agree on ${rows.length} days and models, within ${over} %.`,
      )
      if (differing.length > 0)
        out.note(`${differing.length} of ${rows.length} days and models differ by more than ${over} %.`)
      return differing.length > 0 ? DIFFERS : 0
    }),
  )
}

const billTable = (rows: readonly Reconciled[], out: ActionContext['out']): string =>
  table(
    rows,
    [
      { name: 'day', cell: ({ day }) => day },
      { name: 'model', cell: ({ model }) => model, flexible: true },
      { name: 'bill', align: 'right', cell: ({ billNanoUsd }) => usd(billNanoUsd) },
      { name: 'gateway', align: 'right', cell: ({ oursNanoUsd }) => usd(oursNanoUsd) },
      {
        name: 'difference',
        align: 'right',
        cell: ({ differencePercent }) =>
          differencePercent === null
            ? 'not billed'
            : `${differencePercent > 0 ? '+' : ''}${differencePercent.toFixed(1)} %`,
        paint: (text, { isOver }) => (isOver ? out.colours.yellow(text) : text),
      },
      { name: 'unpriced', align: 'right', cell: ({ unpriced }) => (unpriced > 0 ? String(unpriced) : '') },
    ],
    out,
  )

const usd = (nano: number | null): string => (nano === null ? '—' : `$${(nano / 1e9).toFixed(4)}`)

const readText = async (path: string): Promise<string> => {
  const { readFile } = await import('node:fs/promises')
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const { AssayError } = await import('@assay/core')
    const reason = `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}.`
    throw new AssayError('usage.invalid', { reason, example: '--bill costs.csv' }, { cause: error })
  }
}

function percentOf(written: string): number {
  const percent = Number(written)
  if (written.trim() !== '' && percent >= 0) return percent
  throw new InvalidArgumentError('It is a percentage, such as 1.')
}
