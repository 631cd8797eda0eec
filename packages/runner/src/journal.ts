import { appendFileSync, createReadStream } from 'node:fs'
import { mkdir, open, readdir, readFile, truncate, type FileHandle } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { join } from 'node:path'
import { AssayError, type CaseResult, type Completion } from '@assay/core'
import type { TargetAnswer } from './target.ts'

/** The first line of a journal: what the run was of, so that only the same run is gone on with. */
export type JournalHead = {
  kind: 'run'
  runId: string
  planHash: string
  version: string
  dialect: string
  /** The suite's file, as it was named. */
  file: string
  /** What the suite calls itself. */
  name?: string
  models: string[]
  startedAt: string
}

/** What a target said in a turn, kept so that new assertions can be held to it without asking again. */
export type StoredTurn = Omit<TargetAnswer, 'isCached'>

/** What a judge said to one question, by what the question is known by. */
export type StoredJudgement = { key: string } & Pick<Completion, 'text' | 'usage' | 'costNanoUsd'> & {
    /** An embedding, as the bytes of its numbers in base64. */
    vector?: string
  }

/** A finished result with what was said, by the target and by judges. */
export type JournalEntry = {
  kind: 'result'
  result: CaseResult
  turns: readonly StoredTurn[]
  judged?: readonly StoredJudgement[]
}

/** The file that a run writes its results to as they come, so that it can go on after any end. */
export type Journal = AsyncDisposable & {
  runId: string
  path: string
  append(result: CaseResult, turns: readonly StoredTurn[], judged?: readonly StoredJudgement[]): void
  /** Resolves when everything appended is on the disk. */
  flush(): Promise<void>
}

/** Results are synced together, none later than this. */
const SYNC_MS = 100
const JOURNAL = 'journal.jsonl'

/** Begins the journal of a new run under `<folder>/<runId>/`. */
export const beginJournal = async (folder: string, head: JournalHead): Promise<Journal> => {
  const directory = join(folder, head.runId)
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const path = join(directory, JOURNAL)
  const file = await open(path, 'ax', 0o600)
  await file.write(`${JSON.stringify(head)}\n`)
  await file.sync()
  return writer(file, { runId: head.runId, path })
}

/** Goes on with a journal that was begun before; a line that was cut is taken away first. */
export const continueJournal = async (folder: string, runId: string): Promise<Journal> => {
  const path = join(folder, runId, JOURNAL)
  await truncate(path, await wholeBytes(path))
  return writer(await open(path, 'a'), { runId, path })
}

/**
 * Lines are handed to the system in the turn of the loop they come in, so that a process that is killed loses none of
 * them; what is waited with is only the disk.
 */
const writer = (file: FileHandle, { runId, path }: Pick<Journal, 'runId' | 'path'>): Journal => {
  let waiting: string[] = []
  let timer: NodeJS.Timeout | null = null
  let turn: Promise<void> = Promise.resolve()
  let failure: unknown = null
  const write = (): void => {
    if (waiting.length === 0) return
    const text = waiting.join('')
    waiting = []
    try {
      appendFileSync(file.fd, text)
    } catch (error) {
      failure ??= error
    }
  }
  const sync = async (): Promise<void> => {
    write()
    if (failure) throw failure
    await file.datasync()
  }
  const flush = (): Promise<void> => {
    if (timer) clearTimeout(timer)
    timer = null
    turn = turn.then(sync)
    return turn
  }
  return {
    runId,
    path,
    append: (result, turns, judged = []) => {
      if (failure) throw failure
      const entry: JournalEntry = { kind: 'result', result, turns, ...(judged.length > 0 && { judged }) }
      if (waiting.length === 0) setImmediate(write)
      waiting.push(`${JSON.stringify(entry)}\n`)
      timer ??= setTimeout(() => {
        timer = null
        flush().catch((error: unknown) => (failure ??= error))
      }, SYNC_MS)
    },
    flush,
    [Symbol.asyncDispose]: async () => {
      try {
        await flush()
      } finally {
        await file.close()
      }
    },
  }
}

/** The head of a run's journal; throws `suite.run_unknown` when there is none. */
export const readHead = async (folder: string, runId: string): Promise<JournalHead> => {
  try {
    const text = await readFile(join(folder, runId, JOURNAL), 'utf8')
    return JSON.parse(text.slice(0, text.indexOf('\n'))) as JournalHead
  } catch (error) {
    throw new AssayError('suite.run_unknown', { runId, known: await runIds(folder) }, { cause: error })
  }
}

/** The finished results of a run, one at a time; a last line that was cut is none. */
export async function* readEntries(folder: string, runId: string): AsyncGenerator<JournalEntry> {
  const lines = createInterface({ input: createReadStream(join(folder, runId, JOURNAL)), crlfDelay: Infinity })
  for await (const line of lines) {
    const entry = entryIn(line)
    if (entry) yield entry
  }
}

const entryIn = (line: string): JournalEntry | null => {
  if (!line.startsWith('{"kind":"result"')) return null
  try {
    return JSON.parse(line) as JournalEntry
  } catch {
    return null
  }
}

/** The runs there are journals of, the newest last: their ids begin with their time. */
export const runIds = async (folder: string): Promise<string[]> => {
  const found = await readdir(folder).catch(() => [])
  return found.toSorted((a, b) => (a < b ? -1 : 1))
}

const wholeBytes = async (path: string): Promise<number> => {
  const bytes = await readFile(path)
  return bytes.lastIndexOf(10) + 1
}
