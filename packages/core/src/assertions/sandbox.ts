/** What a pattern, a schema or a script said, with what its named groups caught; a `problem` is the author's mistake. */
export type RegexOutcome = { matched: boolean; groups?: Record<string, string> } | { problem: string }

/** For each text the errors of the schema, or null where it fits. */
export type SchemaOutcome = { errors: (string | null)[] } | { problem: string }

/** A text as SQL: what is wrong with its syntax, or which table or column is refused, or nothing. */
export type SqlOutcome = { syntax: string } | { refused: string | null }

/** What a script returned, as JSON text of one value, or what it threw. */
export type JavascriptOutcome = { json: string | undefined } | { thrown: string }

/**
 * Where patterns, schemas, statements and scripts that others wrote are run: killable, so that a hostile one ends in
 * `assertion.timeout` and disturbs nothing else. A schema may be JSON Schema as a value or as YAML text.
 */
export type Sandbox = {
  regex(call: { pattern: string; text: string }): Promise<RegexOutcome>
  schema(call: { schema: unknown; texts: string[] }): Promise<SchemaOutcome>
  /** Throws `assertion.needs_package` where the parser, which is large and optional, is not installed. */
  sql(call: {
    text: string
    databaseType: string
    /** Patterns over `action::database::table`. */
    allowedTables?: string[]
    /** Patterns over `action::table::column`. */
    allowedColumns?: string[]
  }): Promise<SqlOutcome>
  javascript(call: { code: string; output: unknown; context: Record<string, unknown> }): Promise<JavascriptOutcome>
}
