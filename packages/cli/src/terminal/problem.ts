import { inspect } from 'node:util'
import { coloursFor, type Terminal } from './terminal.ts'
import { plain } from '../print/width.ts'

/** An error as a person needs it. */
type Problem = { code: string; message: string; hint: string; requestId?: string; exitCode: number }

type Told = { code: string; message: string; hint: string; exitCode?: number; status?: number; requestId?: string }

/** What an error means: those of the catalogue and of a server bring their own words, others are unexpected. */
const problemOf = (error: unknown): Problem => {
  if (isTold(error)) {
    const { code, message, hint, requestId } = error
    return {
      code,
      message,
      hint,
      exitCode: error.exitCode ?? exitCodeOf(error.status ?? 500),
      ...(requestId ? { requestId } : {}),
    }
  }
  return {
    code: 'internal.unexpected',
    message: error instanceof Error ? error.message : String(error),
    hint: 'Run it again with --verbose to see the cause.',
    exitCode: 1,
  }
}

/** Prints an error to stderr and gives the exit code; the cause only when asked for. */
export const reportProblem = (
  terminal: Terminal,
  error: unknown,
  { json, verbose }: { json: boolean; verbose: boolean },
): number => {
  const problem = problemOf(error)
  const { exitCode, ...told } = problem
  const colours = coloursFor(terminal.stderr, terminal)
  if (json) {
    terminal.stderr.write(`${JSON.stringify({ error: told })}\n`)
  } else {
    const lines = [`${colours.red('error:')} ${plain(problem.message, { keepLines: true })}`]
    if (problem.hint) lines.push(`${colours.cyan('hint:')} ${plain(problem.hint, { keepLines: true })}`)
    if (problem.requestId) lines.push(colours.dim(`request: ${plain(problem.requestId)}`))
    terminal.stderr.write(`${lines.join('\n')}\n`)
  }
  if (verbose) terminal.stderr.write(`${inspect(error, { depth: 6 })}\n`)
  return exitCode
}

const isTold = (error: unknown): error is Told =>
  error instanceof Error &&
  typeof (error as Partial<Told>).code === 'string' &&
  typeof (error as Partial<Told>).hint === 'string'

const exitCodeOf = (status: number): number => {
  if (status === 401 || status === 403) return 4
  return status >= 500 ? 5 : 2
}
