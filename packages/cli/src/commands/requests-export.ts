import { once } from 'node:events'
import { type Command, Option } from 'commander'
import { AssayError } from '@assay/core'
import { apiAction, withExample } from '../action.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { readFilter, readTimes, withTimedFilter, type WrittenFilter } from './requests-filter.ts'

type Options = WrittenFilter & { format?: Format; out?: string; yes?: boolean; json?: boolean }

const formats = ['csv', 'ndjson'] as const
type Format = (typeof formats)[number]

/** `assay requests export`: the log as a file. */
export const exportCommand = (requests: Command, terminal: Terminal): void => {
  withExample(
    withTimedFilter(
      requests
        .command('export')
        .description('Write the log as a file, page by page, however long it is; the audit keeps who took it.')
        .addOption(
          new Option('--format <format>', 'By the name of the file where it is left out, else csv.').choices(formats),
        )
        .option('--out <file>', 'Where to; left out, standard output.')
        .option('--yes', 'Take the place of a file that is there.'),
    ),
    'assay requests export --since 7d --format csv --out requests.csv',
  ).action(
    apiAction(terminal, async ({ connect, out }, options: Options) => {
      const { out: path, yes = false } = options
      const times = await readTimes(options, terminal)
      if (path !== undefined && !yes) await refuseExisting(path)
      const format = options.format ?? formatOf(path) ?? (options.json === true ? 'ndjson' : 'csv')
      const { client } = await connect()
      const query = { ...(await readFilter(options, client)), ...times }
      const stream = await client.exportRequests({ format, query })
      const lines = rowCounter(format)
      const onPiece = (piece: Uint8Array) => {
        lines.take(piece)
        out.progress(`${lines.rows().toLocaleString('en')} requests`)
      }
      if (path === undefined) {
        await pipe(stream, terminal.stdout, onPiece)
        out.progress(null)
        return
      }
      const sizeBytes = await writeWhole(stream, path, onPiece)
      out.progress(null)
      const rows = lines.rows()
      out.show({ file: path, format, rows, sizeBytes }, () => path)
      out.note(rows === 0 ? 'No request matches: the file holds none.' : `${rows.toLocaleString('en')} requests.`)
    }),
  )
}

const formatOf = (path: string | undefined): Format | undefined => {
  if (path?.endsWith('.csv')) return 'csv'
  return path !== undefined && /\.(ndjson|jsonl)$/.test(path) ? 'ndjson' : undefined
}

const refuseExisting = async (path: string): Promise<void> => {
  const { access } = await import('node:fs/promises')
  const isThere = await access(path).then(
    () => true,
    () => false,
  )
  if (!isThere) return
  throw new AssayError('usage.invalid', { reason: `${path} is there already.`, example: `--out ${path} --yes` })
}

type Pieces = ReadableStream<Uint8Array>

const pipe = async (stream: Pieces, to: NodeJS.WritableStream, onPiece: (piece: Uint8Array) => void) => {
  let isClosed = false
  // Nobody reads any more, as behind `| head`.
  to.once('error', () => (isClosed = true))
  for await (const piece of stream) {
    onPiece(piece)
    if (isClosed) return
    if (!to.write(piece)) await Promise.race([once(to, 'drain'), once(to, 'error')]).catch(() => {})
  }
}

/** A file is there whole or not at all: it is written beside its place and moved there at the end. */
const writeWhole = async (stream: Pieces, path: string, onPiece: (piece: Uint8Array) => void): Promise<number> => {
  const { open, rename, rm } = await import('node:fs/promises')
  const beside = `${path}.${process.pid}.part`
  try {
    const file = await open(beside, 'wx')
    let sizeBytes = 0
    try {
      for await (const piece of stream) {
        await file.write(piece)
        sizeBytes += piece.byteLength
        onPiece(piece)
      }
    } finally {
      await file.close()
    }
    await rename(beside, path)
    return sizeBytes
  } catch (error) {
    await rm(beside, { force: true })
    const { code, message } = error as NodeJS.ErrnoException
    if (code === undefined || !/^(ENOENT|EACCES|EISDIR|ENOTDIR|EROFS|ENOSPC|EPERM)$/.test(code)) throw error
    const reason =
      code === 'ENOENT' ? `The folder of ${path} does not exist.` : `${path} cannot be written: ${message}.`
    throw new AssayError('usage.invalid', { reason }, { cause: error })
  }
}

const [NEWLINE, QUOTE] = [10, 34]

/** Counts the rows that went by; a line break within quotes is part of a cell. */
const rowCounter = (format: Format) => {
  let lines = 0
  let isQuoted = false
  return {
    take: (piece: Uint8Array) => {
      for (const byte of piece) {
        if (format === 'csv' && byte === QUOTE) isQuoted = !isQuoted
        else if (byte === NEWLINE && !isQuoted) lines++
      }
    },
    rows: () => Math.max(0, format === 'csv' ? lines - 1 : lines),
  }
}
