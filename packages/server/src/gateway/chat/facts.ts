import {
  baselineOf,
  DAY_MS,
  prices as shippedPrices,
  pricesOn,
  pricesSource,
  SECOND_MS,
  timestamp,
  type PlanFacts,
  type PriceRow,
} from '@assay/core'
import type { GatewayParts, KeyHolder, WorkspaceNames, WorkspacePrices } from '../parts.ts'

/** How old the list of providers may be where it only tells the baseline, and a price. */
const KEPT_MS = 30 * SECOND_MS
const MOST_WORKSPACES = 10_000

/** What a workspace can call, what that costs it today, and the model its savings are told against. */
export type WorkspaceFacts = {
  configured: readonly string[]
  /** The workspace's own names for models. */
  aliases: WorkspaceNames['aliases']
  prices: readonly PriceRow[]
  /** Of the prices; kept with every request that was priced by them. */
  priceVersion: string
  baseline: PriceRow | null
  readAt: number
}

/** Reads and keeps what planning needs to know of each workspace. */
export const createFacts = (
  {
    credentials,
    now,
    prices: table = shippedPrices,
    priceBook,
    modelNames,
  }: Pick<GatewayParts, 'credentials' | 'now' | 'prices' | 'priceBook' | 'modelNames'>,
  known: readonly string[],
) => {
  const kept = new Map<string, { facts: WorkspaceFacts; book: WorkspacePrices; names: WorkspaceNames }>()
  const shipped: WorkspacePrices = { version: pricesSource.date, prices: table }
  const bookOf = (workspaceId: string) => (priceBook ? priceBook.of(workspaceId) : shipped)
  const namesOf = (workspaceId: string) => modelNames?.of(workspaceId) ?? noNames
  let day = { number: -1, text: '' }
  const today = (): string => {
    const number = Math.floor(now() / DAY_MS)
    if (number !== day.number) day = { number, text: timestamp(number * DAY_MS).slice(0, 10) }
    return day.text
  }

  const read = async (workspaceId: string): Promise<WorkspaceFacts> => {
    const [found, book, names] = await Promise.all([
      credentials.configured(workspaceId),
      bookOf(workspaceId),
      namesOf(workspaceId),
    ])
    const configured = inOrder(found.includes('sim') ? found : [...found, 'sim'], names.providerOrder)
    const prices = pricesOn(today(), book.prices)
    const baseline = baselineOf(prices, configured, today())
    const facts = { configured, aliases: names.aliases, prices, priceVersion: book.version, baseline, readAt: now() }
    kept.delete(workspaceId)
    if (kept.size >= MOST_WORKSPACES) kept.delete(kept.keys().next().value!)
    kept.set(workspaceId, { facts, book, names })
    return facts
  }

  return {
    today,
    read,
    /** The facts as they were at most half a minute ago; what was changed here counts at once. */
    recent: (workspaceId: string): WorkspaceFacts | Promise<WorkspaceFacts> => {
      const found = kept.get(workspaceId)
      const isRecent =
        found &&
        now() - found.facts.readAt < KEPT_MS &&
        found.book === bookOf(workspaceId) &&
        found.names === namesOf(workspaceId)
      return isRecent ? found.facts : read(workspaceId)
    },
    planFacts: (
      { allowedModels, allowedProviders }: Pick<KeyHolder, 'allowedModels' | 'allowedProviders'>,
      { configured, aliases, prices }: WorkspaceFacts,
    ): PlanFacts => ({ prices, configured, aliases, known, allowedModels, allowedProviders, today: today() }),
  }
}

const noNames: WorkspaceNames = { aliases: new Map(), providerOrder: [] }

/** The providers that the workspace prefers, in its order, then the others as they were. */
const inOrder = (configured: readonly string[], wanted: readonly string[]): readonly string[] =>
  wanted.length === 0
    ? configured
    : [
        ...wanted.filter((provider) => configured.includes(provider)),
        ...configured.filter((provider) => !wanted.includes(provider)),
      ]

export type Facts = ReturnType<typeof createFacts>
