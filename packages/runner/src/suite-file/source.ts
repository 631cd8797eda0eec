import { basename, extname } from 'node:path'
import { AssayError } from '@assay/core'
import { readCsvCases } from './csv.ts'
import { FileProblem, isFileName, type SuiteFolder } from './folder.ts'
import { loadModels } from './models.ts'
import { issueText, loadValue, parserOf, readValue } from './read-value.ts'
import type { SuiteIssue } from './suite-text.ts'

/** Where something stands: in the suite itself, or in a file that it names. */
export type Place = { file?: string; line?: number; column?: number }

/** A suite as it was written, with the files that it names read in. */
export type SuiteSource = {
  raw: Record<string, unknown>
  place: (at: readonly PropertyKey[]) => Place
}

/** Cases that are written one after the other, with the place of each: of the n-th, and of what stands within it. */
type Loaded = { cases: unknown[]; place: PlaceOfCase }
type PlaceOfCase = (index: number, within: readonly PropertyKey[]) => Place

/** Reads a suite and every file it names; what is wrong is one `suite.invalid` with each place. */
export const readSource = async (path: string, text: string, folder: SuiteFolder): Promise<SuiteSource> => {
  const file = basename(path)
  const located = parserOf(path)(text)
  if ('issues' in located) throw new AssayError('suite.invalid', { file, issues: located.issues })
  const { value, locate } = located
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new AssayError('suite.invalid', {
      file,
      issues: [{ path: '', message: 'is not a suite: it has no keys', ...locate([]) }],
    })
  }
  const raw = value as Record<string, unknown>
  const issues: SuiteIssue[] = []
  const attempt = async <Value>(at: PropertyKey[], work: () => Promise<Value>): Promise<Value | undefined> => {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof FileProblem)) throw error
      issues.push({ path: at.map(String).join('.'), message: error.message, ...locate(at) })
      return undefined
    }
  }
  const tests =
    raw['tests'] === undefined
      ? []
      : await attempt(['tests'], () => loadCases(raw['tests'], ['tests'], { folder, locate }))
  const prompts = await attempt(['prompts'], () => loadPrompts(raw['prompts'], folder))
  const modelsKey = raw['providers'] === undefined ? 'targets' : 'providers'
  const models = await attempt([modelsKey], () => loadModels(raw[modelsKey], folder))
  const defaultTest = await attempt(['defaultTest'], () => loadOne(raw['defaultTest'], folder))
  const scenarios = await attempt(['scenarios'], () => loadScenarios(raw['scenarios'], folder))
  if (issues.length > 0) throw new AssayError('suite.invalid', { file, issues })
  const read = {
    ...raw,
    ...(raw['tests'] !== undefined && { tests: tests?.flatMap(({ cases }) => cases) }),
    ...(prompts !== undefined && { prompts }),
    ...(models !== undefined && { [modelsKey]: models }),
    ...(defaultTest !== undefined && { defaultTest }),
    ...(scenarios !== undefined && { scenarios }),
  }
  const parts = (tests ?? []).map(({ cases, place }) => ({ count: cases.length, place }))
  await attempt([], () => fillFiles(read, folder))
  if (issues.length > 0) throw new AssayError('suite.invalid', { file, issues })
  return { raw: read, place: placeIn(parts, locate) }
}

/** Where things stand, for as long as someone may ask: it must not keep what was written there. */
const placeIn =
  (parts: readonly { count: number; place: PlaceOfCase }[], locate: Context['locate']): SuiteSource['place'] =>
  (at) => {
    if (at[0] !== 'tests' || typeof at[1] !== 'number') return locate(at)
    let before = 0
    for (const { count, place } of parts) {
      if (at[1] < before + count) return place(at[1] - before, at.slice(2))
      before += count
    }
    return locate(at)
  }

type Context = { folder: SuiteFolder; locate: (at: readonly PropertyKey[]) => Place }

