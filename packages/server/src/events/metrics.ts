import type { RequestRecord } from '@assay/core'
import { NANO_USD_PER_USD, SECOND_MS } from '@assay/core'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'

const SECONDS_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120]
const MAX_MODELS = 200

/** The figures of one process for Prometheus; labels come from closed sets, so that callers cannot make them grow. */
export const createMetrics = () => {
  const registry = new Registry()
  const registers = [registry]
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[] = []) =>
    new Counter({ name, help, labelNames, registers })
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers })
  const seconds = (name: string, help: string) => new Histogram({ name, help, buckets: SECONDS_BUCKETS, registers })

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
  const dropped = counter('assay_dropped_total', 'What could not be kept.', ['what'])
  const shed = counter('assay_shed_total', 'Requests of the data plane that were not taken on.', ['reason'])
  const breaker = new Gauge({
    name: 'assay_breaker_state',
    help: 'Breakers that are not closed: 1 half-open, 2 open.',
    labelNames: ['provider', 'model'],
    registers,
    collect() {
      breaker.reset()
      for (const { provider, model, state } of readBreakers()) {
        if (state === 'closed') continue
        const labels = { provider, model: isKnownModel(model) ? model : 'other' }
        breaker.set(labels, state === 'open' ? 2 : 1)
      }
    },
  })
  let readBreakers: () => readonly { provider: string; model: string; state: string }[] = () => []
  const inflight = gauge('assay_inflight', 'Requests of the data plane being answered.')
  const database = seconds('assay_db_seconds', 'Transactions of the control plane.')

  const collectors: (() => void)[] = []
  const cacheHits = counter('assay_cache_hits_total', 'Kept answers that were given again.')
  const cacheFollowers = counter('assay_cache_followers_total', 'Requests that waited for the answer of an equal one.')
  const cacheKept = counter('assay_cache_kept_total', 'Answers that were kept.')
  const cacheSaved = counter('assay_cache_saved_usd_total', 'What the kept answers had cost that were given again.')

  const isKnownModel = closedSet(MAX_MODELS)

  /** A gauge that is read when Prometheus asks. */
  const observed = (name: string, help: string) => {
    let read = (): number => 0
    const observer: Gauge = new Gauge({ name, help, registers, collect: () => observer.set(read()) })
    return (from: () => number): void => {
      read = from
    }
  }

  const observeHot = observed('assay_cache_hot_entries', 'Kept answers in memory.')
  const observeHotBytes = observed('assay_cache_hot_bytes', 'Memory that they take, about.')
  const observeFlights = observed('assay_cache_flights', 'Calls that equal requests may wait for.')

  return {
    inflight,
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
    dropped: (what: string): void => dropped.inc({ what }),
    shed: (reason: string): void => shed.inc({ reason }),
    observeBreakers: (read: typeof readBreakers): void => {
      readBreakers = read
    },
    database,
    text: (): Promise<string> => {
      for (const collect of collectors) collect()
      return registry.metrics()
    },
    observeSpoolBytes: observed('assay_spool_bytes', 'Size of the request spool.'),
    observeSpoolAge: observed('assay_spool_oldest_seconds', 'Age of the oldest record that is not in the database.'),
    observeLines: observed('assay_queue_waiting', 'Requests that wait for a full key or provider to take more.'),
    /** What the spool left out by itself is counted where it is counted already. */
    observeDroppedBodies: (read: () => number): void => {
      let told = 0
      collectors.push(() => {
        const now = read()
        if (now > told) dropped.inc({ what: 'body' }, now - told)
        told = now
      })
    },
    observeStreams: observed('assay_events_streams', 'Open live streams.'),
    /** Counts one request that ended. */
    closed: (record: RequestRecord): void => {
      const model = record.responseModel ?? record.requestModel
      requests.inc({
        provider: record.providerName ?? 'none',
        model: isKnownModel(model) ? model : 'other',
        status: record.status,
        cache: record.cache,
      })
      if (record.latencyMs !== null) duration.observe(record.latencyMs / SECOND_MS)
      if (record.ttftMs !== null) ttft.observe(record.ttftMs / SECOND_MS)
      tokens.inc({ class: 'input' }, record.inputTokens)
      tokens.inc({ class: 'output' }, record.outputTokens)
      tokens.inc({ class: 'cache_read' }, record.cacheReadInputTokens)
      tokens.inc({ class: 'cache_write' }, record.cacheWriteInputTokens)
      tokens.inc({ class: 'reasoning' }, record.reasoningOutputTokens)
      if (record.costNanoUsd !== null) cost.inc(record.costNanoUsd / NANO_USD_PER_USD)
      if (record.savingNanoUsd !== null) saving.inc(record.savingNanoUsd / NANO_USD_PER_USD)
      for (const { errorCode } of record.attempts) attempts.inc({ outcome: errorCode === null ? 'ok' : 'failed' })
    },
  }
}

export type Metrics = ReturnType<typeof createMetrics>

/** Lets the first so many different texts in; what a caller can name freely must not fill the memory. */
const closedSet = (size: number) => {
  const known = new Set<string>()
  return (text: string): boolean => {
    if (known.has(text)) return true
    if (known.size >= size) return false
    known.add(text)
    return true
  }
}
