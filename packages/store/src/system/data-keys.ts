import type { DataKeyRow } from '../data-keys.ts'
import type { SystemScope } from '../scope.ts'

/** How many data keys each master key opens. */
export const countDataKeys = ({ db }: SystemScope): Promise<{ kekId: string; dataKeys: number }[]> =>
  db
    .selectFrom('dataKeys')
    .select(({ fn }) => ['kekId', fn.countAll<number>().as('dataKeys')])
    .groupBy('kekId')
    .orderBy('kekId')
    .execute()

/** The next data keys that another master key than the given one opens, of whatever workspace, by their ids. */
export const listDataKeysOfOthers = (
  { db }: SystemScope,
  { kekId, after, limit }: { kekId: string; after: string | null; limit: number },
): Promise<DataKeyRow[]> =>
  db
    .selectFrom('dataKeys')
    .select(['id', 'workspaceId', 'kekId', 'wrapped', 'createdAt'])
    .where('kekId', '<>', kekId)
    .$if(after !== null, (query) => query.where('id', '>', after!))
    .orderBy('id')
    .limit(limit)
    .execute()
