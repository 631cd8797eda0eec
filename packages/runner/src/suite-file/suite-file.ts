import { readFile, stat } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { AssayError, Case, suiteIssues, Suite, type Dialect } from '@assay/core'
import type { z } from 'zod'
import { codeTargetOf } from '../code-target.ts'
import type { Target } from '../target.ts'
import { readEvalModule } from './eval-module.ts'
import { MAX_FILE_BYTES, noFolder, openFolder } from './folder.ts'
import { ownIssues } from './own-machine.ts'
import { fromPromptfoo } from './promptfoo.ts'
import { fromManifest } from './prpm.ts'
import { readSource, type Place, type SuiteSource } from './source.ts'
import { shapeIssues } from './suite-shape.ts'
import type { SuiteIssue } from './suite-text.ts'

/** A suite with what its kind of file says about it. */
export type SuiteFile = {
  suite: Suite
  dialect: Dialect
  file: string
  /** The format that a package's manifest names. */
  format?: string
  /** What of the file is not supported and was left out, as was asked for. */
  ignored: SuiteIssue[]
  /** Where what is written at a path stands. */
  place: SuiteSource['place']
  /** The files that the suite is made of, itself among them. */
  files: string[]
  /** The function that is tested in place of models, which only a suite in code can have. */
  target: Target | null
}

export type ReadSuiteOptions = {
  dialect?: Dialect | undefined
  /** Leaves out what a foreign file has and Assay has not, instead of refusing the file. */
  ignoreUnsupported?: boolean | undefined
}

/**
 * Reads and checks a suite with the files it names; whatever is wrong is one `suite.invalid` naming each place. The
 * dialect follows from the name of the file and is never guessed from what is in it.
 */
export const readSuiteFile = async (path: string, options: ReadSuiteOptions = {}): Promise<SuiteFile> => {
  const file = basename(path)
  const dialect = options.dialect ?? dialectOf(file)
  if (isModule(file)) {
    const { exported, files } = await readEvalModule(path)
    const suite = readSuite({ raw: ownList(exported), place: () => ({}) }, file)
    return checked({ suite, dialect, file, ignored: [], place: () => ({}), files, target: codeTargetOf(exported) })
  }
  const folder = await openFolder(path)
  const written = await readSource(path, await readText(path), folder)
  const read = readWritten(written, { ...options, file, dialect })
  return { ...read, files: [resolve(path), ...folder.seen()] }
}

/**
 * Reads and checks a suite that was sent as a text, and that is run where none of its author's files, programs and
 * variables are: a suite that needs one is refused, with the place where it says so.
 */
export const readSuiteText = async (
  text: string,
  { file, dialect }: Pick<SuiteFile, 'file' | 'dialect'>,
): Promise<SuiteFile> => {
  const written = await readSource(file, text, noFolder)
  refuse(file, ownIssues(written))
  return readWritten(written, { file, dialect })
}

const readWritten = (
  written: SuiteSource,
  { file, dialect, ignoreUnsupported }: Pick<SuiteFile, 'file' | 'dialect'> & ReadSuiteOptions,
): SuiteFile => {
  const { source, ignored } = translated(written, { file, dialect, ignoreUnsupported })
  const suite = readSuite(source, file)
  const format = dialect === 'prpm' ? written.raw['format'] : undefined
  return checked({
    suite,
    dialect,
    file,
    ...(typeof format === 'string' && { format }),
    ignored,
    place: source.place,
    files: [],
    target: null,
  })
}

/** Which dialect a file of this name is written in. */
export const dialectOf = (file: string): Dialect => {
  if (/^promptfooconfig\.(ya?ml|json)$/.test(file)) return 'promptfoo'
  return file === 'prpm.json' ? 'prpm' : 'assay'
}

const isModule = (file: string): boolean => /\.eval\.(?:m?[jt]s)$/.test(file)

