import type { SystemScope } from '../scope.ts'

/** A known value under the master key; `kekId` is null in data from before keys had names. */
export type KeyCheck = { value: Uint8Array; kekId: string | null }

/** The value sealed under the master key on the first start; null before it. */
export const readKeyCheck = async ({ db }: SystemScope): Promise<KeyCheck | null> =>
  (await db.selectFrom('keyCheck').select(['value', 'kekId']).executeTakeFirst()) ?? null

/** Keeps the value by which later starts know the master key. */
export const writeKeyCheck = async ({ db }: SystemScope, check: KeyCheck): Promise<void> => {
  await db
    .insertInto('keyCheck')
    .values(check)
    .onConflict((conflict) => conflict.column('singleton').doUpdateSet(check))
    .execute()
}

/** How many rows can be opened only with the master key. */
export const countCiphertexts = async ({ db }: SystemScope): Promise<number> => {
  const { count } = await db
    .selectFrom('dataKeys')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return count
}
