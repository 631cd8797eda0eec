import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault, ToolCallRecord } from '@assay/core'

/** One call of a tool, as an agent asked for it. */
export type ToolRequest = {
  name: string
  args: unknown
  /** The call of the model that asked for it, from 1. */
  step: number
  signal: AbortSignal
}

/** What came of a call; whatever goes wrong with a tool is an answer too, for the agent to read. */
export type ToolAnswer = { status: ToolCallRecord['status']; text: string }

/** Runs one tool. Wrapping it is how faults, limits, records and recordings are composed. */
export type RunTool = (call: ToolRequest) => Promise<ToolAnswer>

/** What calls of tools go through in one case. */
export type RunToolOptions = {
  /** The tools themselves. */
  execute: RunTool
  faults: readonly Fault[]
  /** Texts that no agent may see. */
  secrets: readonly string[]
  maxResultBytes: number
  now: () => number
  /** Told of each call that came to an end. */
  onRecord: (record: ToolCallRecord) => void
  /** What stands in place of the tools, such as answers of an earlier run. */
  around?: ((next: RunTool) => RunTool) | undefined
}

/** The one way to a tool: every call of every plugin goes through it, the outermost wrapping last. */
export const createRunTool = (options: RunToolOptions): RunTool => {
  const around = options.around ?? ((next: RunTool) => next)
  const wrappings = [
    untilAborted,
    withoutSecrets(options),
    around,
    withFaults(options),
    recorded(options),
    cut(options),
  ]
  return wrappings.reduce<RunTool>((next, wrap) => wrap(next), options.execute)
}

/** Excerpt of an answer that results keep. */
const MOST_KEPT_CHARACTERS = 2_000

/** A tool that does not heed the end of its case is left behind. */
const untilAborted =
  (next: RunTool): RunTool =>
  (call) =>
    new Promise((resolve, reject) => {
      const { signal } = call
      const end = () => resolve(ended)
      if (signal.aborted) return end()
      signal.addEventListener('abort', end, { once: true })
      next(call)
        .then(resolve, reject)
        .finally(() => signal.removeEventListener('abort', end))
    })

const ended: ToolAnswer = { status: 'timeout', text: 'The case ended before the tool answered.' }

const withFaults = ({ faults }: RunToolOptions) => {
  const counts = new Map<string, number>()
  return (next: RunTool): RunTool =>
    async (call) => {
      const number = (counts.get(call.name) ?? 0) + 1
      counts.set(call.name, number)
      for (const { tool, on, delayMs, error, body } of faults) {
        if (tool !== call.name || (on !== undefined && on !== number)) continue
        if (delayMs !== undefined && !(await waited(delayMs, call.signal))) return ended
        if (error !== undefined) return { status: 'error', text: error }
        if (body !== undefined) return { status: 'ok', text: typeof body === 'string' ? body : JSON.stringify(body) }
      }
      return next(call)
    }
}

/** False when the case ended first. */
const waited = (delayMs: number, signal: AbortSignal): Promise<boolean> =>
  sleep(delayMs, true, { signal }).catch(() => false)

const withoutSecrets =
  ({ secrets }: RunToolOptions) =>
  (next: RunTool): RunTool =>
  async (call) => {
    const answer = await next(call)
    return { ...answer, text: masked(answer.text, secrets) }
  }

/** A text without the secrets in it. */
export const masked = (text: string, secrets: readonly string[]): string =>
  secrets.reduce((rest, secret) => rest.replaceAll(secret, '[redacted]'), text)

const recorded =
  ({ now, onRecord }: RunToolOptions) =>
  (next: RunTool): RunTool =>
  async (call) => {
    const startedAt = now()
    try {
      const answer = await next(call)
      onRecord(recordOf(call, answer, now() - startedAt))
      return answer
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error)
      onRecord(recordOf(call, { status: 'error', text }, now() - startedAt))
      throw error
    }
  }

/** A call with its end, as results keep it. */
export const recordOf = (
  { name, args, step }: Omit<ToolRequest, 'signal'>,
  { status, text }: ToolAnswer,
  durationMs: number,
): ToolCallRecord => ({
  name,
  args,
  status,
  resultBytes: Buffer.byteLength(text),
  durationMs,
  step,
  result: text.length > MOST_KEPT_CHARACTERS ? `${text.slice(0, MOST_KEPT_CHARACTERS)}…` : text,
})

const cut =
  ({ maxResultBytes }: RunToolOptions) =>
  (next: RunTool): RunTool =>
  async (call) => {
    const answer = await next(call)
    const sizeBytes = Buffer.byteLength(answer.text)
    if (sizeBytes <= maxResultBytes) return answer
    // A stream decoder leaves out a last character that is not whole.
    const kept = new TextDecoder().decode(Buffer.from(answer.text).subarray(0, maxResultBytes), { stream: true })
    return { ...answer, text: `${kept}\n[cut: the first ${Buffer.byteLength(kept)} of ${sizeBytes} bytes]` }
  }