/** Cases that stand in the suite, and those of the files it names between them. */
const loadCases = async (given: unknown, at: PropertyKey[], context: Context): Promise<Loaded[]> => {
  if (typeof given === 'string') return loadFiles(given, context.folder)
  if (!Array.isArray(given)) return [{ cases: [given], place: (_, within) => context.locate([...at, ...within]) }]
  const loaded: Loaded[] = []
  let first = 0
  for (const [index, one] of (given as unknown[]).entries()) {
    if (typeof one !== 'string') continue
    if (index > first) loaded.push({ cases: given.slice(first, index), place: placesFrom(first, at, context.locate) })
    loaded.push(...(await loadFiles(one, context.folder)))
    first = index + 1
  }
  if (given.length > first) loaded.push({ cases: given.slice(first), place: placesFrom(first, at, context.locate) })
  return loaded
}

const placesFrom =
  (first: number, at: readonly PropertyKey[], locate: Context['locate']): PlaceOfCase =>
  (index, within) =>
    locate([...at, first + index, ...within])

const loadFiles = async (name: string, folder: SuiteFolder): Promise<Loaded[]> => {
  const loaded: Loaded[] = []
  for (const path of await folder.find(name)) loaded.push(await loadFile(path, folder))
  return loaded
}

/** The cases of one file: a table, one case a line, or a list in YAML or JSON. */
const loadFile = async (path: string, folder: SuiteFolder): Promise<Loaded> => {
  const file = folder.shown(path)
  const text = await folder.read(path)
  const kind = extname(path).toLowerCase()
  return named(file, () => {
    if (kind === '.csv' || kind === '.tsv') {
      const cases = readCsvCases(text, kind === '.tsv' ? '\t' : ',')
      return inLines(
        file,
        cases.map(({ raw }) => raw),
        cases.map(({ line }) => line),
      )
    }
    if (kind === '.jsonl' || kind === '.ndjson') return readLines(text, file)
    if (kind !== '.yaml' && kind !== '.yml' && kind !== '.json') {
      throw new FileProblem('cases are read from .csv, .tsv, .jsonl, .yaml and .json')
    }
    const located = parserOf(path)(text)
    if ('issues' in located) throw new FileProblem(issueText(located.issues))
    const { value, locate } = located
    if (!Array.isArray(value)) return { cases: [value], place: (_, within) => ({ file, ...locate(within) }) }
    return { cases: value, place: (index, within) => ({ file, ...locate([index, ...within]) }) }
  })
}

const readLines = (text: string, file: string): Loaded => {
  const [cases, lines]: [unknown[], number[]] = [[], []]
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    try {
      cases.push(JSON.parse(line))
      lines.push(index + 1)
    } catch (error) {
      throw new FileProblem(`line ${index + 1} is no JSON: ${(error as Error).message}`)
    }
  }
  return inLines(file, cases, lines)
}

/** Cases of which each has a line of its own. */
const inLines = (file: string, cases: unknown[], lines: readonly number[]): Loaded => ({
  cases,
  place: placesByLine(file, lines),
})

const placesByLine =
  (file: string, lines: readonly number[]): PlaceOfCase =>
  (index) => ({ file, line: lines[index]!, column: 1 })

/** A prompt as text or as messages, those of files in their place. */
const loadPrompts = async (given: unknown, folder: SuiteFolder): Promise<unknown> => {
  if (given === undefined) return undefined
  const prompts: unknown[] = []
  for (const one of [given].flat() as unknown[]) {
    if (isFileName(one)) {
      for (const path of await folder.find(one)) prompts.push(...promptsIn(path, await folder.read(path)))
    } else prompts.push(one)
  }
  return prompts
}

/** A text file may hold several prompts, parted by lines of three hyphens. */
const promptsIn = (path: string, text: string): unknown[] => {
  const kind = extname(path).toLowerCase()
  if (['.js', '.cjs', '.mjs', '.ts', '.py', '.sh'].includes(kind)) {
    throw new FileProblem(`${basename(path)} is a program; prompts are read from texts, JSON and YAML`)
  }
  if (kind === '.json' || kind === '.yaml' || kind === '.yml') {
    const located = parserOf(path)(text)
    return 'issues' in located ? [text] : [located.value]
  }
  const parts = text.split(/^---\s*$/m).map((part) => part.trim())
  return parts.filter((part) => part !== '')
}

