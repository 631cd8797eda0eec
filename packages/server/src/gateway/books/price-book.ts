import { createHash } from 'node:crypto'
import { overridePrices, shippedTable, type PriceRow, type PriceTable } from '@assay/core'
import { listPriceOverrides, loadedPrices, type Store } from '@assay/store'
import { keepRecent } from '../keys/recent.ts'
import type { WorkspacePrices } from '../parts.ts'

/** What a workspace goes by: the table, and what it changed in it. */
export type OpenBook = WorkspacePrices & { table: PriceTable; overrides: readonly PriceRow[]; isLoaded: boolean }

/** The prices of each workspace. */
export const createPriceBook = ({ store, now }: { store: Pick<Store, 'inWorkspace'>; now: () => number }) => {
  const { read: open, ...recent } = keepRecent<OpenBook>({
    now,
    read: async (workspaceId) => {
      const { loaded, overrides } = await store.inWorkspace(workspaceId, async (scope) => ({
        loaded: await loadedPrices(scope),
        overrides: await listPriceOverrides(scope),
      }))
      const table = loaded ?? shippedTable
      return {
        version: versionOf(table, overrides),
        prices: overridePrices(table.prices, overrides),
        table,
        overrides,
        isLoaded: loaded !== null,
      }
    },
  })
  return { ...recent, open }
}

export type PriceBooks = ReturnType<typeof createPriceBook>

/** Names the very prices a request was told its cost by. */
const versionOf = ({ version }: PriceTable, overrides: readonly PriceRow[]): string =>
  overrides.length === 0
    ? version
    : `${version}+${createHash('sha256').update(JSON.stringify(overrides)).digest('hex').slice(0, 8)}`
