import { type Replay, type RequestDetail, RequestRecord, timestamp, type Attempt } from '@assay/core'
import { createRandom, idOf, type Random } from './random.ts'

const prompts = [
  'Summarise the delivery note and list the open positions as JSON.',
  'Which of these three contracts allows a notice period below 30 days?',
  'Translate the following error message for a customer who is not technical.',
  'Write a SQL query that finds invoices without a matching order.',
  'Classify this ticket: billing, technical, account, other.',
  'Extract name, address and VAT id from the text below.',
  'Draft a reply that declines politely and offers a call next week.',
  '<img src=x onerror="document.title=\'owned\'"> ![x](https://example.com/p.png)',
  'Explain why the attached stack trace ends in a null pointer.',
  'Is the following sentence positive, negative or neutral?',
]

/** What answers: its price in nano-USD per token, in and out, and how quick it is. */
const models = [
  { providerName: 'compatible', model: 'small-instruct', in: 150, out: 600, latencyMs: 640, complexity: 'simple' },
  { providerName: 'compatible', model: 'medium-instruct', in: 800, out: 3_200, latencyMs: 1_480, complexity: 'medium' },
  { providerName: 'sim', model: 'smart', in: 2_500, out: 10_000, latencyMs: 3_900, complexity: 'complex' },
] as const

const BASELINE = { in: 2_500, out: 10_000 }

/** The request log of a busy small team: mostly answered, some failed, some on their second try. */
export const makeRequests = (count: number, now: number): RequestRecord[] => {
  const random = createRandom(7)
  let at = now - 20_000
  return Array.from({ length: count }, (_, number) => {
    at -= random.between(1_000, 190_000)
    return RequestRecord.parse(makeRequest({ random, number, at }))
  })
}

/** The same question asked again: another answer by another model, a little dearer. */
export const replayOf = (request: RequestRecord, model = request.requestModel): Replay => {
  const before = {
    requestId: request.id,
    model: `${request.providerName ?? ''}/${request.responseModel ?? request.requestModel}`,
    status: request.status,
    answer: detailOf(request).body?.answer ?? null,
    error: null,
    costNanoUsd: request.costNanoUsd,
    latencyMs: request.latencyMs,
    outputTokens: request.outputTokens,
  }
  const answer = {
    text: 'The order left our house on Monday and arrives today.',
    reasoningText: '',
    toolCalls: [],
    finishReason: 'stop' as const,
  }
  const after = { ...before, requestId: idOf(1, 1), model, status: 'completed' as const, answer, latencyMs: 810 }
  return { before, after, isSameText: false }
}

/** A request as it is shown by itself: the retried ones keep their bodies. */
export const detailOf = (request: RequestRecord): RequestDetail => ({
  ...request,
  rejected: request.rejected.map((one, index) => ({
    ...one,
    costNanoUsd: index === 2 ? null : Math.round((request.baselineCostNanoUsd ?? 0) / (index + 2)),
  })),
  contributions:
    request.attempts.length < 2
      ? null
      : [
          { feature: 'task', value: 1, points: 0.25 },
          { feature: 'length', value: 21, points: 0.2 },
          { feature: 'constraints', value: 2, points: 0.06 },
        ],
  feedback: [],
  body:
    request.attempts.length < 2
      ? null
      : {
          request: {
            model: request.requestModel,
            messages: [
              { role: 'system', content: 'You answer for the order desk, briefly.' },
              { role: 'user', content: `${request.promptPreview} Answer to <email:1>.` },
            ],
          },
          answer: {
            text: request.status === 'failed' ? '' : 'The order left our house on Tuesday and arrives tomorrow.',
            reasoningText: '',
            toolCalls: [],
            finishReason: request.finishReason,
          },
          redactions: { email: 1 },
        },
})

