import type { RequestRecord } from '@assay/core'

type Place = { provider: string; model: string; status: string; cache: string }

const noSums = () => ({
  input: 0,
  output: 0,
  cacheRead: 0,
  cacheWrite: 0,
  reasoning: 0,
  costNanoUsd: 0,
  savingNanoUsd: 0,
  goodAttempts: 0,
  failedAttempts: 0,
})

/** What requests came to since it was last taken. */
export type RequestSums = ReturnType<typeof noSums> & {
  latenciesMs: readonly number[]
  ttftsMs: readonly number[]
  requests: readonly { labels: Place; count: number }[]
}

/** So many requests are kept apart; then they are handed on without anybody having asked. */
const MOST_APART = 1_000

/**
 * Adds requests up in plain numbers until somebody asks: to look a counter up by its labels costs more than all the
 * counting, and a request has a dozen of them.
 */
export const createRequestSums = (handOn: (sums: RequestSums) => void) => {
  let sums = noSums()
  let latenciesMs: number[] = []
  let ttftsMs: number[] = []
  let requests = new Map<string, { labels: Place; count: number }>()

  const flush = (): void => {
    const taken = { ...sums, latenciesMs, ttftsMs, requests: [...requests.values()] }
    sums = noSums()
    latenciesMs = []
    ttftsMs = []
    requests = new Map()
    handOn(taken)
  }

  return {
    flush,
    add: (record: RequestRecord, { provider, model }: Pick<Place, 'provider' | 'model'>): void => {
      const { status, cache } = record
      const key = `${provider} ${model} ${status} ${cache}`
      const counted = requests.get(key)
      if (counted) counted.count++
      else requests.set(key, { labels: { provider, model, status, cache }, count: 1 })
      sums.input += record.inputTokens
      sums.output += record.outputTokens
      sums.cacheRead += record.cacheReadInputTokens
      sums.cacheWrite += record.cacheWriteInputTokens
      sums.reasoning += record.reasoningOutputTokens
      sums.costNanoUsd += record.costNanoUsd ?? 0
      sums.savingNanoUsd += record.savingNanoUsd ?? 0
      for (const { errorCode } of record.attempts) {
        if (errorCode === null) sums.goodAttempts++
        else sums.failedAttempts++
      }
      if (record.ttftMs !== null) ttftsMs.push(record.ttftMs)
      if (record.latencyMs !== null && latenciesMs.push(record.latencyMs) >= MOST_APART) flush()
    },
  }
}
