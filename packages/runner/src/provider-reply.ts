import { answerOf, NANO_USD_PER_USD, noUsage, type Usage } from '@assay/core'
import type { TargetAnswer } from './target.ts'

/** What a script or an address says, as promptfoo spells it: the answer itself, or an object around it. */
type ProviderReply = { output: unknown; error: string | null; usage: Usage | null; costUsd: number | null }

/** Reads a value as a reply: an object with `output` or `error` is one, anything else is the answer. */
export const readReply = (value: unknown): ProviderReply => {
  const isReply = isRecord(value) && ('output' in value || 'error' in value)
  if (!isReply) return { output: value, error: null, usage: null, costUsd: null }
  const { output, error, tokenUsage, cost } = value
  return {
    output,
    error: error === undefined || error === null || error === '' ? null : textOf(error),
    usage: isRecord(tokenUsage) ? usageOf(tokenUsage) : null,
    costUsd: typeof cost === 'number' && Number.isFinite(cost) && cost >= 0 ? cost : null,
  }
}

/** A reply as the answer of a turn. */
export const replyAnswer = (
  { output, usage, costUsd }: Omit<ProviderReply, 'error'>,
  { latencyMs, isCached = false }: { latencyMs: number; isCached?: boolean },
): TargetAnswer => {
  const { text } = answerOf(output)
  return {
    text,
    ...(typeof output !== 'string' && { output }),
    messages: [{ role: 'assistant', content: text }],
    openCalls: [],
    toolCalls: [],
    steps: 1,
    finishReason: null,
    usage: usage ?? (costUsd === null ? null : noUsage),
    costNanoUsd: costUsd === null ? null : Math.round(costUsd * NANO_USD_PER_USD),
    latencyMs,
    isCached,
  }
}

const usageOf = ({ prompt, completion, total }: Record<string, unknown>): Usage => {
  const [input, output, all] = [countOf(prompt), countOf(completion), countOf(total)]
  return { ...noUsage, inputTokens: input ?? Math.max(0, (all ?? 0) - (output ?? 0)), outputTokens: output ?? 0 }
}

const countOf = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? Math.round(value) : null

const textOf = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''))

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