const makeRequest = ({ random, number, at }: { random: Random; number: number; at: number }): unknown => {
  const answering = models[random.next() < 0.55 ? 0 : random.next() < 0.7 ? 1 : 2]
  const failed = random.next() < 0.07
  const retried = failed || random.next() < 0.08
  const inputTokens = random.between(120, 5_200)
  const outputTokens = failed ? 0 : random.between(12, 900)
  const latencyMs = Math.round(answering.latencyMs * (0.6 + random.next() * 1.4))
  const ttftMs = failed ? null : Math.round(latencyMs * 0.3)
  const costNanoUsd = failed ? 0 : inputTokens * answering.in + outputTokens * answering.out
  const baselineCostNanoUsd = inputTokens * BASELINE.in + outputTokens * BASELINE.out
  const firstMs = retried ? random.between(300, 2_000) : 0
  const attempt = (fields: Partial<Attempt>): Attempt => ({
    providerName: answering.providerName,
    model: answering.model,
    credentialId: null,
    status: 200,
    errorCode: null,
    startedAt: timestamp(at),
    ttftMs,
    latencyMs,
    usage: null,
    costNanoUsd,
    ...fields,
  })
  const attempts = [
    ...(retried
      ? [
          attempt({
            status: 503,
            errorCode: 'provider_overloaded',
            ttftMs: null,
            latencyMs: firstMs,
            costNanoUsd: null,
          }),
        ]
      : []),
    attempt({
      startedAt: timestamp(at + firstMs + (retried ? 250 : 0)),
      ...(failed ? { status: null, errorCode: 'gateway.timeout', costNanoUsd: null } : {}),
    }),
  ]
  return {
    id: idOf(1, number),
    workspaceId: idOf(9, 1),
    keyId: idOf(8, 1),
    credentialId: null,
    credentialSource: null,
    at: timestamp(at),
    operationName: 'chat',
    promptPreview: prompts[number % prompts.length],
    complexity: answering.complexity,
    score: { simple: 0.12, medium: 0.44, complex: 0.81 }[answering.complexity],
    requestModel: number % 4 === 0 ? `${answering.providerName}/${answering.model}` : 'auto',
    providerName: failed ? null : answering.providerName,
    responseModel: failed ? null : answering.model,
    route: number % 4 === 0 ? 'pinned' : 'price',
    attempts,
    rejected:
      number % 4 === 0
        ? []
        : [
            { provider: 'openai', model: 'gpt-4o-mini', why: 'lacks tools' },
            { provider: 'anthropic', model: 'claude-haiku-4-5', why: 'not allowed for the key' },
            { provider: 'google', model: 'gemini-2.0-flash', why: 'retired 2026-06-01' },
          ],
    cache: 'off',
    guards: number % 7 === 0 ? ['mask e-mail'] : [],
    dropped: number % 9 === 0 ? ['logit_bias', 'seed'] : [],
    toolsUsed: [],
    status: failed ? 'failed' : number === 3 ? 'cancelled' : 'completed',
    httpStatus: failed ? 504 : 200,
    errorCode: failed ? 'gateway.timeout' : null,
    errorMessage: failed
      ? `${answering.providerName}/${answering.model} did not send a first byte within 30000 ms.`
      : null,
    finishReason: failed ? null : 'stop',
    inputTokens,
    outputTokens,
    cacheReadInputTokens: number % 3 === 0 ? Math.floor(inputTokens * 0.6) : 0,
    cacheWriteInputTokens: 0,
    reasoningOutputTokens: answering.complexity === 'complex' ? Math.floor(outputTokens * 0.4) : 0,
    costNanoUsd,
    baselineModel: 'anthropic/claude-opus-5-5',
    baselineCostNanoUsd,
    savingNanoUsd: failed ? 0 : baselineCostNanoUsd - costNanoUsd,
    cacheSavedNanoUsd: null,
    cacheSavedMs: null,
    cachedFrom: null,
    priceVersion: null,
    costLines: null,
    ttftMs,
    latencyMs: latencyMs + firstMs,
    stream: number % 2 === 0,
    estimated: false,
    priced: true,
    conversationId: number % 5 === 0 ? 'order-desk-4471' : null,
    userHash: null,
    environment: 'production',
    packageVersion: null,
    tags: number % 2 === 0 ? { feature: 'invoices' } : {},
  }
}
