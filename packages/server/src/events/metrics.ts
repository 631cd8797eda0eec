import type { RequestRecord } from '@assay/core'
import { NANO_USD_PER_USD, SECOND_MS } from '@assay/core'
import { createFigures } from './figures.ts'
import { createModelLabels, providerLabel } from './labels.ts'
import { createRequestSums } from './request-sums.ts'

type BreakerReading = { provider: string; model: string; state: string }

/** The figures of one process for Prometheus; labels come from closed sets, so that callers cannot make them grow. */
export const createMetrics = () => {
  const { counter, gauge, seconds, observed, readings, stored, list, text } = createFigures()
  const models = createModelLabels()
  const requests = counter('assay_requests_total', 'Requests of the data plane that ended.', [
    'provider',
    'model',
    'status',
    'cache',
  ])
  const duration = seconds('assay_request_duration_seconds', 'From the request to the last byte of its answer.')
  const ttft = seconds('assay_ttft_seconds', 'From the request to the first token of its answer.')
  const tokens = counter('assay_tokens_total', 'Tokens by class.', ['class'])
  const cost = counter('assay_cost_usd_total', 'What the requests cost, where a price is known.')
  const saving = gauge('assay_saving_usd_total', 'Saved against the baseline model, estimated; can fall.')
  const attempts = counter('assay_provider_attempts_total', 'Calls to providers by how they ended.', ['outcome'])
  const observeBreakers = readings('assay_breaker_state', 'Breakers that are not closed: 1 half-open, 2 open.', [
    'provider',
    'model',
  ])
  const observeBudgets = stored('assay_budget_used_ratio', 'How much of the fullest budget of a window is used.', [
    'window',
  ])
  const dropped = counter('assay_dropped_total', 'What could not be kept or sent on.', ['what'])
  const shed = counter('assay_shed_total', 'Requests of the data plane that were not taken on.', ['reason'])
  const observeInflight = observed('assay_inflight', 'Requests of the data plane being answered.')
  const observeLines = observed('assay_queue_waiting', 'Requests that wait for a full key or provider to take more.')
  const cacheHits = counter('assay_cache_hits_total', 'Kept answers that were given again.')
  const cacheFollowers = counter('assay_cache_followers_total', 'Requests that waited for the answer of an equal one.')
  const cacheKept = counter('assay_cache_kept_total', 'Answers that were kept.')
  const cacheSaved = counter('assay_cache_saved_usd_total', 'What the kept answers had cost that were given again.')
  const observeHot = observed('assay_cache_hot_entries', 'Kept answers in memory.')
  const observeHotBytes = observed('assay_cache_hot_bytes', 'Memory that they take, about.')
  const observeFlights = observed('assay_cache_flights', 'Calls that equal requests may wait for.')
  const observeSpoolBytes = observed('assay_spool_bytes', 'Size of the request spool.')
  const observeSpoolAge = observed('assay_spool_oldest_seconds', 'Age of the oldest record not in the database.')
  const observeJobs = stored('assay_jobs', 'Jobs of the queue by their state.', ['queue', 'state'])
  const database = seconds('assay_db_seconds', 'Transactions of the control plane.')
  const observeStreams = observed('assay_events_streams', 'Open live streams.')
  const egressDenied = counter('assay_egress_denied_total', 'Outgoing calls to addresses that are not allowed.')
  const sandboxKills = counter('assay_sandbox_kills_total', 'Threads of the sandbox that were ended by force.')
  const sums = createRequestSums((come) => {
    for (const { labels, count } of come.requests) requests.inc(labels, count)
    for (const latencyMs of come.latenciesMs) duration.observe(latencyMs / SECOND_MS)
    for (const ttftMs of come.ttftsMs) ttft.observe(ttftMs / SECOND_MS)
    tokens.inc({ class: 'input' }, come.input)
    tokens.inc({ class: 'output' }, come.output)
    tokens.inc({ class: 'cache_read' }, come.cacheRead)
    tokens.inc({ class: 'cache_write' }, come.cacheWrite)
    tokens.inc({ class: 'reasoning' }, come.reasoning)
    cost.inc(come.costNanoUsd / NANO_USD_PER_USD)
    saving.inc(come.savingNanoUsd / NANO_USD_PER_USD)
    attempts.inc({ outcome: 'ok' }, come.goodAttempts)
    attempts.inc({ outcome: 'failed' }, come.failedAttempts)
  })
  const collectors: (() => void)[] = [sums.flush]

  return {
    list,
    text: (): Promise<string> => {
      for (const collect of collectors) collect()
      return text()
    },
    observeInflight,
    database,
    observeSpoolBytes,
    observeSpoolAge,
    observeLines,
    observeStreams,
    observeJobs,
    observeBudgets,
    observeBreakers: (read: () => readonly BreakerReading[]): void =>
      observeBreakers(() => worstOf(read(), models.label)),
    /** What the cache tells. */
    cache: {
      hit: (savedNanoUsd: number | null): void => {
        cacheHits.inc()
        if (savedNanoUsd !== null) cacheSaved.inc(savedNanoUsd / NANO_USD_PER_USD)
      },
      kept: (): void => cacheKept.inc(),
      followed: (): void => cacheFollowers.inc(),
      dropped: (): void => dropped.inc({ what: 'cache' }),
      observe: (read: { entries: () => number; bytes: () => number; flights: () => number }): void => {
        observeHot(read.entries)
        observeHotBytes(read.bytes)
        observeFlights(read.flights)
      },
    },
    /** Counts what could not be kept, such as when the disk is full. */
    dropped: (what: string, count = 1): void => dropped.inc({ what }, count),
    shed: (reason: string): void => shed.inc({ reason }),
    egressDenied: (): void => egressDenied.inc(),
    sandboxKilled: (): void => sandboxKills.inc(),
    /** What the spool left out by itself is counted where it is counted already. */
    observeDroppedBodies: (read: () => number): void => {
      let told = 0
      collectors.push(() => {
        const now = read()
        if (now > told) dropped.inc({ what: 'body' }, now - told)
        told = now
      })
    },
    /** Counts one request that ended. */
    closed: (record: RequestRecord): void => {
      const { responseModel, requestModel, providerName } = record
      // What a caller made up is no model before something has answered by that name.
      if (record.status === 'completed' && responseModel !== null) models.admit(responseModel)
      const provider = providerName === null ? 'none' : providerLabel(providerName)
      sums.add(record, { provider, model: models.label(responseModel ?? requestModel) })
    },
  }
}

export type Metrics = ReturnType<typeof createMetrics>

const levels: Record<string, number> = { 'half-open': 1, open: 2 }

/** A model may have a breaker for each credential; the worst is told. */
const worstOf = (breakers: readonly BreakerReading[], modelLabel: (model: string) => string) => {
  const worst = new Map<string, { labels: { provider: string; model: string }; value: number }>()
  for (const { provider, model, state } of breakers) {
    const value = levels[state]
    if (value === undefined) continue
    const labels = { provider: providerLabel(provider), model: modelLabel(model) }
    const key = `${labels.provider}/${labels.model}`
    if (value > (worst.get(key)?.value ?? 0)) worst.set(key, { labels, value })
  }
  return [...worst.values()]
}
