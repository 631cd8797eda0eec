import type { Command } from 'commander'
import { reportProblem } from './terminal/problem.ts'
import { processTerminal, type Terminal } from './terminal/terminal.ts'

const USAGE = 2

/** Runs one command line and gives the exit code; whatever goes wrong is printed as message and hint. */
export const runProgram = async (words: string[], terminal: Terminal = processTerminal()): Promise<number> => {
  let program: Command | undefined
  const json = words.includes('--json')
  const verbose = words.includes('--verbose') || Boolean(terminal.environment['ASSAY_DEBUG'])
  try {
    const { createProgram } = await import('./program.ts')
    program = createProgram(terminal)
    await program.parseAsync(words.length > 0 ? words : ['--help'], { from: 'user' })
    return Number(process.exitCode ?? 0)
  } catch (error) {
    if (isParserError(error)) {
      if (error.exitCode === 0) return 0
      const problem = usageProblem(error, pathIn(program, words))
      if (error.code !== 'commander.help') reportProblem(terminal, problem, { json, verbose: false })
      return USAGE
    }
    return reportProblem(terminal, error, { json, verbose })
  }
}

type ParserError = Error & { code: string; exitCode: number }

const isParserError = (error: unknown): error is ParserError =>
  error instanceof Error && String((error as Partial<ParserError>).code).startsWith('commander.')

/** The parser's words as message and hint: its suggestion when it has one, else where the help is. */
const usageProblem = ({ message }: ParserError, path: string[]): Error => {
  const [first = '', ...more] = message.replace(/^error: /, '').split('\n')
  const suggestion = more.join(' ').replace(/^\(|\)$/g, '')
  const sentence = `${first[0]?.toUpperCase() ?? ''}${first.slice(1)}${/[.!?]$/.test(first) ? '' : '.'}`
  const hint = suggestion || `See \`${['assay', ...path, '--help'].join(' ')}\`.`
  return Object.assign(new Error(sentence), { code: 'usage.invalid', hint, exitCode: USAGE })
}

/** The names of the commands that a command line leads to. */
const pathIn = (command: Command | undefined, words: string[]): string[] => {
  const next = command?.commands.find((child) => words.includes(child.name()))
  return next ? [next.name(), ...pathIn(next, words.slice(words.indexOf(next.name()) + 1))] : []
}
