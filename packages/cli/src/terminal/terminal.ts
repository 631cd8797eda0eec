import type { ReadStream, WriteStream } from 'node:tty'
import picocolors from 'picocolors'

export type Colours = ReturnType<typeof picocolors.createColors>

/** What a command sees of the world it was started in; tests hand in another one. */
export type Terminal = {
  stdin: NodeJS.ReadableStream & Partial<Pick<ReadStream, 'isTTY' | 'setRawMode'>>
  stdout: NodeJS.WritableStream & Partial<Pick<WriteStream, 'isTTY' | 'columns'>>
  stderr: NodeJS.WritableStream & Partial<Pick<WriteStream, 'isTTY' | 'columns'>>
  environment: Record<string, string | undefined>
  now: () => number
}

/** The terminal of this process. */
export const processTerminal = (): Terminal => ({
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  environment: process.env,
  now: Date.now,
})

/** Colours for one stream: `NO_COLOR` forbids them, `FORCE_COLOR` wants them, else only a terminal gets them. */
export const coloursFor = (stream: Terminal['stdout'], { environment }: Pick<Terminal, 'environment'>): Colours => {
  const { NO_COLOR: forbidden, FORCE_COLOR: forced, TERM: kind } = environment
  if (forbidden) return picocolors.createColors(false)
  if (forced !== undefined) return picocolors.createColors(forced !== '0' && forced !== 'false')
  return picocolors.createColors(stream.isTTY === true && kind !== 'dumb')
}

const DEFAULT_COLUMNS = 100

/** How many columns tables may take: those of the terminal, else `COLUMNS`, else unlimited for a pipe. */
export const columnsOf = (stream: Terminal['stdout'], { environment }: Pick<Terminal, 'environment'>): number => {
  const told = Number(environment['COLUMNS'])
  if (stream.isTTY) return stream.columns ?? (told > 0 ? told : DEFAULT_COLUMNS)
  return told > 0 ? told : Number.POSITIVE_INFINITY
}

/** True when a person can be asked something. */
export const canAsk = ({ stdin, stderr }: Terminal): boolean => stdin.isTTY === true && stderr.isTTY === true
