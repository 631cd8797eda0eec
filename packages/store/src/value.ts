import { sql } from 'kysely'
import type { WorkspaceScope } from './scope.ts'

/** What one model did in one hour, by the rollup. */
export type UsageHour = {
  hour: string
  providerName: string | null
  model: string
  requests: number
  failed: number
  completed: number
  unpriced: number
  inputTokens: number
  outputTokens: number
  cacheHits: number
  cacheMisses: number
  cacheSavedNanoUsd: number
  cacheSavedMs: number
  costNanoUsd: number
  baselineCostNanoUsd: number
  savingNanoUsd: number
  routedSavingNanoUsd: number
  pinnedSavingNanoUsd: number
  cachedSavingNanoUsd: number
  latencyMsSum: number
}

/** The hours from `from` up to but without `to`, by provider and model, in order. */
export const usageByHour = (
  { db, workspaceId }: WorkspaceScope,
  { from, to }: { from: string; to: string },
): Promise<UsageHour[]> =>
  db
    .selectFrom('usageHour')
    .select(['hour', 'providerName', 'model', ...sums.map(sumOf), latencySum, savedMsSum])
    .where('workspaceId', '=', workspaceId)
    .where('hour', '>=', from)
    .where('hour', '<', to)
    .groupBy(['hour', 'providerName', 'model'])
    .orderBy('hour')
    .orderBy('providerName')
    .orderBy('model')
    .execute()

const sums = [
  'requests',
  'failed',
  'completed',
  'unpriced',
  'inputTokens',
  'outputTokens',
  'cacheHits',
  'cacheMisses',
  'cacheSavedNanoUsd',
  'costNanoUsd',
  'baselineCostNanoUsd',
  'savingNanoUsd',
  'routedSavingNanoUsd',
  'pinnedSavingNanoUsd',
  'cachedSavingNanoUsd',
] as const

/** A sum of bigints is numeric; an hour of one model stays far below 2^53. */
const sumOf = <Column extends (typeof sums)[number]>(column: Column) =>
  sql<number>`sum(${sql.ref(column)})::bigint`.as(column)

const latencySum = sql<number>`sum(latency_ms_sum)`.as('latencyMsSum')

const savedMsSum = sql<number>`sum(cache_saved_ms)`.as('cacheSavedMs')
