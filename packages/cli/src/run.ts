import { reportProblem } from './terminal/problem.ts'
import { processTerminal, type Terminal } from './terminal/terminal.ts'

const USAGE = 2

/** Runs one command line and gives the exit code; whatever goes wrong is printed as message and hint. */
export const runProgram = async (words: string[], terminal: Terminal = processTerminal()): Promise<number> => {
  const json = words.includes('--json')
  const verbose = words.includes('--verbose') || Boolean(terminal.environment['ASSAY_DEBUG'])
  try {
    const { createProgram } = await import('./program.ts')
    const program = createProgram(terminal)
    await program.parseAsync(words, { from: 'user' })
    return Number(process.exitCode ?? 0)
  } catch (error) {
    if (isParserError(error)) {
      if (error.exitCode === 0) return 0
      if (error.code !== 'commander.help') reportProblem(terminal, usageProblem(error, words), { json, verbose: false })
      return USAGE
    }
    return reportProblem(terminal, error, { json, verbose })
  }
}

type ParserError = Error & { code: string; exitCode: number }

const isParserError = (error: unknown): error is ParserError =>
  error instanceof Error && String((error as Partial<ParserError>).code).startsWith('commander.')

/** The parser's words as message and hint: its suggestion when it has one, else where the help is. */
const usageProblem = ({ message }: ParserError, words: string[]): Error => {
  const [first = '', ...more] = message.replace(/^error: /, '').split('\n')
  const suggestion = more.join(' ').replace(/^\(|\)$/g, '')
  const sentence = `${first[0]?.toUpperCase() ?? ''}${first.slice(1)}${/[.!?]$/.test(first) ? '' : '.'}`
  const path = words.filter((word) => /^[a-z][a-z-]*$/.test(word)).slice(0, 1)
  const hint =
    suggestion || `See \`${['assay', ...(first.includes('unknown command') ? [] : path), '--help'].join(' ')}\`.`
  return Object.assign(new Error(sentence), { code: 'usage.invalid', hint, exitCode: USAGE })
}
