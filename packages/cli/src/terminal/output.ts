import { type Colours, columnsOf, coloursFor, type Terminal } from './terminal.ts'

/** The switches every command has. */
export type OutputOptions = { json?: boolean; quiet?: boolean; verbose?: boolean }

/** Where one command writes: its payload to stdout, everything said to the person beside it to stderr. */
export type Output = {
  json: boolean
  quiet: boolean
  columns: number
  /** Colours of stdout. */
  colours: Colours
  /** One thing as payload: JSON with `--json`, else what `text` makes of it. */
  show: <Value>(value: Value, text: (value: Value) => string) => void
  /** A list as payload: NDJSON with `--json`, else what `text` makes of it; an empty list is a remark. */
  list: <Row>(rows: readonly Row[], text: (rows: readonly Row[]) => string, empty: string) => void
  /** One line of NDJSON; nothing without `--json`. */
  event: (row: { event: string } & Record<string, unknown>) => void
  /** A line of the payload; nothing with `--json`. */
  line: (text: string) => void
  /** A remark on stderr; nothing with `--quiet` or `--json`. */
  note: (text: string) => void
  /** A line on stderr that the next one replaces, on a terminal only; null takes it away. */
  progress: (text: string | null) => void
}

export const createOutput = (terminal: Terminal, { json = false, quiet = false }: OutputOptions): Output => {
  const { stdout, stderr } = terminal
  const print = (text: string) => void stdout.write(text.endsWith('\n') ? text : `${text}\n`)
  const note = (text: string) => void (quiet || json || stderr.write(`${text}\n`))
  return {
    json,
    quiet,
    columns: columnsOf(stdout, terminal),
    colours: coloursFor(stdout, terminal),
    show: (value, text) => print(json ? JSON.stringify(value) : text(value)),
    list: (rows, text, empty) => {
      if (json) for (const row of rows) print(JSON.stringify(row))
      else if (rows.length > 0) print(text(rows))
      else note(empty)
    },
    event: (row) => void (json && print(JSON.stringify(row))),
    line: (text) => void (json || print(text)),
    note,
    progress: (text) => void (stderr.isTTY && !quiet && !json && stderr.write(`\r\u001b[2K${text ?? ''}`)),
  }
}
