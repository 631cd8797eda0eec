import { type Page, RequestRecord, type RequestFilter } from '@assay/core'
import { type Selectable, type SelectQueryBuilder, sql } from 'kysely'
import { decodeCursor, encodeCursor, isBefore, limitOf, pageFrom, type PageOptions, TimePosition } from './cursor.ts'
import { dayWindows } from './day-windows.ts'
import type { Database } from './schema.ts'
import type { WorkspaceScope } from './scope.ts'

/** What the request log can be asked for. */
export type RequestQuery = PageOptions & { [Name in keyof RequestFilter]?: RequestFilter[Name] | undefined }

/** So long a page is looked for; then what was found is given, and the cursor goes on from there. */
const LONGEST_SEARCH_MS = 1_500

/**
 * The request log of the workspace, newest first. The newest days are looked through first, so that a page of a filter
 * that many requests fit touches one partition; where few fit, the page comes short and its cursor goes on.
 */
export const listRequests = async (
  scope: WorkspaceScope,
  query: RequestQuery,
  { clock = () => performance.now() }: { clock?: () => number } = {},
): Promise<Page<RequestRecord>> => {
  const after = decodeCursor(query.cursor, TimePosition)
  const limit = limitOf(query)
  const matching = filtered(scope, query)
  const startedAt = clock()
  const rows: Selectable<Database['requests']>[] = []
  const windows = dayWindows(scope.partitions, {
    newest: earlier(after?.[0], query.until),
    oldest: query.since,
  })
  let tookMs = 0
  for (let next = windows(tookMs); next !== null; next = windows(tookMs)) {
    const { from, to } = next
    const windowAt = clock()
    let select = matching
    if (from !== null) select = select.where('day', '>=', from)
    if (to !== null) select = select.where('day', '<=', to)
    if (after !== undefined) select = select.where(isBefore(['at', 'id'], after))
    const found = await select
      .orderBy('at', 'desc')
      .orderBy('id', 'desc')
      .limit(limit + 1 - rows.length)
      .execute()
    rows.push(...found)
    if (rows.length > limit || from === null) break
    tookMs = clock() - windowAt
    if (clock() - startedAt > LONGEST_SEARCH_MS) {
      const page = pageFrom(rows, { limit: rows.length, item: toRequestRecord, position: ({ at, id }) => [at, id] })
      return { ...page, nextCursor: cursorBefore(from) }
    }
  }
  return pageFrom(rows, { limit, item: toRequestRecord, position: ({ at, id }) => [at, id] })
}

/** One request; null when the workspace has none with this id. */
export const findRequest = async ({ db, workspaceId }: WorkspaceScope, id: string): Promise<RequestRecord | null> => {
  const row = await db
    .selectFrom('requests')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row ? toRequestRecord(row) : null
}

/** The UTC day of a moment, which names its partition. */
export const dayOf = (at: string): string => at.slice(0, 10)

/** A text in which `like` finds no wildcard. */
export const escapeLike = (text: string): string => text.replaceAll(/[\\%_]/g, '\\$&')

type Select = SelectQueryBuilder<Database, 'requests', Selectable<Database['requests']>>

const filtered = ({ db, workspaceId }: WorkspaceScope, query: RequestQuery): Select => {
  const { status, model, provider, key, complexity, cache, errorCode, tag, conversation, text, since, until } = query
  let select = db.selectFrom('requests').selectAll().where('requests.workspaceId', '=', workspaceId)
  if (status !== undefined) {
    select = select.where('status', '=', status)
    // Said a second time so that the index of what did not end well is known to hold all that is asked for.
    if (status !== 'completed') select = select.where('status', '<>', 'completed')
  }
  if (provider !== undefined) select = select.where('providerName', '=', provider)
  if (model !== undefined) {
    select = select.where((eb) => eb.or([eb('requestModel', '=', model), eb('responseModel', '=', model)]))
  }
  if (key !== undefined) select = select.where('keyId', '=', key)
  if (complexity !== undefined) select = select.where('complexity', '=', complexity)
  if (cache !== undefined) select = select.where('cache', '=', cache)
  if (errorCode !== undefined) select = select.where('errorCode', '=', errorCode).where('status', '<>', 'completed')
  if (tag !== undefined) select = select.where(hasTag(tag))
  if (conversation !== undefined) select = select.where('conversationId', '=', conversation)
  if (text !== undefined) select = select.where(says(text))
  if (since !== undefined) select = select.where('at', '>=', since)
  if (until !== undefined) select = select.where('at', '<', until)
  return select
}

const hasTag = (tag: string) => {
  const equals = tag.indexOf('=')
  return equals < 0
    ? sql<boolean>`jsonb_exists(requests.tags, ${tag})`
    : sql<boolean>`requests.tags ->> ${tag.slice(0, equals)}::text = ${tag.slice(equals + 1)}`
}

const says = (text: string) => {
  const pattern = `%${escapeLike(text)}%`
  return sql<boolean>`(requests.prompt_preview ilike ${pattern} or exists (
    select 1 from request_bodies body
    where body.id = requests.id and body.day = requests.day and body.workspace_id = requests.workspace_id
      and (body.request ->> 'messages' ilike ${pattern} or body.answer ->> 'text' ilike ${pattern})
  ))`
}

const earlier = (one: string | undefined, other: string | undefined): string | undefined =>
  one === undefined || (other !== undefined && other < one) ? other : one

/** Everything of the days before this one: it stands on the day before, so that this one is not looked through again. */
const cursorBefore = (day: string): string => encodeCursor([new Date(Date.parse(day) - 1).toISOString(), HIGHEST_ID])

const HIGHEST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff'

const columns = Object.keys(RequestRecord.shape) as (keyof RequestRecord)[]

/** The columns that the log tells; a later version may have more. */
const toRequestRecord = (row: Selectable<Database['requests']>): RequestRecord =>
  Object.fromEntries(columns.map((column) => [column, row[column]])) as RequestRecord
