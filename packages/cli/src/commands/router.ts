import { type Command, InvalidArgumentError } from 'commander'
import type { Price, PriceRefresh } from '@assay/core'
import { apiAction, withExample } from '../action.ts'
import { type ListOptions, readPages, withLimit } from '../pages.ts'
import { fields } from '../print/table.ts'
import { aliasCommands } from './router-aliases.ts'
import type { Terminal } from '../terminal/terminal.ts'

type SetOptions = {
  input?: number
  output?: number
  cacheRead?: number
  cacheWrite5m?: number
  cacheWrite1h?: number
  reasoning?: number
}
type RefreshOptions = { from: string; yes?: boolean; dryRun?: boolean; allowLargeChanges?: boolean }

/** `assay router`: how requests are routed, and what the models cost. */
export const routerCommand = (program: Command, terminal: Terminal): void => {
  const router = program.command('router').description('Look into how requests are routed and priced.')
  aliasCommands(router, terminal)
  const prices = router.command('prices').description('See and change what models cost.')

  withExample(
    withLimit(
      prices
        .command('list')
        .argument('[text]', 'Part of provider/model.')
        .description('List the prices that hold today.')
        .option('--provider <provider>', 'Only of this provider.')
        .option('--own', 'Only those you set yourself.'),
    ),
    'assay router prices list opus',
  ).action(
    apiAction(
      terminal,
      async (
        { connect, out },
        text: string | undefined,
        options: ListOptions & { provider?: string; own?: boolean },
      ) => {
        const { priceTable } = await import('../print/prices.ts')
        const filter = {
          ...(text ? { text } : {}),
          ...(options.provider ? { provider: options.provider } : {}),
          ...(options.own ? { origin: 'override' as const } : {}),
        }
        const { client } = await connect()
        const rows = await readPages(options, (page) => client.listPrices({ query: { ...filter, ...page } }))
        out.list(rows, () => priceTable(rows, out), 'No price matches.')
      },
    ),
  )

  withExample(
    prices.command('show').argument('<model>', 'provider/model.').description('Show all of one price.'),
    'assay router prices show openai/gpt-5.4',
  ).action(
    apiAction(terminal, async ({ connect, out }, written: string) => {
      const { priceFields } = await import('../print/prices.ts')
      const { provider, model } = await nameOf(written)
      const { client } = await connect()
      const { items, table } = await client.listPrices({
        query: { provider, text: `${provider}/${model}`, limit: 200 },
      })
      const found = items.find((price) => price.model === model)
      if (!found) {
        const { AssayError } = await import('@assay/core')
        throw new AssayError('resource.not_found', { what: 'price', id: written })
      }
      out.show(found, (price) => fields(priceFields(price), out.colours))
      out.note(`Table ${table.version} of ${table.date}.`)
    }),
  )

  const setter = prices
    .command('set')
    .argument('<model>', 'provider/model.')
    .description('Set a price of your own, in dollars per million tokens; what is left out stays as it is.')
    .option('--input <usd>', 'Tokens put in.', nanoUsdOf)
    .option('--output <usd>', 'Tokens answered.', nanoUsdOf)
    .option('--cache-read <usd>', 'Tokens read from a cache.', nanoUsdOf)
    .option('--cache-write-5m <usd>', 'Tokens written to a cache for five minutes.', nanoUsdOf)
    .option('--cache-write-1h <usd>', 'Tokens written to a cache for an hour.', nanoUsdOf)
    .option('--reasoning <usd>', 'Tokens of reasoning.', nanoUsdOf)
  withExample(setter, 'assay router prices set compatible/our-llama --input 0.2 --output 0.4').action(
    apiAction(terminal, async ({ connect, out }, written: string, options: SetOptions) => {
      const name = await nameOf(written)
      const given = pricesOf(options)
      const { client } = await connect()
      const { items } = await client.listPrices({ query: { provider: name.provider, text: written, limit: 200 } })
      const isKnown = items.some(({ model }) => model === name.model)
      const { input, output } = given
      const { AssayError } = await import('@assay/core')
      if (Object.keys(given).length === 0 || (!isKnown && (input === undefined || output === undefined))) {
        throw new AssayError('usage.invalid', {
          reason: isKnown
            ? 'There is nothing to set.'
            : `${written} has no price yet, so it needs --input and --output.`,
          example: `assay router prices set ${written} --input 0.2 --output 0.4`,
        })
      }
      const price = isKnown
        ? await client.changePrice({ body: { ...name, ...given } })
        : await client.setPrice({ body: { ...name, ...given, input: input!, output: output! } })
      out.show(price, saidOf)
    }),
  )

  withExample(
    prices.command('unset').argument('<model>', 'provider/model.').description('Take back a price of your own.'),
    'assay router prices unset compatible/our-llama',
  ).action(
    apiAction(terminal, async ({ connect, out }, written: string) => {
      const name = await nameOf(written)
      const { client } = await connect()
      const unset = await client.unsetPrice({ query: name })
      out.show(unset, ({ price }) => (price ? saidOf(price) : `${written} has no price now.`))
    }),
  )

  withExample(
    prices
      .command('refresh')
      .description('Load a whole price table: our own format, or the file that LiteLLM publishes. Shows what changes.')
      .requiredOption('--from <place>', 'A file or an address.')
      .option('--yes', 'Load it; without this it is only shown.')
      .option('--dry-run', 'Only show what would change.')
      .option('--allow-large-changes', 'Load it although a price changes more than tenfold.'),
    'assay router prices refresh --from prices.json --yes',
  ).action(
    apiAction(terminal, async ({ connect, out }, { from, yes, dryRun, allowLargeChanges = false }: RefreshOptions) => {
      const [{ readTable }, { refreshText }] = await Promise.all([
        import('../price-file.ts'),
        import('../print/prices.ts'),
      ])
      const { client } = await connect()
      const table = await readTable(from, { client, terminal })
      const isDry = dryRun === true || yes !== true
      const refresh: PriceRefresh = await client.refreshPrices({ body: { table, dryRun: isDry, allowLargeChanges } })
      out.show(refresh, () => refreshText(refresh, out))
      if (isDry) out.note('Nothing was changed; --yes loads it.')
    }),
  )

  withExample(
    prices
      .command('revert')
      .description('Go back to the table before the last one that was loaded.')
      .option('--yes', 'Do it.'),
    'assay router prices revert --yes',
  ).action(
    apiAction(terminal, async ({ connect, out }, { yes }: { yes?: boolean }) => {
      if (!yes) {
        const { AssayError } = await import('@assay/core')
        throw new AssayError('usage.invalid', {
          reason: 'This changes all prices.',
          example: 'assay router prices revert --yes',
        })
      }
      const { client } = await connect()
      out.show(await client.revertPrices(), ({ version, date }) => `Prices are those of ${version} (${date}) again.`)
    }),
  )
}

const nameOf = async (written: string): Promise<{ provider: string; model: string }> => {
  const slash = written.indexOf('/')
  if (slash > 0 && slash < written.length - 1) {
    const { canonicalProvider } = await import('@assay/core')
    return { provider: canonicalProvider(written.slice(0, slash)), model: written.slice(slash + 1) }
  }
  const { AssayError } = await import('@assay/core')
  throw new AssayError('usage.invalid', { reason: `${written} is no provider/model.`, example: 'openai/gpt-5.4' })
}

const pricesOf = (options: SetOptions): SetOptions => {
  const names = ['input', 'output', 'cacheRead', 'cacheWrite5m', 'cacheWrite1h', 'reasoning'] as const
  return Object.fromEntries(names.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])))
}

const saidOf = ({ provider, model, input, output }: Price): string =>
  `${provider}/${model} costs $${input / 1e9} in and $${output / 1e9} out, per million tokens.`

function nanoUsdOf(written: string): number {
  const nano = Math.round(Number(written) * 1e9)
  if (/^\d*\.?\d{1,9}$/.test(written) && Number.isSafeInteger(nano)) return nano
  throw new InvalidArgumentError('It is an amount in dollars, such as 2.5.')
}
