import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { AssayError } from '@assay/core'
import { isMap, isSeq, parseDocument, type Document } from 'yaml'
import { readSuiteFile } from './suite-file/suite-file.ts'

/** What came of it: the ids of the cases, and whether the file was begun with them. */
export type Appended = { names: string[]; isNew: boolean }

/**
 * Puts the cases of one suite, given as text, behind those of another, a YAML file, whose comments and order stay. A file
 * that is not there begins as the given suite. It is written whole or not at all, and only what can be read again.
 */
export const appendCases = async (path: string, made: string): Promise<Appended> => {
  const added = casesOf(parseDocument(made))
  const text = await textOf(path)
  if (text === null) {
    await replace(path, made)
    return { names: added.names, isNew: true }
  }
  const before = await readSuiteFile(path)
  const double = added.names.find((name) => before.suite.tests.some(({ id }) => id === name))
  if (double !== undefined) refuse(path, 'tests', `a case called ${double} is there already; --name gives another name`)
  const document = parseDocument(text)
  const tests = document.get('tests')
  if (tests === undefined || tests === null) document.set('tests', document.createNode(added.cases))
  else if (isSeq(tests)) for (const one of added.cases) tests.add(document.createNode(one))
  else refuse(path, 'tests', 'they stand in another file; append to that, or make them a list here')
  await replace(path, document.toString({ lineWidth: 120 }))
  return { names: added.names, isNew: false }
}

const casesOf = (document: Document): { cases: unknown[]; names: string[] } => {
  const tests = document.get('tests')
  const cases = isSeq(tests) ? tests.toJSON() : []
  const names = isSeq(tests) ? tests.items.flatMap((item) => (isMap(item) ? [String(item.get('id'))] : [])) : []
  return { cases, names }
}

const textOf = async (path: string): Promise<string | null> => {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

/** Written beside its place, read as a suite, and moved there. */
const replace = async (path: string, text: string): Promise<void> => {
  const beside = join(dirname(path), `.${process.pid}.${basename(path)}`)
  try {
    await writeFile(beside, text, { flag: 'wx' })
    await readSuiteFile(beside)
    await rename(beside, path)
  } catch (error) {
    await rm(beside, { force: true })
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    const reason = `The folder of ${path} does not exist.`
    throw new AssayError('usage.invalid', { reason }, { cause: error })
  }
}

const refuse = (file: string, path: string, message: string): never => {
  throw new AssayError('suite.invalid', { file, issues: [{ path, message }] })
}
