import { closeSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { AssayError, type CaseResult } from '@assay/core'
import { csvFormat } from './csv.ts'
import type { Format, RunBegan, RunEnded } from './format.ts'
import { htmlFormat } from './html.ts'
import { jsonFormat, jsonlFormat } from './json.ts'
import { junitFormat } from './junit.ts'
import { markdownFormat } from './markdown.ts'

/** A file that a run is reported to. What is in it goes to the disk as it comes, so that its size costs no memory. */
export type Report = {
  path: string
  start(began: RunBegan): void
  result(result: CaseResult): void
  /** Puts the finished file in its place. */
  end(ended: RunEnded): void
  /** Takes away what was begun, after a run that never ended. */
  discard(): void
}

/** Every kind of report by the ending of its file; the first that fits counts. */
const formats: readonly (readonly [ending: string, create: () => Format])[] = [
  ['.jsonl', jsonlFormat],
  ['.ndjson', jsonlFormat],
  ['.json', jsonFormat],
  ['.xml', junitFormat],
  ['.csv', csvFormat],
  ['.html', htmlFormat],
  ['.htm', htmlFormat],
  ['.md', markdownFormat],
]

const BUFFER_CHARACTERS = 65_536

/** Opens the report of a run; its kind follows from the ending of its name. */
export const openReport = (path: string): Report => {
  const create = formats.find(([ending]) => path.toLowerCase().endsWith(ending))?.[1]
  if (!create) {
    const reason = `${path} is no kind of report: its ending is none of .json, .jsonl, .junit.xml, .csv, .html and .md.`
    throw new AssayError('usage.invalid', { reason, example: '--out report.html' })
  }
  const format = create()
  const draft = `${path}.part`
  const file = attempt(path, () => {
    mkdirSync(dirname(path), { recursive: true })
    return openSync(draft, 'w')
  })
  let waiting = ''
  const flush = () => {
    if (waiting) writeAll(file, Buffer.from(waiting))
    waiting = ''
  }
  const write = (text: string) => {
    waiting += text
    if (waiting.length >= BUFFER_CHARACTERS) attempt(path, flush)
  }
  return {
    path,
    start: (began) => write(format.start(began)),
    result: (result) => write(format.result(result)),
    end: (ended) => {
      write(format.end(ended))
      attempt(path, () => {
        flush()
        if (format.head) writeSync(file, format.head(ended), 0)
        closeSync(file)
        renameSync(draft, path)
      })
    },
    discard: () => {
      closeSync(file)
      rmSync(draft, { force: true })
    },
  }
}

const writeAll = (file: number, bytes: Buffer): void => {
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at)
}

const attempt = <Value>(path: string, work: () => Value): Value => {
  try {
    return work()
  } catch (error) {
    const reason = `${path} cannot be written: ${error instanceof Error ? error.message : String(error)}.`
    throw new AssayError('usage.invalid', { reason, example: '--out report.html' }, { cause: error })
  }
}
