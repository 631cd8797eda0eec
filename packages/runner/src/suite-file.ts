import { readFile, stat } from 'node:fs/promises'
import { basename, extname } from 'node:path'
import { AssayError, suiteIssues, Suite, type Dialect } from '@assay/core'
import { parseJsonSuite, parseYamlSuite, type Located, type SuiteIssue } from './suite-text.ts'
import { shapeIssues } from './suite-shape.ts'

/** A suite with what its kind of file says about it. */
export type SuiteFile = { suite: Suite; dialect: Dialect; file: string }

const MAX_BYTES = 10 * 1024 * 1024

/**
 * Reads and checks a suite; whatever is wrong is one `suite.invalid` naming each place. The dialect follows from the
 * name of the file and is never guessed from what is in it.
 */
export const readSuiteFile = async (path: string, options: { dialect?: Dialect } = {}): Promise<SuiteFile> => {
  const file = basename(path)
  const text = await readText(path)
  const parse = extname(path).toLowerCase() === '.json' ? parseJsonSuite : parseYamlSuite
  const located = parse(text)
  if ('issues' in located) throw new AssayError('suite.invalid', { file, issues: located.issues })
  const dialect = options.dialect ?? dialectOf(file)
  const suite = readSuite(located, file)
  refuse(
    file,
    suiteIssues(suite, dialect).map(({ at, path, message }) => Object.assign({ path, message }, located.locate(at))),
  )
  return { suite, dialect, file }
}

/** Which dialect a file of this name is written in. */
export const dialectOf = (file: string): Dialect => {
  if (/^promptfooconfig\.(ya?ml|json)$/.test(file)) return 'promptfoo'
  return file === 'prpm.json' ? 'prpm' : 'assay'
}

const readSuite = (located: Located, file: string): Suite => {
  const parsed = Suite.safeParse(located.value)
  if (parsed.success) return parsed.data
  const issues = shapeIssues(parsed.error).map(({ at, key, path, message }) =>
    Object.assign({ path, message }, located.locate(key === undefined ? at : [...at, key])),
  )
  throw new AssayError('suite.invalid', { file, issues })
}

const refuse = (file: string, issues: SuiteIssue[]): void => {
  if (issues.length > 0) throw new AssayError('suite.invalid', { file, issues })
}

const readText = async (path: string): Promise<string> => {
  try {
    const { size } = await stat(path)
    if (size > MAX_BYTES) throw new AssayError('input.too_large', { what: `suite ${path}`, limitBytes: MAX_BYTES })
    return await readFile(path, 'utf8')
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'EISDIR' || code === 'ENOTDIR') {
      throw new AssayError('suite.not_found', { path }, { cause: error })
    }
    throw error
  }
}
