import type { PriceRow, PriceTable } from '@assay/core'
import { sql } from 'kysely'
import { json } from './schema.ts'
import type { WorkspaceScope } from './scope.ts'

/** The table that the workspace loaded last; null when it goes by the shipped one. */
export const loadedPrices = async ({ db, workspaceId }: WorkspaceScope): Promise<PriceTable | null> => {
  const row = await db
    .selectFrom('priceTables')
    .select(['version', 'date', 'source', 'prices'])
    .where('workspaceId', '=', workspaceId)
    .orderBy('loadedAt', 'desc')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row ?? null
}

/** So many tables of a workspace are kept to go back to. */
const KEPT_TABLES = 5

/** Puts a whole table in the place of the one before, which is kept. */
export const insertPriceTable = async (
  { db, workspaceId }: WorkspaceScope,
  { id, loadedAt, table }: { id: string; loadedAt: string; table: PriceTable },
): Promise<void> => {
  const { prices, ...rest } = table
  await db
    .insertInto('priceTables')
    .values({ ...rest, id, workspaceId, loadedAt, prices: json(prices) })
    .execute()
  const old = await db
    .selectFrom('priceTables')
    .select('id')
    .where('workspaceId', '=', workspaceId)
    .orderBy('loadedAt', 'desc')
    .orderBy('id', 'desc')
    .offset(KEPT_TABLES)
    .limit(100)
    .execute()
  if (old.length === 0) return
  await db
    .deleteFrom('priceTables')
    .where('workspaceId', '=', workspaceId)
    .where(
      'id',
      'in',
      old.map((row) => row.id),
    )
    .execute()
}

/** Takes the table away that was loaded last; false when none was. */
export const removeLastPriceTable = async ({ db, workspaceId }: WorkspaceScope): Promise<boolean> => {
  const last = await db
    .selectFrom('priceTables')
    .select('id')
    .where('workspaceId', '=', workspaceId)
    .orderBy('loadedAt', 'desc')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (!last) return false
  await db.deleteFrom('priceTables').where('workspaceId', '=', workspaceId).where('id', '=', last.id).execute()
  return true
}

/** The prices of the workspace's own, by name. */
export const listPriceOverrides = async ({ db, workspaceId }: WorkspaceScope): Promise<PriceRow[]> => {
  const rows = await db
    .selectFrom('priceOverrides')
    .select('price')
    .where('workspaceId', '=', workspaceId)
    .orderBy('provider')
    .orderBy('model')
    .execute()
  return rows.map(({ price }) => price)
}

/** Stores a price of the workspace's own in the place of the one before. */
export const savePriceOverride = async (
  { db, workspaceId }: WorkspaceScope,
  { price, now }: { price: PriceRow; now: string },
): Promise<void> => {
  const { provider, model } = price
  await db
    .insertInto('priceOverrides')
    .values({ workspaceId, provider, model, price: json(price), updatedAt: now })
    .onConflict((conflict) =>
      conflict.columns(['workspaceId', 'provider', 'model']).doUpdateSet({ price: json(price), updatedAt: now }),
    )
    .execute()
}

/** Takes a price of the workspace's own back; null when it had none. */
export const removePriceOverride = async (
  { db, workspaceId }: WorkspaceScope,
  { provider, model }: Pick<PriceRow, 'provider' | 'model'>,
): Promise<PriceRow | null> => {
  const row = await db
    .deleteFrom('priceOverrides')
    .where('workspaceId', '=', workspaceId)
    .where('provider', '=', provider)
    .where('model', '=', model)
    .returning('price')
    .executeTakeFirst()
  return row?.price ?? null
}

/** What the calls to a provider cost, by day (UTC) and model, from the hourly rollup. */
export const spendByDay = (
  { db, workspaceId }: WorkspaceScope,
  { provider, from, to }: { provider: string; from: string; to: string },
): Promise<{ day: string; model: string; requests: number; unpriced: number; costNanoUsd: number }[]> => {
  const day = sql<string>`to_char(hour at time zone 'UTC', 'YYYY-MM-DD')`
  return db
    .selectFrom('usageHour')
    .select([day.as('day'), 'model'])
    .select(({ fn }) => [
      fn.sum<number>('requests').as('requests'),
      fn.sum<number>('unpriced').as('unpriced'),
      fn.sum<number>('costNanoUsd').as('costNanoUsd'),
    ])
    .where('workspaceId', '=', workspaceId)
    .where('providerName', '=', provider)
    .where('hour', '>=', `${from}T00:00:00Z`)
    .where('hour', '<=', `${to}T23:59:59Z`)
    .groupBy([day, 'model'])
    .orderBy('day')
    .orderBy('model')
    .execute()
}
