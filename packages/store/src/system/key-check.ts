import type { SystemScope } from '../scope.ts'

/** The value sealed under the master key on the first start; null before it. */
export const readKeyCheck = async ({ db }: SystemScope): Promise<Uint8Array | null> =>
  (await db.selectFrom('keyCheck').select('value').executeTakeFirst())?.value ?? null

/** Keeps the value by which later starts know the master key. */
export const writeKeyCheck = async ({ db }: SystemScope, value: Uint8Array): Promise<void> => {
  await db
    .insertInto('keyCheck')
    .values({ value })
    .onConflict((conflict) => conflict.column('singleton').doUpdateSet({ value }))
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
