import { event, type FakeFace, type ReadyReply } from './reply.ts'

const finishReasons = { stop: 'STOP', tool_calls: 'STOP', length: 'MAX_TOKENS', content_filter: 'SAFETY' } as const

/** `POST /v1beta/models/{model}:generateContent` and `:streamGenerateContent` as Gemini speaks them. */
export const gemini: FakeFace = {
  whole: (reply, number) => answerOf(reply, number, partsOf(reply), true),
  events: (reply, number) => {
    const pieces = reply.pieces.map((text) => event(answerOf(reply, number, [{ text }], false)))
    const calls = reply.toolCalls.map(callPart)
    return [...pieces, event(answerOf(reply, number, calls.length > 0 ? calls : [{ text: '' }], true))]
  },
  error: (status, message) => ({ error: { code: status, message, status: statuses[status] ?? 'INTERNAL' } }),
}

const statuses: Record<number, string> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
}

type Part = { text: string } | { functionCall: { id: string; name: string; args: unknown } }

const partsOf = ({ text, toolCalls }: ReadyReply): Part[] => [
  ...(text === '' && toolCalls.length > 0 ? [] : [{ text }]),
  ...toolCalls.map(callPart),
]

const callPart = ({ id, name, args }: ReadyReply['toolCalls'][number]): Part => ({
  functionCall: { id, name, args: args ?? {} },
})

const answerOf = ({ model, usage, finishReason }: ReadyReply, number: number, parts: Part[], isLast: boolean) => ({
  candidates: [
    { index: 0, content: { role: 'model', parts }, ...(isLast && { finishReason: finishReasons[finishReason] }) },
  ],
  usageMetadata: {
    promptTokenCount: usage.inputTokens,
    cachedContentTokenCount: usage.cacheReadInputTokens,
    candidatesTokenCount: usage.outputTokens,
    totalTokenCount: usage.inputTokens + usage.outputTokens,
  },
  modelVersion: model,
  responseId: `response-${number}`,
})