/** A file of another tool as ours. */
const translated = (
  source: SuiteSource,
  { file, dialect, ignoreUnsupported = false }: { file: string; dialect: Dialect } & ReadSuiteOptions,
): { source: SuiteSource; ignored: SuiteIssue[] } => {
  if (dialect === 'prpm') return { source: { ...source, raw: fromManifest(source, file) }, ignored: [] }
  if (dialect !== 'promptfoo') return { source, ignored: [] }
  const { raw, unsupported } = fromPromptfoo(source)
  if (!ignoreUnsupported) refuse(file, unsupported)
  return { source: { ...source, raw }, ignored: unsupported }
}

const checked = (read: SuiteFile): SuiteFile => {
  const { suite, dialect, file, place } = read
  refuse(
    file,
    suiteIssues(suite, dialect, Date.now()).map(({ at, path, message }) => issueAt(place(at), path, message)),
  )
  return read
}

const readSuite = ({ raw, place }: SuiteSource, file: string): Suite => {
  const { tests, ...others } = raw
  const parsed = Suite.safeParse(Array.isArray(tests) ? others : raw)
  const cases = Array.isArray(tests) ? readCases(tests) : { read: null, refused: [] }
  if (parsed.success && cases.refused.length === 0) return { ...parsed.data, tests: cases.read ?? parsed.data.tests }
  const refused = shapeIssues([...(parsed.error?.issues ?? []), ...cases.refused])
  const issues = refused
    .slice(0, MOST_TOLD)
    .map(({ at, key, path, message }) => issueAt(place(key === undefined ? at : [...at, key]), path, message))
  const left = refused.slice(MOST_TOLD).map(({ path, message }) => ({ path, message }))
  throw new AssayError('suite.invalid', { file, issues: fewer([...issues, ...left]) })
}

/** What a module exports stays as it is. */
const ownList = (raw: Record<string, unknown>): Record<string, unknown> =>
  Array.isArray(raw['tests']) ? { ...raw, tests: [...(raw['tests'] as unknown[])] } : raw

/** Reads one case after the other and lets go of what was written, so that a large suite is never there twice. */
const readCases = (written: unknown[]) => {
  const read: Case[] = []
  const refused: z.core.$ZodIssue[] = []
  for (const [index, one] of written.entries()) {
    const parsed = Case.safeParse(one)
    written[index] = undefined
    if (parsed.success) read.push(lean(parsed.data))
    else refused.push(...parsed.error.issues.map((issue) => ({ ...issue, path: ['tests', index, ...issue.path] })))
  }
  return { read, refused }
}

// Most cases leave most of this empty, and nothing empty needs to be there once for each.
const nothing = { vars: Object.freeze({}), list: Object.freeze<never[]>([]) as never[] }

const lean = (one: Case): Case => {
  if (Object.keys(one.vars).length === 0) one.vars = nothing.vars
  if (one.assert.length === 0) one.assert = nothing.list
  if (one.tags.length === 0) one.tags = nothing.list
  if (one.requires.length === 0) one.requires = nothing.list
  return one
}

/** What is wrong in a file that the suite names is told with that file's name. */
const issueAt = ({ file, ...where }: Place, path: string, message: string): SuiteIssue =>
  file === undefined
    ? { path, message, ...where }
    : { path, message: `${message} (in ${file}${where.line === undefined ? '' : `, line ${where.line}`})` }

const refuse = (file: string, issues: SuiteIssue[]): void => {
  if (issues.length > 0) throw new AssayError('suite.invalid', { file, issues: fewer(issues) })
}

/** One mistake made in every case is told often enough for a person to see it. */
const fewer = (issues: SuiteIssue[]): SuiteIssue[] =>
  issues.length <= MOST_TOLD
    ? issues
    : [...issues.slice(0, MOST_TOLD), { path: '', message: `and ${issues.length - MOST_TOLD} more places` }]

const MOST_TOLD = 100

const readText = async (path: string): Promise<string> => {
  try {
    const { size } = await stat(path)
    if (size > MAX_FILE_BYTES) {
      throw new AssayError('input.too_large', { what: `suite ${path}`, limitBytes: MAX_FILE_BYTES })
    }
    return await readFile(path, 'utf8')
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'EISDIR' || code === 'ENOTDIR') {
      throw new AssayError('suite.not_found', { path }, { cause: error })
    }
    throw error
  }
}
