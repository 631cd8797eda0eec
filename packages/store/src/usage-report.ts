import { type RawBuilder, sql } from 'kysely'
import type { WorkspaceScope } from './scope.ts'

/** By what a report of usage is told apart. */
export const usageGroupings = ['day', 'provider', 'model', 'key', 'tag', 'complexity'] as const
export type UsageGrouping = (typeof usageGroupings)[number]

/** The sums of one group; `name` is null where the requests had none, such as no key. */
export type UsageGroup = Record<(typeof sums)[number], number> & { name: string | null }

type Period = { from: string; to: string; keyId?: string | undefined }

const sums = [
  'requests',
  'failed',
  'unpriced',
  'inputTokens',
  'outputTokens',
  'cacheReadInputTokens',
  'cacheHits',
  'cacheSavedNanoUsd',
  'costNanoUsd',
  'baselineCostNanoUsd',
  'savingNanoUsd',
] as const

const names: Record<Exclude<UsageGrouping, 'tag'>, RawBuilder<string | null>> = {
  day: sql`to_char(hour at time zone 'UTC', 'YYYY-MM-DD')`,
  provider: sql`provider_name`,
  model: sql`coalesce(provider_name || '/', '') || model`,
  key: sql`key_id::text`,
  complexity: sql`complexity`,
}

/**
 * What was used from `from` up to but without `to`, by hourly sums alone; with `keyId` by that key. Without a grouping it
 * is one row. Tags are not told apart by key.
 */
export const usageGroups = (
  scope: WorkspaceScope,
  { from, to, keyId, group }: Period & { group: UsageGrouping | null },
): Promise<UsageGroup[]> => {
  const { db, workspaceId } = scope
  if (group === 'tag') {
    return db
      .selectFrom('usageTagHour')
      .select(['tag as name', ...sums.map(sumOf)])
      .where('workspaceId', '=', workspaceId)
      .where('hour', '>=', from)
      .where('hour', '<', to)
      .groupBy('tag')
      .orderBy('tag')
      .limit(MOST_GROUPS)
      .execute()
  }
  const name = group === null ? sql<string | null>`null::text` : names[group]
  return db
    .selectFrom('usageHour')
    .select([name.as('name'), ...sums.map(sumOf)])
    .where('workspaceId', '=', workspaceId)
    .where('hour', '>=', from)
    .where('hour', '<', to)
    .$if(keyId !== undefined, (query) => query.where('keyId', '=', keyId!))
    .$if(group !== null, (query) => query.groupBy(sql`1`))
    .orderBy(sql`1`)
    .limit(MOST_GROUPS)
    .execute()
}

const MOST_GROUPS = 10_000

const sumOf = <Column extends (typeof sums)[number]>(column: Column) =>
  sql<number>`coalesce(sum(${sql.ref(column)}), 0)::bigint`.as(column)

/** How one provider answered: how many, how many of them well, and how its times are spread. */
export type ProviderFigures = {
  providerName: string
  requests: number
  failed: number
  completed: number
  /** By attempt, also where another provider answered in the end; null where no attempt was counted yet. */
  attempts: { answered: number; failed: number } | null
  latencyCounts: number[]
  ttftCounts: number[]
  /** The newest error of a request that failed at it; null when there was none. */
  lastError: { code: string; message: string | null; at: string } | null
}

/** What is the provider's own failing, or that of the way to it. */
const faultsOfProviders = ['gateway.provider_failed', 'gateway.provider_unreachable', 'gateway.timeout']
/** So many failed requests are looked through for the last error of each provider. */
const MOST_FAILED = 1_000

/** How each provider answered in a period, by hourly sums. */
export const providerFigures = async (
  { db, workspaceId }: WorkspaceScope,
  { from, to }: Period,
): Promise<ProviderFigures[]> => {
  const rows = await db
    .selectFrom('usageHour')
    .select([
      'providerName',
      sql<number>`sum(requests)::bigint`.as('requests'),
      sql<number>`sum(failed)::bigint`.as('failed'),
      sql<number>`sum(completed)::bigint`.as('completed'),
    ])
    .where('workspaceId', '=', workspaceId)
    .where('hour', '>=', from)
    .where('hour', '<', to)
    .where('providerName', 'is not', null)
    .groupBy('providerName')
    .execute()
  const spread = async (column: 'latencyCounts' | 'ttftCounts'): Promise<Map<string, number[]>> => {
    const { rows: counted } = await sql<{ name: string; bucket: number; count: number }>`
      select provider_name as name, bucket::int as bucket, sum(count)::bigint as count
      from usage_hour, unnest(${sql.ref(column)}) with ordinality as counts(count, bucket)
      where workspace_id = ${workspaceId} and hour >= ${from} and hour < ${to} and provider_name is not null
      group by 1, 2`.execute(db)
    const found = new Map<string, number[]>()
    for (const { name, bucket, count } of counted) {
      const counts = found.get(name) ?? []
      found.set(name, counts)
      while (counts.length < bucket) counts.push(0)
      counts[bucket - 1] = count
    }
    return found
  }
  const [latencies, ttfts] = [await spread('latencyCounts'), await spread('ttftCounts')]
  const errors = await lastErrors({ db, workspaceId }, { from, to })
  const attempts = await attemptsOf({ db, workspaceId }, { from, to })
  const names = new Set([...rows.map(({ providerName }) => providerName!), ...attempts.keys()])
  return [...names].map((providerName) => ({
    ...(rows.find((row) => row.providerName === providerName) ?? { requests: 0, failed: 0, completed: 0 }),
    providerName,
    attempts: attempts.get(providerName) ?? null,
    latencyCounts: latencies.get(providerName) ?? [],
    ttftCounts: ttfts.get(providerName) ?? [],
    lastError: errors.get(providerName) ?? null,
  }))
}

type OfWorkspace = Pick<WorkspaceScope, 'db' | 'workspaceId'>

const attemptsOf = async (
  { db, workspaceId }: OfWorkspace,
  { from, to }: Period,
): Promise<Map<string, { answered: number; failed: number }>> => {
  const rows = await db
    .selectFrom('providerHour')
    .select([
      'providerName',
      sql<number>`sum(answered)::bigint`.as('answered'),
      sql<number>`sum(failed)::bigint`.as('failed'),
    ])
    .where('workspaceId', '=', workspaceId)
    .where('hour', '>=', from)
    .where('hour', '<', to)
    .groupBy('providerName')
    .execute()
  return new Map(rows.map(({ providerName, answered, failed }) => [providerName, { answered, failed }]))
}

const lastErrors = async (
  { db, workspaceId }: OfWorkspace,
  { from, to }: Period,
): Promise<Map<string, ProviderFigures['lastError']>> => {
  const failed = await db
    .selectFrom('requests')
    .select(['providerName', 'errorCode', 'errorMessage', 'at'])
    .where('workspaceId', '=', workspaceId)
    .where('day', '>=', from.slice(0, 10))
    .where('at', '>=', from)
    .where('at', '<', to)
    .where('status', '=', 'failed')
    .where('status', '<>', 'completed') // so that the index of what did not end well is used
    .where('errorCode', 'in', faultsOfProviders)
    .orderBy('at', 'desc')
    .limit(MOST_FAILED)
    .execute()
  const found = new Map<string, ProviderFigures['lastError']>()
  for (const { providerName, errorCode, errorMessage, at } of failed) {
    if (providerName === null || found.has(providerName)) continue
    found.set(providerName, { code: errorCode!, message: errorMessage, at })
  }
  return found
}
