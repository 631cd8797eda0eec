import { AssayError } from '@assay/core'

/** One row of the data plane's table. `{name}` stands for one segment of a path, `{name*}` for any number of them. */
export type TableRow = { method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'; path: string }

/** What a request's path fits, with the pieces behind its placeholders as they stood in it, undecoded. */
export type Found<Row> = { row: Row; params: Readonly<Record<string, string>> }

type Methods<Row> = Map<string, Row>
type Pattern<Row> = { expression: RegExp; names: string[]; methods: Methods<Row> }

const NO_PARAMS = Object.freeze({})

/**
 * Finds rows by method and raw path: a path without placeholders by one look-up, others in the order of the table.
 * Throws `http.not_found`, or `http.method_not_allowed` with the methods that the path has.
 */
export const createRouteTable = <Row extends TableRow>(rows: readonly Row[]) => {
  const exact = new Map<string, Methods<Row>>()
  const patterns = new Map<string, Pattern<Row>>()
  for (const row of rows) methodsAt(row.path, { exact, patterns }).set(row.method, row)

  return (method: string, path: string): Found<Row> => {
    const methods = exact.get(path)
    const row = methods?.get(method)
    if (row) return { row, params: NO_PARAMS }
    const allowed = new Set(methods?.keys())
    for (const pattern of patterns.values()) {
      const match = pattern.expression.exec(path)
      if (!match) continue
      const fitting = pattern.methods.get(method)
      if (fitting) return { row: fitting, params: paramsOf(pattern.names, match) }
      for (const other of pattern.methods.keys()) allowed.add(other)
    }
    const told = { method, path: path.slice(0, 200) }
    if (allowed.size === 0) throw new AssayError('http.not_found', told)
    throw new AssayError('http.method_not_allowed', { ...told, allow: [...allowed].join(', ') })
  }
}

const methodsAt = <Row>(
  path: string,
  { exact, patterns }: { exact: Map<string, Methods<Row>>; patterns: Map<string, Pattern<Row>> },
): Methods<Row> => {
  const known = exact.get(path) ?? patterns.get(path)?.methods
  if (known) return known
  const methods: Methods<Row> = new Map()
  if (path.includes('{')) patterns.set(path, { ...readPattern(path), methods })
  else exact.set(path, methods)
  return methods
}

const readPattern = (path: string): { expression: RegExp; names: string[] } => {
  const names: string[] = []
  const source = path
    .split(/(\{\w+\*?\})/)
    .map((piece) => {
      if (!piece.startsWith('{')) return piece.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
      const isLong = piece.endsWith('*}')
      names.push(piece.slice(1, isLong ? -2 : -1))
      return isLong ? '(.+)' : '([^/]+)'
    })
    .join('')
  return { expression: new RegExp(`^${source}$`), names }
}

const paramsOf = (names: readonly string[], match: RegExpExecArray): Record<string, string> =>
  Object.fromEntries(names.map((name, index) => [name, match[index + 1]!]))
