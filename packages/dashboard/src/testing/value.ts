import { DAY_MS, HOUR_MS, timestamp, ValueSummary, type Card } from '@assay/core'
import { createRandom } from './random.ts'

/** The six cards of a period: busy by day, quiet at night, with one bad hour. */
export const makeSummary = (hours: number, now: number): ValueSummary => {
  const random = createRandom(3)
  const stepMs = hours <= 72 ? HOUR_MS : DAY_MS
  const to = Math.floor(now / HOUR_MS) * HOUR_MS + HOUR_MS
  const from = to - hours * HOUR_MS
  const buckets = Array.from({ length: Math.ceil((hours * HOUR_MS) / stepMs) }, (_, index) => {
    const at = Math.floor(from / stepMs) * stepMs + index * stepMs
    const busy =
      stepMs === DAY_MS ? 18 : 0.25 + Math.max(0, Math.sin(((new Date(at).getUTCHours() - 6) / 24) * 2 * Math.PI))
    const requests = Math.round(busy * 260 * (0.8 + random.next() * 0.4))
    const bad = index === Math.floor((hours * HOUR_MS) / stepMs / 2)
    const costNanoUsd = requests * random.between(900_000, 1_300_000)
    return {
      at: timestamp(at),
      requests,
      failed: Math.round(requests * (bad ? 0.21 : 0.012 + random.next() * 0.02)),
      costNanoUsd,
      savingNanoUsd: Math.round(costNanoUsd * (1.4 + random.next())),
      latencyMs: bad ? 2_900 : 900 + random.next() * 500,
      outputTokens: requests * 310,
    }
  })
  type Bucket = (typeof buckets)[number]
  const sum = (of: (bucket: Bucket) => number) => buckets.reduce((total, bucket) => total + of(bucket), 0)
  const card = (of: (bucket: Bucket) => number, value: number, change: number): Card => ({
    value,
    previous: Math.round(value * change * 1e6) / 1e6,
    points: buckets.map((bucket) => [bucket.at, of(bucket)]),
  })
  const saved = (share: number): Card => {
    const of = ({ savingNanoUsd }: Bucket) => Math.round(savingNanoUsd * share)
    return card(of, sum(of), 0.81)
  }
  const requests = sum((bucket) => bucket.requests)
  return ValueSummary.parse({
    from: timestamp(from),
    to: timestamp(to),
    requests: card((bucket) => bucket.requests, requests, 0.89),
    errorRate: card(
      (bucket) => bucket.failed / Math.max(1, bucket.requests),
      sum((bucket) => bucket.failed) / requests,
      0.7,
    ),
    costNanoUsd: card(
      (bucket) => bucket.costNanoUsd,
      sum((bucket) => bucket.costNanoUsd),
      0.93,
    ),
    savingNanoUsd: card(
      (bucket) => bucket.savingNanoUsd,
      sum((bucket) => bucket.savingNanoUsd),
      0.81,
    ),
    latencyMs: card((bucket) => bucket.latencyMs, 1_164, 1.09),
    outputTokens: card(
      (bucket) => bucket.outputTokens,
      sum((bucket) => bucket.outputTokens),
      0.9,
    ),
    savings: { routed: saved(0.6), pinned: saved(0.1), cached: saved(0.3) },
  })
}

/** The same period in which nothing happened. */
export const emptySummary = (hours: number, now: number): ValueSummary => {
  const filled = makeSummary(hours, now)
  const zero = (card: Card, value: number | null): Card => ({
    value,
    previous: null,
    points: card.points.map(([at]) => [at, value]),
  })
  return ValueSummary.parse({
    ...filled,
    requests: zero(filled.requests, 0),
    errorRate: zero(filled.errorRate, null),
    costNanoUsd: zero(filled.costNanoUsd, 0),
    savingNanoUsd: zero(filled.savingNanoUsd, 0),
    latencyMs: zero(filled.latencyMs, null),
    outputTokens: zero(filled.outputTokens, 0),
    savings: {
      routed: zero(filled.savings.routed, 0),
      pinned: zero(filled.savings.pinned, 0),
      cached: zero(filled.savings.cached, 0),
    },
  })
}
