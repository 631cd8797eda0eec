import { codeTarget, type CodeTarget, type DefinedSuite } from '@assay/core'
import type { Target } from './target.ts'

/** The function that a suite in code tests; null when it tests models. */
export const codeTargetOf = (suite: unknown): Target | null => {
  const code = (suite as DefinedSuite | null)?.[codeTarget]
  return code ? targetOfCode(code as CodeTarget<Record<string, unknown>>) : null
}

/** Asks a function in place of a model; what it gives that is no text is seen as JSON. */
const targetOfCode = (code: CodeTarget<Record<string, unknown>>): Target => ({
  async answer({ planned: { vars }, messages, signal }) {
    const startedAt = performance.now()
    const input = messages.at(-1)?.content
    const output = await withSignal(
      Promise.resolve(code({ vars, input: typeof input === 'string' ? input : '', messages, signal })),
      signal,
    )
    if (output === undefined) throw new Error('the function of the suite returned nothing')
    const text = typeof output === 'string' ? output : (JSON.stringify(output) ?? '')
    return {
      text,
      output,
      messages: [{ role: 'assistant', content: text }],
      openCalls: [],
      toolCalls: [],
      steps: 1,
      finishReason: null,
      usage: null,
      costNanoUsd: null,
      latencyMs: performance.now() - startedAt,
      isCached: false,
    }
  },
})

/** A function that does not look at its signal is left behind when its time is over. */
const withSignal = async <Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> => {
  const aborted = Promise.withResolvers<never>()
  const onAbort = () => aborted.reject(signal.reason)
  if (signal.aborted) onAbort()
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([work, aborted.promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
