import type { Command } from 'commander'
import type { Dialect } from '@assay/core'
import { action, withExample } from '../action.ts'
import type { Terminal } from '../terminal/terminal.ts'

type AssertOptions = { jsonl?: boolean; dialect: string; provider?: string; embeddings?: string }

const BAD_LINE = 2

/** `assay assert`: verdicts for lines of JSON, one line each, in order. */
export const assertCommand = (program: Command, terminal: Terminal): void => {
  withExample(
    program
      .command('assert')
      .description('Check outputs against assertions: one JSON line in, one verdict out, in the same order.')
      .option('--jsonl', 'Read {"assertion":{…},"output":…,"context":{…}} lines from stdin.')
      .option('--dialect <dialect>', 'What type names mean: assay, promptfoo or prpm.', 'assay')
      .option('-m, --provider <model>', 'The model that judges where an assertion needs one and names none.')
      .option('--embeddings <model>', 'The model that similar texts are found by; else one whose key is set.'),
    `echo '{"assertion":{"type":"contains","value":"4"},"output":"2+2=4"}' | assay assert --jsonl`,
  ).action(
    action(terminal, async (_, { jsonl, dialect, provider, embeddings }: AssertOptions) => {
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
      if (provider === undefined && embeddings === undefined)
        return await answerLines(terminal, { sandbox, dialect: known })
      const judging = await openJudging(terminal, { provider, embeddings })
      await using _asked = judging
      return await answerLines(terminal, { sandbox, dialect: known, panel: judging.panel })
    }),
  )
}

/** The judges of the lines: those that are named, else for embeddings what the keys at hand open. */
const openJudging = async (
  terminal: Terminal,
  given: { provider: string | undefined; embeddings: string | undefined },
) => {
  const [{ createProbePanel, defaultJudges, localModels }, { createAsked }] = await Promise.all([
    import('@assay/runner'),
    import('./test/asked.ts'),
  ])
  const local = localModels(terminal.environment)
  for (const model of [given.provider, given.embeddings]) if (model !== undefined) await local.resolve(model)
  const { embedding } = await defaultJudges(local)
  const asked = await createAsked(local, terminal)
  const panel = createProbePanel({
    complete: asked.complete,
    judges: { model: given.provider ?? null, embedding: given.embeddings ?? embedding },
    now: terminal.now,
    signal: new AbortController().signal,
  })
  return { panel, [Symbol.asyncDispose]: () => asked[Symbol.asyncDispose]() }
}

/** Lines that are checked at once; their answers wait for those before them. */
const AHEAD = 64

const answerLines = async (
  { stdin, stdout }: Terminal,
  tools: { sandbox: import('@assay/core').Sandbox; dialect: Dialect; panel?: import('@assay/runner').Panel },
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
