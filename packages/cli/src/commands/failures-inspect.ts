import type { Command } from 'commander'
import { processTerminal, type Terminal } from '../terminal/terminal.ts'

type Streams = Pick<Terminal, 'stdin' | 'stdout'>

const BAD_LINE = 2
const MAX_LINE_CHARACTERS = 1_048_576

/** `assay failures inspect`: what the rules say of failures, one JSON line in, one out; no database, no network. */
export const inspectCommand = (failures: Command, terminal: Streams = processTerminal()): void => {
  failures
    .command('inspect')
    .description('Classify and group failures without storing them: one JSON line in, one diagnosis out, in order.')
    .option('--jsonl', 'Read {"message":…,"stack"?,"http_status"?,"name"?} lines from stdin.')
    .addHelpText(
      'after',
      `\nExample:\n  $ echo '{"message":"TypeError: fetch failed"}' | assay failures inspect --jsonl`,
    )
    .action(async ({ jsonl }: { jsonl?: boolean }) => {
      if (!jsonl) {
        const { AssayError } = await import('@assay/core')
        throw new AssayError('usage.invalid', {
          reason: 'Only lines of JSON can be inspected.',
          example: 'assay failures inspect --jsonl < failures.jsonl',
        })
      }
      const exitCode = await answerLines(terminal)
      if (exitCode !== 0) process.exitCode = exitCode
    })
}

/** Answers every line in order; a bad one gets its error, and the stream goes on. */
const answerLines = async ({ stdin, stdout }: Streams): Promise<number> => {
  const [{ inspectLine }, events] = await Promise.all([
    import('./failures-inspect-line.ts'),
    import('node:events').then((module) => module.default),
  ])
  let exitCode = 0
  for await (const lines of linesOf(stdin)) {
    const answers: string[] = []
    for (const line of lines) {
      const answer = inspectLine(line)
      if ('error' in answer) exitCode = BAD_LINE
      answers.push(`${JSON.stringify(answer)}\n`)
    }
    if (!stdout.write(answers.join(''))) await events.once(stdout, 'drain')
  }
  return exitCode
}

/** A line as it came, or how long it was when it was too long to be kept. */
export type Line = { number: number; text: string | null }

/** The lines of a stream, as many at once as came at once; the memory for one line is bounded. */
async function* linesOf(input: Streams['stdin']): AsyncGenerator<Line[]> {
  let number = 0
  let rest = ''
  let isTooLong = false
  input.setEncoding('utf8')
  const take = (text: string): Line => {
    const line = { number: ++number, text: isTooLong || text.length > MAX_LINE_CHARACTERS ? null : text }
    isTooLong = false
    return line
  }
  for await (const chunk of input) {
    const pieces = (rest + String(chunk)).split('\n')
    rest = pieces.pop()!
    if (pieces.length > 0) yield pieces.map(take)
    if (rest.length > MAX_LINE_CHARACTERS) {
      isTooLong = true
      rest = ''
    }
  }
  if (rest !== '' || isTooLong) yield [take(rest)]
}
