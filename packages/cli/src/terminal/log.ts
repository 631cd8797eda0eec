import type { Log } from '@assay/core'
import { plain } from '../print/width.ts'
import { coloursFor, type Terminal } from './terminal.ts'

const levels = ['debug', 'info', 'warn', 'error'] as const
type Level = (typeof levels)[number]

/** The log of a process: JSON lines on stderr for machines, short lines for a person at a terminal. */
export const createLog = (terminal: Terminal, { level }: { level: Level }): Log => {
  const { stderr } = terminal
  const colours = coloursFor(stderr, terminal)
  const paint = { debug: colours.dim, info: colours.dim, warn: colours.yellow, error: colours.red }
  const write = (name: Level, fields: Record<string, unknown>, message: string): void => {
    if (levels.indexOf(name) < levels.indexOf(level)) return
    const time = new Date(terminal.now()).toISOString()
    const line = stderr.isTTY
      ? `${colours.dim(time.slice(11, 19))} ${paint[name](name.padEnd(5))} ${plain(message)} ${colours.dim(shown(fields))}`
      : JSON.stringify({ level: name, time, message, ...withoutStacks(fields) })
    stderr.write(`${line.trimEnd()}\n`)
  }
  return {
    debug: (fields, message) => write('debug', fields, message),
    info: (fields, message) => write('info', fields, message),
    warn: (fields, message) => write('warn', fields, message),
    error: (fields, message) => write('error', fields, message),
  }
}

const shown = (fields: Record<string, unknown>): string =>
  plain(
    Object.entries(withoutStacks(fields))
      .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
      .join(' '),
  )

/** Errors as what they say; where they were thrown is for a debugger, not for a log that others read. */
const withoutStacks = (fields: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      value instanceof Error ? { name: value.name, message: value.message } : value,
    ]),
  )
