import { hash } from 'node:crypto'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { expandSuite, type CaseResult } from '@assay/core'
import type { RunListener } from '@assay/runner'
import type { Terminal } from '../../terminal/terminal.ts'
import type { Given } from './run.ts'

/** GitHub shows so many errors of a step. */
const MOST_SHOWN = 10

/** Says of each case that did not pass where it is written, so that GitHub shows it beside that line. */
export const annotations = (
  given: Pick<Given, 'suite' | 'suitePath' | 'place' | 'models' | 'filter'>,
  { environment, print }: { environment: Terminal['environment']; print: (line: string) => void },
): RunListener => {
  const failed: CaseResult[] = []
  return {
    result: (result) => {
      const isBad = (result.status === 'failed' || result.status === 'error') && !result.quarantined
      if (isBad && failed.length < MOST_SHOWN) failed.push(result)
    },
    end: () => {
      const places = placesOf(given, new Set(failed.map(({ caseKey }) => caseKey)))
      const root = environment['GITHUB_WORKSPACE'] ?? process.cwd()
      for (const result of failed) {
        const { file, line } = places.get(result.caseKey) ?? {}
        const path = join(dirname(resolve(given.suitePath)), file ?? basename(given.suitePath))
        print(annotation(result, { file: relative(root, path), line }))
      }
    },
  }
}

const placesOf = (
  { suite, models, filter, place }: Pick<Given, 'suite' | 'place' | 'models' | 'filter'>,
  keys: ReadonlySet<string>,
): Map<string, ReturnType<Given['place']>> => {
  if (keys.size === 0) return new Map()
  const sha256 = (text: string) => hash('sha256', text)
  // Templates see the same variables, by any value: only the places of the cases are looked for.
  const environment = Object.fromEntries(suite.env.map((name) => [name, '']))
  const planned = expandSuite(suite, { ...filter, models: models.slice(0, 1), sha256, environment })
  const places = new Map<string, ReturnType<Given['place']>>()
  for (const { caseKey, at } of planned) {
    if (keys.has(caseKey)) places.set(caseKey, place(at))
    if (places.size === keys.size) break
  }
  return places
}

/** One error as a workflow command. */
const annotation = (
  { title, model, error, verdicts }: CaseResult,
  { file, line }: { file: string; line: number | undefined },
): string => {
  const wrong = verdicts.find(({ pass }) => !pass)
  const lines = [
    error && !wrong ? `${error.code}: ${error.message}` : `${wrong?.type ?? 'threshold'}: ${wrong?.reason ?? ''}`,
    ...(wrong?.expected === undefined ? [] : [`expected: ${wrong.expected}`]),
    ...(wrong?.actual === undefined ? [] : [`actual: ${wrong.actual}`]),
  ]
  const properties = [
    `file=${property(file)}`,
    ...(line === undefined ? [] : [`line=${line}`]),
    `title=${property(`${title} on ${model}`)}`,
  ]
  return `::error ${properties.join(',')}::${message(lines.join('\n').slice(0, 2_000))}`
}

// A text must neither end its command nor begin one of its own.
const message = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')

const property = (text: string): string => message(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
