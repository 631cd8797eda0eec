import { DAY_MS, getValueSummary, HOUR_MS, timestamp, type Card, type ValueSummary } from '@assay/core'
import { usageByHour, type UsageHour } from '@assay/store'
import { implement } from '../http/implement.ts'

export const onGetValueSummary = implement(getValueSummary, async ({ app, inWorkspace }, { query: { hours } }) => {
  const period = periodOf({ now: app.now(), hours })
  const rows = await inWorkspace((scope) =>
    usageByHour(scope, { from: timestamp(period.previousFrom), to: timestamp(period.to) }),
  )
  return summarise(rows, period)
})

type Period = { previousFrom: number; from: number; to: number; bucketMs: number }

/** Whole hours up to the end of the current one, and as many before them to compare with. */
export const periodOf = ({ now, hours }: { now: number; hours: number }): Period => {
  const to = Math.floor(now / HOUR_MS) * HOUR_MS + HOUR_MS
  const from = to - hours * HOUR_MS
  return { previousFrom: from - hours * HOUR_MS, from, to, bucketMs: hours <= 72 ? HOUR_MS : DAY_MS }
}

/** The six cards of the overview: each its figure, the one of the period before, and its course. */
export const summarise = (rows: readonly UsageHour[], period: Period): ValueSummary => {
  const inPeriod = rows.filter(({ hour }) => Date.parse(hour) >= period.from)
  const before = rows.filter(({ hour }) => Date.parse(hour) < period.from)
  const buckets = bucketsOf(inPeriod, period)
  const card = (figure: Figure): Card => ({
    value: figure(inPeriod),
    previous: before.length === 0 ? null : figure(before),
    points: buckets.map(([start, bucket]) => [timestamp(start), figure(bucket)]),
  })
  return {
    from: timestamp(period.from),
    to: timestamp(period.to),
    requests: card(sumOf('requests')),
    errorRate: card(ratioOf('failed', 'requests')),
    costNanoUsd: card(sumOf('costNanoUsd')),
    savingNanoUsd: card(sumOf('savingNanoUsd')),
    latencyMs: card(ratioOf('latencyMsSum', 'completed')),
    outputTokens: card(sumOf('outputTokens')),
    savings: {
      routed: card(sumOf('routedSavingNanoUsd')),
      pinned: card(sumOf('pinnedSavingNanoUsd')),
      cached: card(sumOf('cachedSavingNanoUsd')),
    },
  }
}

type Figure = (rows: readonly UsageHour[]) => number | null
type Column = Exclude<keyof UsageHour, 'hour' | 'providerName' | 'model'>

/** A sum; nothing there is zero. */
const sumOf =
  (column: Column) =>
  (rows: readonly UsageHour[]): number =>
    rows.reduce((sum, row) => sum + row[column], 0)

/** A mean; nothing there is no mean. */
const ratioOf = (part: Column, whole: Column): Figure => {
  const [sumOfPart, sumOfWhole] = [sumOf(part), sumOf(whole)]
  return (rows) => (sumOfWhole(rows) === 0 ? null : sumOfPart(rows) / sumOfWhole(rows))
}

/** Every bucket of the period in order, the empty ones too; days begin at midnight UTC. */
const bucketsOf = (rows: readonly UsageHour[], { from, to, bucketMs }: Period): [number, UsageHour[]][] => {
  const buckets = new Map<number, UsageHour[]>()
  const startOf = (time: number): number => Math.floor(time / bucketMs) * bucketMs
  for (let start = startOf(from); start < to; start += bucketMs) buckets.set(start, [])
  for (const row of rows) buckets.get(startOf(Date.parse(row.hour)))?.push(row)
  return [...buckets]
}
