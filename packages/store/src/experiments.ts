import type { Experiment, Observation, Page } from '@assay/core'
import { type Selectable, sql } from 'kysely'
import { decodeCursor, isBefore, limitOf, pageFrom, type PageOptions, TimePosition } from './cursor.ts'
import { type Database, json } from './schema.ts'
import type { WorkspaceScope } from './scope.ts'
import { storable } from './storable.ts'

/** Keeps an experiment; null when its name is taken. */
export const insertExperiment = async (
  { db, workspaceId }: WorkspaceScope,
  given: Experiment,
): Promise<Experiment | null> => {
  const experiment = storable(given)
  const { arms, design, scope } = experiment
  const row = await db
    .insertInto('experiments')
    .values({
      ...experiment,
      workspaceId,
      source: scope.source,
      seenUntil: null,
      arms: json(arms),
      design: json(design),
      scope: json(scope),
    })
    .onConflict((conflict) => conflict.columns(['workspaceId', 'name']).doNothing())
    .returningAll()
    .executeTakeFirst()
  return row ? toExperiment(row) : null
}

/** The experiments of the workspace, newest first. */
export const listExperiments = async (
  { db, workspaceId }: WorkspaceScope,
  query: PageOptions & { state?: Experiment['state'] | undefined; source?: Experiment['scope']['source'] },
): Promise<Page<Experiment>> => {
  const after = decodeCursor(query.cursor, TimePosition)
  const limit = limitOf(query)
  let select = db.selectFrom('experiments').selectAll().where('workspaceId', '=', workspaceId)
  if (query.state !== undefined) select = select.where('state', '=', query.state)
  if (query.source !== undefined) select = select.where('source', '=', query.source)
  if (after !== undefined) select = select.where(isBefore(['createdAt', 'id'], after))
  const rows = await select
    .orderBy('createdAt', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute()
  return pageFrom(rows, { limit, item: toExperiment, position: ({ createdAt, id }) => [createdAt, id] })
}

/** One experiment; null when unknown. */
export const findExperiment = async ({ db, workspaceId }: WorkspaceScope, id: string): Promise<Experiment | null> => {
  const row = await db
    .selectFrom('experiments')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row ? toExperiment(row) : null
}

/** Says where a running experiment stands; null when it has ended or is unknown. */
export const updateExperiment = async (
  { db, workspaceId }: WorkspaceScope,
  {
    id,
    ...changes
  }: { id: string } & Partial<Pick<Experiment, 'state' | 'verdict' | 'reason' | 'samples' | 'costNanoUsd' | 'endedAt'>>,
): Promise<Experiment | null> => {
  const row = await db
    .updateTable('experiments')
    .set(storable(changes))
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .where('state', '=', 'running')
    .returningAll()
    .executeTakeFirst()
  return row ? toExperiment(row) : null
}

/** Removes an experiment with what it has seen; null when unknown. */
export const removeExperiment = async ({ db, workspaceId }: WorkspaceScope, id: string): Promise<Experiment | null> => {
  const row = await db
    .deleteFrom('experiments')
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst()
  return row ? toExperiment(row) : null
}

/** One outcome to keep; `sourceId` is the request it was seen on. */
export type NewObservation = Observation & { sourceId: string | null; costNanoUsd: number | null; at: string }

/** Keeps outcomes; of one unit and arm the first one counts, whatever comes later. */
export const saveObservations = async (
  { db, workspaceId }: WorkspaceScope,
  experimentId: string,
  observations: readonly NewObservation[],
): Promise<void> => {
  if (observations.length === 0) return
  await db
    .insertInto('experimentObservations')
    .values(observations.map((one) => ({ ...storable(one), workspaceId, experimentId })))
    .onConflict((conflict) => conflict.columns(['experimentId', 'arm', 'unit']).doNothing())
    .execute()
}

/** What an experiment has seen, in that order. */
export const listObservations = ({ db, workspaceId }: WorkspaceScope, experimentId: string): Promise<Observation[]> =>
  db
    .selectFrom('experimentObservations')
    .select(['arm', 'unit', 'passed'])
    .where('workspaceId', '=', workspaceId)
    .where('experimentId', '=', experimentId)
    .orderBy('place')
    .execute()

/** The newest request that was looked at for an experiment on traffic. */
export const readSeenUntil = async ({ db, workspaceId }: WorkspaceScope, id: string): Promise<string | null> => {
  const row = await db
    .selectFrom('experiments')
    .select('seenUntil')
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row?.seenUntil ?? null
}

/** Says up to where the requests were looked at. */
export const setSeenUntil = async (
  { db, workspaceId }: WorkspaceScope,
  { id, seenUntil }: { id: string; seenUntil: string },
): Promise<void> => {
  await db
    .updateTable('experiments')
    .set({ seenUntil })
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .execute()
}

/** A request that took part, as it is judged. */
export type TriedRequest = {
  id: string
  arm: string
  unit: string
  status: 'completed' | 'failed' | 'cancelled'
  costNanoUsd: number | null
  at: string
  vote: 'up' | 'down' | null
}

/**
 * The requests that took part in an experiment since a time, the oldest first, with what people said of them. By the
 * tags that the gateway gave them.
 */
export const listTriedRequests = async (
  { db, workspaceId }: WorkspaceScope,
  { experimentId, since, limit }: { experimentId: string; since: string; limit: number },
): Promise<TriedRequest[]> => {
  const { rows } = await sql<TriedRequest>`
    select requests.id, requests.tags ->> 'arm' as arm, coalesce(requests.conversation_id, requests.id::text) as unit,
      requests.status, requests.cost_nano_usd, requests.at, said.vote
    from requests
    left join lateral (
      select vote from response_feedback one
      where one.workspace_id = ${workspaceId} and one.request_id = requests.id
      order by created_at desc limit 1
    ) said on true
    where requests.workspace_id = ${workspaceId} and requests.day >= ${since.slice(0, 10)} and requests.at >= ${since}
      and requests.tags ->> 'experiment' = ${experimentId}
    order by requests.at, requests.id limit ${limit}
  `.execute(db)
  return rows
}

const toExperiment = ({
  workspaceId: _workspaceId,
  source: _source,
  seenUntil: _seenUntil,
  ...experiment
}: Selectable<Database['experiments']>): Experiment => experiment
