import {
  answerOf,
  AssayError,
  AssertionSpec,
  compileAssertion,
  isAssayError,
  isDeeperThan,
  issuesOf,
  MAX_JSON_DEPTH,
  type Dialect,
  type Sandbox,
} from '@assay/core'
import { z } from 'zod'

/** What one line of `assay assert --jsonl` is answered with. */
export type ProbeReply = { pass: boolean; score: number; reason: string } | { error: { code: string; message: string } }

/** Answers one line: an assertion, an output and what is known of it. A bad line is answered too, never thrown. */
export const answerProbe = async (
  line: string,
  { number, sandbox, dialect }: { number: number; sandbox: Sandbox; dialect: Dialect },
): Promise<ProbeReply> => {
  try {
    const { assertion, output, context } = readProbe(line, number)
    const check = compileAssertion(assertion, dialect)
    refuseUnknown(assertion, dialect)
    const { pass, score, reason } = await check(answerOf(output, context), sandbox)
    return { pass, score, reason }
  } catch (error) {
    if (isAssayError(error)) return { error: { code: error.code, message: error.message } }
    return { error: { code: 'internal.unexpected', message: error instanceof Error ? error.message : String(error) } }
  }
}

const Probe = z.strictObject({
  assertion: z.record(z.string(), z.unknown()),
  output: z.unknown().optional(),
  context: z
    .strictObject({
      vars: z.record(z.string(), z.unknown()).optional(),
      latencyMs: z.number().optional(),
      costUsd: z.number().optional(),
      logProbs: z.array(z.number()).optional(),
      finishReason: z.string().optional(),
      tools: z.array(z.unknown()).optional(),
    })
    .nullish(),
})

const readProbe = (line: string, number: number) => {
  const bad = (reason: string) => new AssayError('assertion.bad_json', { line: number, reason })
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (error) {
    throw bad((error as Error).message)
  }
  if (isDeeperThan(value, MAX_JSON_DEPTH)) throw bad(`it is nested deeper than ${MAX_JSON_DEPTH}`)
  const parsed = Probe.safeParse(value)
  if (!parsed.success) {
    throw bad(
      issuesOf(parsed.error)
        .map(({ path, message }) => (path ? `${path}: ${message}` : message))
        .join('; '),
    )
  }
  if (parsed.data.output === undefined) throw bad('output is missing')
  const given = Object.entries(parsed.data.context ?? {}).filter(([, member]) => member !== undefined)
  return { assertion: parsed.data.assertion, output: parsed.data.output, context: Object.fromEntries(given) }
}

/** Keys that mean something elsewhere are named, not skipped: a verdict without them could be another one. */
const refuseUnknown = (assertion: Record<string, unknown>, dialect: Dialect): void => {
  const parsed = AssertionSpec.partial().safeParse(assertion)
  if (parsed.success) return
  const type = typeof assertion['type'] === 'string' ? assertion['type'] : dialect
  const reason = issuesOf(parsed.error)
    .map(({ path, message }) => (path ? `${path}: ${message}` : message))
    .join('; ')
  throw new AssayError('assertion.bad_value', { type, reason })
}
