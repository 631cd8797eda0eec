import { createHash } from 'node:crypto'
import { overridePrices, SECOND_MS, shippedTable, type PriceRow, type PriceTable } from '@assay/core'
import { listPriceOverrides, loadedPrices, type Store } from '@assay/store'
import type { WorkspacePrices } from '../parts.ts'

/** How old prices may be on another process than the one that changed them. */
const KEPT_MS = 30 * SECOND_MS
const MOST_WORKSPACES = 1_000

/** What a workspace goes by: the table, and what it changed in it. */
export type OpenBook = WorkspacePrices & { table: PriceTable; overrides: readonly PriceRow[]; isLoaded: boolean }

/** The prices of each workspace, kept for half a minute; the last good ones stay while the database does not answer. */
export const createPriceBook = ({ store, now }: { store: Pick<Store, 'inWorkspace'>; now: () => number }) => {
  const kept = new Map<string, { readAt: number; book: OpenBook }>()

  const open = async (workspaceId: string): Promise<OpenBook> => {
    const { loaded, overrides } = await store.inWorkspace(workspaceId, async (scope) => ({
      loaded: await loadedPrices(scope),
      overrides: await listPriceOverrides(scope),
    }))
    const table = loaded ?? shippedTable
    const book = {
      version: versionOf(table, overrides),
      prices: overridePrices(table.prices, overrides),
      table,
      overrides,
      isLoaded: loaded !== null,
    }
    if (kept.size >= MOST_WORKSPACES) kept.delete(kept.keys().next().value!)
    kept.set(workspaceId, { readAt: now(), book })
    return book
  }

  const lastGood = (workspaceId: string, error: unknown): OpenBook => {
    const last = kept.get(workspaceId)
    if (!last) throw error
    last.readAt = now()
    return last.book
  }

  return {
    open,
    of: (workspaceId: string): OpenBook | Promise<OpenBook> => {
      const found = kept.get(workspaceId)
      if (found && now() - found.readAt < KEPT_MS) return found.book
      return open(workspaceId).catch((error: unknown) => lastGood(workspaceId, error))
    },
    /** Prices were changed; null: perhaps those of any workspace. */
    forget: (workspaceId: string | null): void => {
      if (workspaceId === null) kept.clear()
      else kept.delete(workspaceId)
    },
  }
}

export type PriceBooks = ReturnType<typeof createPriceBook>

/** Names the very prices a request was told its cost by. */
const versionOf = ({ version }: PriceTable, overrides: readonly PriceRow[]): string =>
  overrides.length === 0
    ? version
    : `${version}+${createHash('sha256').update(JSON.stringify(overrides)).digest('hex').slice(0, 8)}`
