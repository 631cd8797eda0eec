import { CompiledQuery } from 'kysely'

/** Fields of rows as JSON calls them, each with the type of its column. */
type Columns = Readonly<Record<string, string>>

/**
 * An `insert` that takes its rows from one JSON text. It is worded once: to bind each of some fifty columns of a
 * thousand rows, or to word the statement anew each time, takes more than all the rest of a request.
 */
export const insertFromJson = (
  table: string,
  given: {
    columns: Columns
    /** Columns that follow from fields, and how. */
    derived?: Readonly<Record<string, string>>
    /** Conflicts, and what is answered. */
    ending: string
  },
): ((rows: string) => CompiledQuery<{ id: string }>) => {
  const text = wordInsert(table, given)
  return (rows) => CompiledQuery.raw(text, [rows])
}

/**
 * The same where nothing happens to a row that is there already. It answers `null` when it wrote every row, as it
 * nearly always does, else the ids of those that it wrote: a thousand of them cost as much as writing a hundred rows.
 */
export const insertNewFromJson = (
  table: string,
  { conflict, ...given }: { columns: Columns; derived?: Readonly<Record<string, string>>; conflict: string },
): ((rows: string, count: number) => CompiledQuery<{ ids: string[] | null }>) => {
  const ending = `on conflict ${conflict} do nothing returning id`
  const text = `with written as (${wordInsert(table, { ...given, ending })})
    select case when count(*) < $2::integer then coalesce(array_agg(id::text), '{}') end as ids from written`
  return (rows, count) => CompiledQuery.raw(text, [rows, count])
}

const wordInsert = (
  table: string,
  given: { columns: Columns; derived?: Readonly<Record<string, string>>; ending: string },
): string => {
  const { columns, derived = {}, ending } = given
  const names = [...Object.keys(columns).map(columnOf), ...Object.keys(derived)]
  const values = [...Object.keys(columns).map((field) => `row."${field}"`), ...Object.values(derived)]
  const fields = Object.entries(columns).map(([field, type]) => `"${field}" ${type}`)
  return `insert into ${table} (${names.join(', ')})
    select ${values.join(', ')}
    from json_to_recordset($1::json) as row(${fields.join(', ')})
    ${ending}`
}

/** `costNanoUsd` as its column is called. */
export const columnOf = (field: string): string => field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
