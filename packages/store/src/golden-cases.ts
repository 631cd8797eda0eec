import type { GoldenCase, Page } from '@assay/core'
import { type Selectable, sql } from 'kysely'
import { decodeCursor, isBefore, limitOf, pageFrom, type PageOptions, TimePosition } from './cursor.ts'
import type { Database } from './schema.ts'
import type { WorkspaceScope } from './scope.ts'
import { storable } from './storable.ts'

/** How many voices like the answers to one prompt: one per request and voter. */
export const countUps = async ({ db, workspaceId }: WorkspaceScope, promptHash: string): Promise<number> => {
  const { ups } = await db
    .selectFrom('responseFeedback')
    .select(sql<number>`count(*)`.as('ups'))
    .where('workspaceId', '=', workspaceId)
    .where('promptHash', '=', promptHash)
    .where('vote', '=', 'up')
    .executeTakeFirstOrThrow()
  return ups
}

/** Offers a prompt, or says of an offer how many like it now; one that was put aside stays so. */
export const offerGoldenCase = async (
  { db, workspaceId }: WorkspaceScope,
  offer: GoldenCase & { promptHash: string },
): Promise<GoldenCase> => {
  const { requestId, promptPreview, model, ups, updatedAt } = storable(offer)
  const row = await db
    .insertInto('goldenCases')
    .values({ ...storable(offer), workspaceId })
    .onConflict((conflict) =>
      conflict.columns(['workspaceId', 'promptHash']).doUpdateSet({ requestId, promptPreview, model, ups, updatedAt }),
    )
    .returningAll()
    .executeTakeFirstOrThrow()
  return toGoldenCase(row)
}

/** Prompts that are liked, the newest first. */
export const listGoldenCases = async (
  { db, workspaceId }: WorkspaceScope,
  query: PageOptions & { state: GoldenCase['state'] },
): Promise<Page<GoldenCase>> => {
  const after = decodeCursor(query.cursor, TimePosition)
  const limit = limitOf(query)
  let select = db
    .selectFrom('goldenCases')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('state', '=', query.state)
  if (after !== undefined) select = select.where(isBefore(['createdAt', 'id'], after))
  const rows = await select
    .orderBy('createdAt', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute()
  return pageFrom(rows, { limit, item: toGoldenCase, position: ({ createdAt, id }) => [createdAt, id] })
}

/** One of them, held until the transaction ends; null when unknown. */
export const lockGoldenCase = async ({ db, workspaceId }: WorkspaceScope, id: string): Promise<GoldenCase | null> => {
  const row = await db
    .selectFrom('goldenCases')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst()
  return row ? toGoldenCase(row) : null
}

/** Says what a person decided. */
export const decideGoldenCase = async (
  { db, workspaceId }: WorkspaceScope,
  { id, ...decision }: Pick<GoldenCase, 'id' | 'state' | 'testId' | 'updatedAt'>,
): Promise<void> => {
  await db
    .updateTable('goldenCases')
    .set(decision)
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .execute()
}

const toGoldenCase = ({
  workspaceId: _workspaceId,
  promptHash: _promptHash,
  ...offer
}: Selectable<Database['goldenCases']>): GoldenCase => offer