const loadOne = async (given: unknown, folder: SuiteFolder): Promise<unknown> => {
  if (!isFileName(given)) return given
  const [path] = await folder.find(given)
  return readValue(path!, folder)
}

const loadScenarios = async (given: unknown, folder: SuiteFolder): Promise<unknown> => {
  if (given === undefined) return undefined
  const list = isFileName(given) ? await loadOne(given, folder) : given
  if (!Array.isArray(list)) return list
  return Promise.all(
    (list as Record<string, unknown>[]).map(async (one) => {
      const locate = (): Place => ({})
      const part = async (key: string): Promise<unknown> =>
        one?.[key] === undefined
          ? undefined
          : (await loadCases(one[key], [key], { folder, locate })).flatMap(({ cases }) => cases)
      const [config, tests] = [await part('config'), await part('tests')]
      return { ...one, ...(config !== undefined && { config }), ...(tests !== undefined && { tests }) }
    }),
  )
}

/** Reads the files that values of variables and assertions name, wherever they stand. */
const fillFiles = async (read: Record<string, unknown>, folder: SuiteFolder): Promise<void> => {
  const known = new Map<string, Promise<unknown>>()
  const valueOf = (name: string): Promise<unknown> => {
    const value = known.get(name) ?? loadValue(name, folder)
    known.set(name, value)
    return value
  }
  const fillCase = async (one: unknown): Promise<void> => {
    if (one === null || typeof one !== 'object') return
    const given = one as Record<string, unknown>
    if (isFileName(given['vars'])) given['vars'] = await valueOf(given['vars'])
    await fillValues(given['vars'], valueOf)
    for (const assertion of listOf(given['assert'])) {
      for (const one of [assertion, ...listOf(assertion['assert'])]) await fillAssertion(one, valueOf)
    }
    await fillKey(given, 'transform', valueOf)
    const { options } = given
    if (options !== null && typeof options === 'object') await fillPrompt(options as Record<string, unknown>, valueOf)
  }
  await fillCase(read['defaultTest'])
  for (const one of listOf(read['tests'])) await fillCase(one)
  for (const scenario of listOf(read['scenarios'])) {
    for (const one of [...listOf(scenario['config']), ...listOf(scenario['tests'])]) await fillCase(one)
  }
}

const fillAssertion = async (
  assertion: Record<string, unknown>,
  valueOf: (name: string) => Promise<unknown>,
): Promise<void> => {
  await fillKey(assertion, 'value', valueOf)
  await fillKey(assertion, 'contextTransform', valueOf)
  await fillPrompt(assertion, valueOf)
}

/** How a judge is asked: one prompt, or several by name. */
const fillPrompt = async (
  holder: Record<string, unknown>,
  valueOf: (name: string) => Promise<unknown>,
): Promise<void> => {
  await fillKey(holder, 'rubricPrompt', valueOf)
  const prompt = holder['rubricPrompt']
  if (prompt === null || typeof prompt !== 'object' || Array.isArray(prompt)) return
  for (const key of Object.keys(prompt)) await fillKey(prompt as Record<string, unknown>, key, valueOf)
}

const listOf = (value: unknown): Record<string, unknown>[] =>
  Array.isArray(value)
    ? value.filter((one): one is Record<string, unknown> => one !== null && typeof one === 'object')
    : []

const fillKey = async (
  holder: Record<string, unknown>,
  key: string,
  valueOf: (name: string) => Promise<unknown>,
): Promise<void> => {
  if (isFileName(holder[key])) holder[key] = await valueOf(holder[key])
}

const fillValues = async (vars: unknown, valueOf: (name: string) => Promise<unknown>): Promise<void> => {
  if (vars === null || typeof vars !== 'object') return
  const holder = vars as Record<string, unknown>
  for (const key of Object.keys(holder)) {
    await fillKey(holder, key, valueOf)
    const list = holder[key]
    if (!Array.isArray(list)) continue
    holder[key] = await Promise.all(list.map((one: unknown) => (isFileName(one) ? valueOf(one) : one)))
  }
}

const named = <Value>(file: string, work: () => Value): Value => {
  try {
    return work()
  } catch (error) {
    throw error instanceof FileProblem ? new FileProblem(`${file}: ${error.message}`) : error
  }
}
