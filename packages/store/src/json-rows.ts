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
  const { columns, derived = {}, ending } = given
  const names = [...Object.keys(columns).map(columnOf), ...Object.keys(derived)]
  const values = [...Object.keys(columns).map((field) => `row."${field}"`), ...Object.values(derived)]
  const fields = Object.entries(columns).map(([field, type]) => `"${field}" ${type}`)
  const text = `insert into ${table} (${names.join(', ')})
    select ${values.join(', ')}
    from json_to_recordset($1::json) as row(${fields.join(', ')})
    ${ending}`
  return (rows) => CompiledQuery.raw(text, [rows])
}

/** `costNanoUsd` as its column is called. */
export const columnOf = (field: string): string => field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
