import { appendFile, mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { AssayError, BenchRun } from '@assay/core'

/** Where the comparisons of a data directory are kept, a line each. */
export const benchHistoryPath = (dataDir: string): string => join(dataDir, 'bench', 'history.jsonl')

/** Adds a run as one line, whole or not at all for whoever reads. */
export const appendBenchRun = async (path: string, run: BenchRun): Promise<void> => {
  await mkdir(dirname(path), { recursive: true })
  await appendFile(path, `${JSON.stringify(run)}\n`)
}

/** The runs there are, the oldest first; a line that was cut off or is of another version is passed over. */
export const readBenchHistory = async (path: string): Promise<BenchRun[]> => {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  return text.split('\n').flatMap((line) => runOf(line) ?? [])
}

/** One run out of a file that `--out` wrote. */
export const readBenchRun = async (path: string): Promise<BenchRun> => {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new AssayError('usage.invalid', {
      reason: `${path} cannot be read: ${error.message}.`,
      example: '--baseline last',
    })
  })
  const run = runOf(text)
  if (run) return run
  throw new AssayError('usage.invalid', {
    reason: `${path} holds no comparison of providers.`,
    example: '--baseline last',
  })
}

const runOf = (text: string): BenchRun | null => {
  try {
    return BenchRun.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}
