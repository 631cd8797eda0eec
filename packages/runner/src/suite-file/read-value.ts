import { extname } from 'node:path'
import { FileProblem, type SuiteFolder } from './folder.ts'
import { moduleBody } from './module-body.ts'
import { parseJsonSuite, parseYamlSuite, type SuiteIssue } from './suite-text.ts'

/** What a file holds: data of YAML and JSON, code as a body that can be run, else its text; several where it is a pattern. */
export const loadValue = async (name: string, folder: SuiteFolder): Promise<unknown> => {
  const paths = await folder.find(name)
  const values = await Promise.all(paths.map((path) => readValue(path, folder)))
  return values.length === 1 ? values[0] : values
}

/** What one file holds. */
export const readValue = async (path: string, folder: SuiteFolder): Promise<unknown> => {
  const text = await folder.read(path)
  const kind = extname(path).toLowerCase()
  if (kind === '.js' || kind === '.mjs' || kind === '.cjs') return moduleBody(text, 'output, context')
  if (kind === '.py' || kind === '.rb' || kind === '.ts') {
    throw new FileProblem(`${folder.shown(path)} is a program that the sandbox cannot run; JavaScript it can`)
  }
  if (kind !== '.json' && kind !== '.yaml' && kind !== '.yml') return text.replace(/\r?\n$/, '')
  const located = parserOf(path)(text)
  if ('issues' in located) throw new FileProblem(`${folder.shown(path)}: ${issueText(located.issues)}`)
  return located.value
}

/** How a file of this name is read. */
export const parserOf = (path: string): typeof parseYamlSuite =>
  extname(path).toLowerCase() === '.json' ? parseJsonSuite : parseYamlSuite

/** What is wrong with a file, in one line. */
export const issueText = (issues: readonly SuiteIssue[]): string =>
  issues.map(({ message, line, column }) => `${line}:${column}: ${message}`).join('; ')
