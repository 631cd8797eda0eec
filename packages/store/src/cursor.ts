import { AssayError, type Page } from '@assay/core'
import { type RawBuilder, sql, type SqlBool } from 'kysely'
import { z } from 'zod'

/** What every list takes. */
export type PageOptions = { limit?: number | undefined; cursor?: string | undefined }

const DEFAULT_LIMIT = 50

/** How many rows a list gives when nobody says. */
export const limitOf = ({ limit = DEFAULT_LIMIT }: PageOptions): number => limit

/** Where a list goes on, as an opaque text. */
export const encodeCursor = (position: readonly (string | number)[]): string =>
  Buffer.from(JSON.stringify(position)).toString('base64url')

/** Reads a cursor back by the schema of its list; anything else was not made by this list. */
export const decodeCursor = <Position>(
  cursor: string | undefined,
  position: z.ZodType<Position>,
): Position | undefined => {
  if (cursor === undefined) return undefined
  const parsed = position.safeParse(parseJson(Buffer.from(cursor, 'base64url').toString()))
  if (parsed.success) return parsed.data
  throw new AssayError('input.invalid', {
    what: 'query',
    issues: [{ path: 'cursor', message: 'is not a cursor of this list' }],
  })
}

/** Cuts rows that were read with one more than wanted into a page whose cursor is the position of its last row. */
export const pageFrom = <Row, Item>(
  rows: readonly Row[],
  options: { limit: number; item: (row: Row) => Item; position: (row: Row) => readonly (string | number)[] },
): Page<Item> => {
  const { limit, item, position } = options
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return {
    items: shown.map(item),
    nextCursor: rows.length > limit && last !== undefined ? encodeCursor(position(last)) : null,
  }
}

/** The rows that a list in descending order of these columns shows after the given position. */
export const isBefore = (columns: readonly string[], position: readonly (string | number)[]): RawBuilder<SqlBool> =>
  sql<SqlBool>`(${sql.join(columns.map((column) => sql.ref(column)))}) < (${sql.join(position)})`

/** The rows that a list in ascending order of these columns shows after the given position. */
export const isAfter = (columns: readonly string[], position: readonly (string | number)[]): RawBuilder<SqlBool> =>
  sql<SqlBool>`(${sql.join(columns.map((column) => sql.ref(column)))}) > (${sql.join(position)})`

/** A moment and an id: where lists by time go on. */
export const TimePosition = z.tuple([z.iso.datetime(), z.uuid()])

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
