import { isDeeperThan, MAX_JSON_DEPTH } from '@assay/core'
import {
  isAlias,
  isCollection,
  isMap,
  isPair,
  LineCounter,
  parseDocument,
  visit,
  type Alias,
  type Document,
  type ParsedNode,
} from 'yaml'

/** One thing wrong with a suite, where it stands. */
export type SuiteIssue = { path: string; message: string; line?: number; column?: number }

/** The value of a file, and where in the text a place of the value is. */
export type Located = { value: unknown; locate: (at: readonly PropertyKey[]) => { line: number; column: number } }

type Parsed = Located | { issues: SuiteIssue[] }

const MAX_ALIASES = 100

/** Reads YAML; errors of the syntax, doubled keys and alias bombs come with line and column. */
export const parseYamlSuite = (text: string): Parsed => {
  const { document, counter } = readDocument(text)
  if (document.errors.length > 0) return { issues: syntaxIssues(document, { counter, text }) }
  const problem = problemOf(document, counter)
  if (problem) return { issues: [problem] }
  return { value: document.toJS({ maxAliasCount: MAX_ALIASES }), locate: (at) => locate(document, counter, at) }
}

/** Reads JSON fast; only when something is wrong it is read as YAML too, which knows the places. */
export const parseJsonSuite = (text: string): Parsed => {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    const message = firstLine((error as Error).message)
    const { document, counter } = readDocument(text)
    const told = /at position (\d+)/.exec(message)?.[1]
    const offset = told === undefined ? (document.errors[0]?.pos[0] ?? text.length) : Number(told)
    return { issues: [{ path: '', message, ...place(counter, offset) }] }
  }
  if (isDeeperThan(value, MAX_JSON_DEPTH))
    return { issues: [{ path: '', message: `nested deeper than ${MAX_JSON_DEPTH}`, line: 1, column: 1 }] }
  let read: ReturnType<typeof readDocument> | null = null
  return {
    value,
    locate: (at) => {
      read ??= readDocument(text)
      return locate(read.document, read.counter, at)
    },
  }
}

/** What follows from the first errors says nothing new, and may be a line for every line of the file. */
const MOST_SYNTAX_ERRORS = 3

const syntaxIssues = (
  { errors }: Document.Parsed,
  { counter, text }: { counter: LineCounter; text: string },
): SuiteIssue[] => {
  const known = new Set<string>()
  const found = errors
    .toSorted((one, other) => one.pos[0] - other.pos[0])
    .filter(({ pos, message }) => known.size < known.add(`${pos[0]} ${message}`).size)
  const shown = found.slice(0, MOST_SYNTAX_ERRORS).map(({ message, pos }) => ({
    path: '',
    message: firstLine(message),
    ...place(counter, pos[0]),
  }))
  const template = bareTemplate(text, counter.linePos(found[0]!.pos[0]).line)
  const rest = found.length - shown.length
  return [
    ...(template ? [{ path: '', message: QUOTE_TEMPLATES, ...template }] : []),
    ...shown,
    ...(rest > 0 ? [{ path: '', message: `${rest} more that may follow from these` }] : []),
  ]
}

const QUOTE_TEMPLATES = "a text that begins with {{ needs quotes: '{{name}}'"

/** A template where YAML awaits a value, in the line of an error: YAML takes its braces for maps. */
const bareTemplate = (text: string, line: number): { line: number; column: number } | null => {
  const found = /^[^#'"]*?(?:[:,[{]|^[ \t]*-)[ \t]+(?=\{\{)/.exec(text.split('\n')[line - 1] ?? '')
  return found && { line, column: found[0].length + 1 }
}

const readDocument = (text: string) => {
  const counter = new LineCounter()
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false, uniqueKeys: true })
  return { document, counter }
}

/** True for an alias that stands inside the value it is a name of, which would have no end. */
const holdsItself = (document: Document.Parsed, alias: Alias): boolean => {
  const [target, own] = [alias.resolve(document)?.range, alias.range]
  return Boolean(target && own && target[0] <= own[0] && own[0] < target[1])
}

/** Aliases that a small file turns into a huge value, and nesting that ends the stack of whoever walks it. */
const problemOf = (document: Document.Parsed, counter: LineCounter): SuiteIssue | null => {
  let aliases = 0
  let problem: SuiteIssue | null = null
  visit(document, (_, node, path) => {
    if (isPair(node) && isCollection(node.key)) {
      const isTemplate = isMap(node.key) && node.key.flow === true
      const message = isTemplate ? QUOTE_TEMPLATES : 'a key is a text, not a list or a map'
      problem = { path: '', message, ...place(counter, (node.key as ParsedNode).range[0]) }
      return visit.BREAK
    }
    if (isAlias(node)) {
      aliases++
      if (holdsItself(document, node)) {
        problem = {
          path: '',
          message: `the alias *${node.source} holds itself`,
          ...place(counter, node.range?.[0] ?? 0),
        }
        return visit.BREAK
      }
    }
    // Each level of the value is a collection, and in a map a pair too.
    const depth = path.filter((step) => !('key' in step)).length - 1
    if (aliases <= MAX_ALIASES && depth <= MAX_JSON_DEPTH) return undefined
    const message = aliases > MAX_ALIASES ? `more than ${MAX_ALIASES} aliases` : `nested deeper than ${MAX_JSON_DEPTH}`
    problem = { path: '', message, ...place(counter, (node as ParsedNode | null)?.range?.[0] ?? 0) }
    return visit.BREAK
  })
  return problem
}

/** The place of a value, or of the nearest thing around it that stands in the text. */
const locate = (document: Document.Parsed, counter: LineCounter, at: readonly PropertyKey[]) => {
  for (let length = at.length; length >= 0; length--) {
    const path = at.slice(0, length)
    const key = keyNode(document, path)
    const node = key ?? (document.getIn(path, true) as ParsedNode | undefined)
    if (node?.range) return place(counter, node.range[0])
  }
  return place(counter, 0)
}

/** In a map the key is where a person looks. */
const keyNode = (document: Document.Parsed, path: readonly PropertyKey[]): ParsedNode | undefined => {
  const parent =
    path.length === 0 ? undefined : (document.getIn(path.slice(0, -1), true) as { items?: unknown[] } | undefined)
  const pair = parent?.items?.find(
    (item) => String((item as { key?: { value?: unknown } } | null)?.key?.value) === String(path.at(-1)),
  )
  return (pair as { key?: ParsedNode } | undefined)?.key
}

const place = (counter: LineCounter, offset: number) => {
  const { line, col } = counter.linePos(offset)
  return { line, column: col }
}

const firstLine = (message: string): string => message.split('\n', 1)[0]!
