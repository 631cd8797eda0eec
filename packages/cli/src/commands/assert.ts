import type { Command } from 'commander'
import type { Dialect } from '@assay/core'
import { action, withExample } from '../action.ts'
import type { Terminal } from '../terminal/terminal.ts'

type AssertOptions = { jsonl?: boolean; dialect: string }

const BAD_LINE = 2

/** `assay assert`: verdicts for lines of JSON, one line each, in order. */
export const assertCommand = (program: Command, terminal: Terminal): void => {
  withExample(
    program
      .command('assert')
      .description('Check outputs against assertions: one JSON line in, one verdict out, in the same order.')
      .option('--jsonl', 'Read {"assertion":{…},"output":…,"context":{…}} lines from stdin.')
      .option('--dialect <dialect>', 'What type names mean: assay, promptfoo or prpm.', 'assay'),
    `echo '{"assertion":{"type":"contains","value":"4"},"output":"2+2=4"}' | assay assert --jsonl`,
  ).action(
    action(terminal, async (_, { jsonl, dialect }: AssertOptions) => {
      const [{ AssayError, dialects, silentLog }, { createSandboxPool }] = await Promise.all([
        import('@assay/core'),
        import('@assay/runner'),
      ])
      const known = dialects.find((name) => name === dialect)
      if (!jsonl || !known) {
        const reason = known
          ? 'Only lines of JSON can be checked yet.'
          : `There is no dialect ${JSON.stringify(dialect)}.`
        throw new AssayError('usage.invalid', {
          reason,
          example: 'assay assert --jsonl --dialect assay < probes.jsonl',
        })
      }
      await using sandbox = createSandboxPool({ log: silentLog })
      return await answerLines(terminal, { sandbox, dialect: known })
    }),
  )
}

/** Lines that are checked at once; their answers wait for those before them. */
const AHEAD = 64

const answerLines = async (
  { stdin, stdout }: Terminal,
  tools: { sandbox: import('@assay/core').Sandbox; dialect: Dialect },
): Promise<number> => {
  const [{ createInterface }, events, { answerProbe }] = await Promise.all([
    import('node:readline'),
    import('node:events'),
    import('@assay/runner'),
  ])
  let exitCode = 0
  const under: ReturnType<typeof answerProbe>[] = []
  const writeNext = async () => {
    const reply = await under.shift()!
    if ('error' in reply && reply.error.code === 'assertion.bad_json') exitCode = BAD_LINE
    if (!stdout.write(`${JSON.stringify(reply)}\n`)) await events.default.once(stdout, 'drain')
  }
  let number = 0
  for await (const line of createInterface({ input: stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
    number++
    under.push(answerProbe(line, { ...tools, number }))
    if (under.length >= AHEAD) await writeNext()
  }
  while (under.length > 0) await writeNext()
  return exitCode
}
