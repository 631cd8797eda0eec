import { z } from 'zod'
import { defineAssertion, verdictOf, type Answer, type AssertionInput, type Finding, type Refuse } from './define.ts'
import { excerpt } from './difference.ts'
import type { Sandbox } from './sandbox.ts'

const options = {
  databaseType: z.string().min(1).default('MySQL'),
  allowedTables: z.array(z.string()).optional(),
  allowedColumns: z.array(z.string()).optional(),
}
type SqlOptions = z.infer<z.ZodObject<typeof options>>

/** The whole answer is SQL that its database takes, on tables and columns that are allowed. */
export const isSql = defineAssertion({
  type: 'is-sql',
  options,
  names: { 'is-sql': (spec, refuse) => readOptions(spec, refuse) },
  check: async (answer, given, { sandbox }) => findingOf(answer, await problemOf(answer.text, given, sandbox)),
})

/** The answer holds such SQL: in a code block of SQL or of no language, or, where there is none, as a whole. */
export const containsSql = defineAssertion({
  type: 'contains-sql',
  options,
  names: { 'contains-sql': (spec, refuse) => readOptions(spec, refuse) },
  async check(answer, given, { sandbox }) {
    const blocks = sqlBlocksOf(answer.text)
    let problem: string | null = 'Output does not contain valid SQL'
    for (const block of blocks.length > 0 ? blocks : [answer.text]) {
      if (block.trim() === '') continue
      problem = await problemOf(block, given, sandbox)
      if (problem === null) break
    }
    return findingOf(answer, problem)
  },
})

const readOptions = ({ value }: AssertionInput, refuse: Refuse): Record<string, unknown> => {
  if (value === undefined || value === null || value === '') return {}
  return typeof value === 'object' && !Array.isArray(value) ? { ...value } : refuse('must have a object value')
}

const findingOf = ({ text }: Answer, problem: string | null): Finding =>
  problem === null
    ? verdictOf(true, 'the SQL is valid')
    : verdictOf(false, problem, { expected: 'valid SQL', actual: excerpt(text) })

/** What is wrong with a text as SQL; null when nothing is. */
const problemOf = async (text: string, given: SqlOptions, sandbox: Sandbox): Promise<string | null> => {
  const syntax = `SQL statement does not conform to the provided ${given.databaseType} database syntax.`
  if (text.trim() === '' || (text.match(/`/g) ?? []).length % 2 !== 0) return syntax
  if (missingComma.test(withoutQuoted(text))) return syntax
  // MySQL has no such function, and its parser takes any name.
  if (given.databaseType === 'MySQL' && /\bgenerate_series\s*\(/i.test(text)) return syntax
  const outcome = await sandbox.sql({
    text,
    databaseType: given.databaseType,
    ...(given.allowedTables && { allowedTables: given.allowedTables }),
    ...(given.allowedColumns && { allowedColumns: allowedWithoutTable(given.allowedColumns) }),
  })
  return 'syntax' in outcome ? `${syntax} ${outcome.syntax}` : outcome.refused
}

/** `select first name from`: parsers take the second word for an alias, people forgot a comma. */
const missingComma =
  /\bselect\s+(?:(?:all|distinct|distinctrow|high_priority|straight_join|sql_\w+)\s+)*(?!(?:all|distinct|distinctrow|high_priority|straight_join|sql_\w+)\b)[a-z_]\w*\s+[a-z_]\w*\s+from\b/i

/** The text with what is quoted or a comment taken out. */
const withoutQuoted = (text: string): string =>
  text.replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|--[^\r\n]*|#[^\r\n]*|\/\*[^]*?\*\//g, (found) =>
    /^['"`]/.test(found) ? ' ? ' : ' ',
  )

/** A column that is allowed of one table may also be written without it. */
const allowedWithoutTable = (columns: readonly string[]): string[] => [
  ...new Set(
    columns.flatMap((column) => {
      const [action, table, name, ...more] = column.split('::')
      return name !== undefined && table !== 'null' && more.length === 0
        ? [column, `${action}::null::${name}`]
        : [column]
    }),
  ),
]

/** The bodies of the code blocks that are SQL or say no language. */
const sqlBlocksOf = (text: string): string[] => {
  const blocks: string[] = []
  let open: { fence: string; isSql: boolean; lines: string[] } | null = null
  for (const line of text.split(/\r\n?|\n/)) {
    const [, fence, language] = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(line) ?? []
    if (open === null) {
      if (fence !== undefined) open = { fence, isSql: /^(?:sql)?$/i.test(language!.trim()), lines: [] }
    } else if (fence?.startsWith(open.fence) && language!.trim() === '') {
      if (open.isSql) blocks.push(open.lines.join('\n'))
      open = null
    } else open.lines.push(line)
  }
  if (open?.isSql) blocks.push(open.lines.join('\n'))
  return blocks
}
