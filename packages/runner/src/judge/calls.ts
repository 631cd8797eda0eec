import { hash } from 'node:crypto'
import { canonicalJson, noJudgeUse, type ChatRequest, type Completion, type JudgeUse } from '@assay/core'
import type { StoredJudgement } from '../journal.ts'

/** What one verdict took: which models were asked, what that used up, and what they said. */
export class JudgeLedger {
  readonly models = new Set<string>()
  readonly judged: StoredJudgement[] = []
  readonly use: JudgeUse = { ...noJudgeUse }

  count(model: string, { usage, costNanoUsd, cached }: Pick<Completion, 'usage' | 'costNanoUsd' | 'cached'>): void {
    const tokens = usage.inputTokens + usage.outputTokens
    this.models.add(model)
    this.use.calls++
    this.use.inputTokens += usage.inputTokens
    this.use.outputTokens += usage.outputTokens
    this.use.costNanoUsd += costNanoUsd ?? 0
    if (costNanoUsd === null) this.use.unpriced++
    if (cached) return
    this.use.spentNanoUsd += costNanoUsd ?? 0
    this.use.spentTokens += tokens
  }
}

/** What a question is known by in the journal; the slot tells repeats of the same one apart. */
export const judgementKey = (request: ChatRequest, slot: string): string =>
  hash('sha256', canonicalJson([request, slot])).slice(0, 32)

/** What an earlier run heard in reply to the same question, else what a call brings; either is counted and written down. */
export const remembered = async (
  request: ChatRequest,
  {
    ledger,
    known,
    keepsVectors = false,
    slot,
    call,
  }: {
    ledger: JudgeLedger
    known: ReadonlyMap<string, StoredJudgement>
    /** Vectors are long: they are written down only where no cache keeps them. */
    keepsVectors?: boolean | undefined
    slot: string
    call: () => Promise<Completion>
  },
): Promise<Completion> => {
  const key = judgementKey(request, slot)
  const before = known.get(key)
  const answered = before ? { ...recalled(before), cached: true } : await call()
  ledger.count(request.model, answered)
  if (!answered.embeddings || keepsVectors) ledger.judged.push({ key, ...said(answered) })
  return answered
}

const said = ({ text, usage, costNanoUsd, embeddings }: Completion) => ({
  text,
  usage,
  costNanoUsd,
  ...(embeddings?.[0] && { vector: Buffer.from(Float64Array.from(embeddings[0]).buffer).toString('base64') }),
})

const numbersIn = (vector: string): number[] => {
  const bytes = Buffer.from(vector, 'base64')
  return Array.from({ length: bytes.length / 8 }, (_, index) => bytes.readDoubleLE(index * 8))
}

const recalled = ({ text, usage, costNanoUsd, vector }: StoredJudgement): Completion => ({
  ...(vector !== undefined && { embeddings: [numbersIn(vector)] }),
  providerName: '',
  responseModel: '',
  text,
  reasoningText: '',
  toolCalls: [],
  finishReason: 'stop',
  usage,
  usageEstimated: false,
  costNanoUsd,
  latencyMs: 0,
  ttftMs: null,
})
