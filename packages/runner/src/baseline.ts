import { closeSync, createReadStream, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { addToSide, AssayError, type CaseResult, type RunSide } from '@assay/core'
import { readEntries, runIds } from './journal.ts'
import { resultKey } from './skipped-result.ts'

/** What of a result is compared later: no text of an answer, so that a baseline can lie in a repository. */
type Kept = Pick<CaseResult, 'caseKey' | 'title' | 'model' | 'repeat' | 'status' | 'score' | 'assertHash'>

/** A baseline that is being written; it takes the place of an earlier one when it is whole. */
export type BaselineDraft = {
  path: string
  add(result: CaseResult): void
  end(): void
  discard(): void
}

const ENDING = '.jsonl'
const BUFFER_CHARACTERS = 65_536

/** Begins the baseline of this name under `<folder>/baselines/`. */
export const beginBaseline = (
  folder: string,
  name: string,
  head: { runId: string; startedAt: string },
): BaselineDraft => {
  checkName(name)
  const path = pathOf(folder, name)
  mkdirSync(join(folder, 'baselines'), { recursive: true })
  const draft = `${path}.${process.pid}.part`
  const file = openSync(draft, 'w')
  let waiting = `${JSON.stringify({ kind: 'baseline', version: 1, name, ...head })}\n`
  const flush = () => {
    if (waiting) writeSync(file, waiting)
    waiting = ''
  }
  return {
    path,
    add: (result) => {
      waiting += `${JSON.stringify(keptOf(result))}\n`
      if (waiting.length >= BUFFER_CHARACTERS) flush()
    },
    end: () => {
      flush()
      closeSync(file)
      renameSync(draft, path)
    },
    discard: () => {
      closeSync(file)
      rmSync(draft, { force: true })
    },
  }
}

/** A baseline or, where there is none of this name, a run of this id, as it is compared. */
export const readRunSide = async (folder: string, name: string): Promise<RunSide> => {
  const baselines = await baselineNames(folder)
  if (baselines.includes(name)) return readBaseline(folder, name)
  const runs = join(folder, 'runs')
  const ids = await runIds(runs)
  if (!ids.includes(name)) throw new AssayError('suite.baseline_unknown', { name, baselines, runs: ids.slice(-3) })
  // A result of a run that was gone on with may stand there twice; the later one counts.
  const last = new Map<string, Kept>()
  for await (const { result } of readEntries(runs, name)) last.set(resultKey(result), keptOf(result))
  return sideOf(last.values())
}

/** The baselines there are. */
export const baselineNames = async (folder: string): Promise<string[]> => {
  const found = await readdir(join(folder, 'baselines')).catch(() => [])
  return found.flatMap((file) => (file.endsWith(ENDING) ? [file.slice(0, -ENDING.length)] : [])).toSorted()
}

const readBaseline = async (folder: string, name: string): Promise<RunSide> => {
  const side: RunSide = new Map()
  const lines = createInterface({ input: createReadStream(pathOf(folder, name)), crlfDelay: Infinity })
  let number = 0
  for await (const line of lines) {
    number++
    if (line.trim() === '') continue
    const row = rowIn(line)
    if (row === null) {
      throw new AssayError('suite.baseline_broken', { path: pathOf(folder, name), line: number })
    }
    if ('caseKey' in row) addToSide(side, row)
  }
  return side
}

const rowIn = (line: string): Kept | { kind: 'baseline' } | null => {
  try {
    const row = JSON.parse(line) as Kept | { kind: 'baseline' }
    return 'caseKey' in row || row.kind === 'baseline' ? row : null
  } catch {
    return null
  }
}

const sideOf = (rows: Iterable<Kept>): RunSide => {
  const side: RunSide = new Map()
  for (const row of rows) addToSide(side, row)
  return side
}

const keptOf = ({ caseKey, title, model, repeat, status, score, assertHash }: CaseResult): Kept => ({
  caseKey,
  title,
  model,
  repeat,
  status,
  score,
  ...(assertHash !== undefined && { assertHash }),
})

const pathOf = (folder: string, name: string): string => join(folder, 'baselines', `${name}${ENDING}`)

const checkName = (name: string): void => {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(name)) return
  const reason = `${JSON.stringify(name)} is no name of a baseline: letters, digits, dots, dashes and underscores make one.`
  throw new AssayError('usage.invalid', { reason, example: '--save-baseline main' })
}
