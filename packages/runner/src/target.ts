import {
  AssayError,
  type ChatMessage,
  type Complete,
  type FinishReason,
  type PlannedCase,
  type ToolCall,
  type ToolCallRecord,
  type Usage,
} from '@assay/core'

/** One turn that a target answers: the conversation so far, its last message being what was just said. */
export type Turn = {
  planned: PlannedCase
  messages: readonly ChatMessage[]
  /** Where the turn stands in the conversation, from 1. */
  number: number
  signal: AbortSignal
}

/** What a target said in one turn. */
export type TargetAnswer = {
  text: string
  /** The answer as it came, where it is no text. */
  output?: unknown
  /** What to add to the conversation before the next turn. */
  messages: ChatMessage[]
  /** Calls of tools that nobody answered. */
  openCalls: ToolCall[]
  /** Calls of tools that were made, in their order. */
  toolCalls: ToolCallRecord[]
  /** Calls to the model. */
  steps: number
  finishReason: FinishReason | null
  usage: Usage | null
  costNanoUsd: number | null
  latencyMs: number
  /** No call was made: this is an earlier answer. */
  isCached: boolean
  logProbs?: number[]
  /** What an address of the user's own answered with. */
  httpStatus?: number
  /** What ended the turn before its end; what was used up until then is told all the same. */
  failure?: unknown
}

/** What a case is run against: a model, an agent with its tools, an address. What it opened is closed after the case. */
export type Target = { answer(turn: Turn): Promise<TargetAnswer> } & Partial<AsyncDisposable>

/** A model that is asked once a turn. */
export const modelTarget = (complete: Complete): Target => ({
  async answer({ planned, messages, signal }) {
    const { modelId, parameters, limits, tools, plugins } = planned
    if (plugins.length > 0) throw new AssayError('suite.needs_agent', { what: `the plugins ${plugins.join(', ')}` })
    const request = {
      model: modelId,
      messages: [...messages],
      temperature: 0,
      max_tokens: limits.maxOutputTokens,
      ...(tools.length > 0 && { tools: tools as { type: string }[] }),
      ...parameters,
    }
    const { text, toolCalls, finishReason, usage, costNanoUsd, latencyMs, cached } = await complete(request, { signal })
    return {
      text,
      messages: [assistantMessage(text, toolCalls)],
      openCalls: toolCalls,
      toolCalls: [],
      steps: 1,
      finishReason,
      usage,
      costNanoUsd,
      latencyMs,
      isCached: cached ?? false,
    }
  },
})

/** What a model said as a message of the conversation. */
export const assistantMessage = (text: string, calls: readonly ToolCall[]): ChatMessage => ({
  role: 'assistant',
  content: text,
  ...(calls.length > 0 && { tool_calls: calls.map(functionCall) }),
})

/** A call of a tool as chat completions spell it. */
export const functionCall = ({ id, name, arguments: given }: ToolCall) => ({
  id,
  type: 'function',
  function: { name, arguments: given },
})
