import {
  AssayError,
  canonicalProvider,
  credentialProviders,
  DAY_MS,
  HOUR_MS,
  mayCall,
  NANO_USD_PER_USD,
  percentileOf,
  scopesCover,
  timestamp,
  type Issue,
} from '@assay/core'
import { usageGroupings, type ProviderFigures, type UsageGroup, type UsageGrouping } from '@assay/store'
import { sendJson } from '../entry/answer.ts'
import type { BreakerStatus } from '../attempt/breaker.ts'
import type { ChatPlane } from '../chat/chat.ts'
import type { DataPlaneCall } from '../entry/data-plane.ts'
import type { Query } from '../entry/speaker.ts'
import type { GatewayFigures, GatewayParts, KeyHolder } from '../parts.ts'

const MOST_DAYS = 400

/** `GET /v1/usage`: what was used, in all and told apart; a key without the scope `read` sees its own use. */
export const onUsage = async (
  { parts }: ChatPlane,
  { response, requestId, holder, query }: DataPlaneCall,
): Promise<void> => {
  const asked = readQuery(query, parts.now())
  const keyId = seesAll(holder) ? undefined : (holder.keyId ?? undefined)
  const { totals, groups, limits } = await figuresOf(parts).usage(holder.workspaceId, { ...asked, keyId })
  const body = {
    from: asked.from,
    to: asked.to,
    totals: sumsOf(totals),
    groups: groups.map((group) => ({ name: group.name, ...sumsOf(group) })),
    limits: limits.map(({ keyId: limited, window, limitNanoUsd, usedNanoUsd, reservedNanoUsd, resetsAt }) => ({
      keyId: limited,
      window,
      budgetUsd: usd(limitNanoUsd),
      usedUsd: usd(usedNanoUsd),
      reservedUsd: usd(reservedNanoUsd),
      resetsAt,
    })),
  }
  sendJson(response, { status: 200, body, requestId })
}

/** `GET /v1/providers`: what each provider is to this workspace, and how it did in the last 24 hours. */
export const onProviders = async (
  { parts, facts, breakers }: ChatPlane,
  { response, requestId, holder }: DataPlaneCall,
): Promise<void> => {
  const { workspaceId } = holder
  const now = parts.now()
  const period = { from: timestamp(now - DAY_MS), to: timestamp(now + HOUR_MS) }
  const [{ configured, prices }, did] = await Promise.all([
    facts.read(workspaceId),
    figuresOf(parts).providers(workspaceId, period),
  ])
  const providers = await Promise.all(
    [...credentialProviders, 'sim'].map(async (name) => {
      const credentials = configured.includes(name) ? await credentialsOf(parts, workspaceId, name) : []
      const figures = did.find(({ providerName }) => providerName === name) ?? null
      const ids = new Set(credentials.map(({ id }) => id))
      const states = breakers.of().filter(({ provider, credentialId }) => provider === name && ids.has(credentialId))
      const rows = prices.filter((row) => canonicalProvider(row.provider) === name && mayCall(holder, row))
      const source = sourceOf(name, credentials)
      return {
        name,
        configured: configured.includes(name),
        source,
        status: source === 'none' ? 'unknown' : statusOf(figures, states),
        models: rows.map(({ model }) => model),
        defaultModel: rows.find(({ tier }) => tier === 'economy')?.model ?? rows[0]?.model ?? null,
        ...timesOf(figures),
        lastError: figures?.lastError ?? null,
        breaker: breakerOf(states),
      }
    }),
  )
  sendJson(response, { status: 200, body: { providers }, requestId })
}

const figuresOf = ({ figures }: GatewayParts): GatewayFigures => {
  if (!figures) throw new AssayError('gateway.store_unavailable', {})
  return figures
}

const seesAll = ({ keyId, scopes }: KeyHolder): boolean => keyId === null || scopesCover(scopes, 'read')

const readQuery = (query: Query, now: number): { from: string; to: string; group: UsageGrouping | null } => {
  const issues: Issue[] = []
  const time = (name: string, otherwise: number): number => {
    const text = query.get(name)
    const read = text === null ? otherwise : Date.parse(text)
    if (Number.isNaN(read))
      issues.push({ path: name, message: `${JSON.stringify(text)} is no time, such as 2026-08-01` })
    return read
  }
  const to = time('to', Math.floor(now / HOUR_MS) * HOUR_MS + HOUR_MS)
  const from = time('from', to - 30 * DAY_MS)
  if (from >= to) issues.push({ path: 'from', message: 'must lie before `to`' })
  if (to - from > MOST_DAYS * DAY_MS)
    issues.push({ path: 'from', message: `at most ${MOST_DAYS} days are told at once` })
  const given = query.get('group')
  const group = usageGroupings.find((known) => known === given) ?? null
  if (given !== null && group === null) {
    issues.push({ path: 'group', message: `${JSON.stringify(given)} is none of ${usageGroupings.join(', ')}` })
  }
  if (issues.length > 0) throw new AssayError('input.invalid', { what: 'query', issues })
  return { from: timestamp(from), to: timestamp(to), group }
}

const usd = (nanoUsd: number): number => nanoUsd / NANO_USD_PER_USD

const sumsOf = (sums: UsageGroup) => ({
  requests: sums.requests,
  errors: sums.failed,
  inputTokens: sums.inputTokens,
  outputTokens: sums.outputTokens,
  cacheReadInputTokens: sums.cacheReadInputTokens,
  costUsd: usd(sums.costNanoUsd),
  unpricedRequests: sums.unpriced,
  baselineCostUsd: usd(sums.baselineCostNanoUsd),
  savingUsd: usd(sums.savingNanoUsd),
  cacheHits: sums.cacheHits,
  cacheSavedUsd: usd(sums.cacheSavedNanoUsd),
})

type Known = { id: string | null }

const credentialsOf = async (
  { credentials }: GatewayParts,
  workspaceId: string,
  provider: string,
): Promise<readonly Known[]> => {
  if (provider === 'sim') return [{ id: null }]
  const all = (await credentials.list?.(workspaceId, provider)) ?? []
  if (all.length > 0) return all
  const one = await credentials.resolve(workspaceId, provider)
  return one ? [one] : []
}

const sourceOf = (name: string, credentials: readonly Known[]): 'own' | 'system' | 'none' => {
  if (name === 'sim') return 'system'
  if (credentials.length === 0) return 'none'
  return credentials.some(({ id }) => id !== null) ? 'own' : 'system'
}

const GOOD_SHARE = 0.95

/** `down` when nothing may be tried now or nothing came back, `degraded` when more than one in twenty failed. */
const statusOf = (
  figures: ProviderFigures | null,
  states: readonly BreakerStatus[],
): 'ok' | 'degraded' | 'down' | 'unknown' => {
  if (states.length > 0 && states.every(({ state }) => state === 'open')) return 'down'
  const share = successOf(figures)
  if (share === null) return 'unknown'
  if (share === 0) return 'down'
  return share < GOOD_SHARE || states.some(({ state }) => state !== 'closed') ? 'degraded' : 'ok'
}

/** By attempt; the hours before attempts were counted are told by request. */
const successOf = (figures: ProviderFigures | null): number | null => {
  if (!figures) return null
  const { answered, failed } = figures.attempts ?? { answered: figures.completed, failed: figures.failed }
  return answered + failed === 0 ? null : answered / (answered + failed)
}

const timesOf = (figures: ProviderFigures | null) => ({
  successRate: successOf(figures),
  p50Ms: figures && percentileOf(figures.latencyCounts, 0.5),
  p95Ms: figures && percentileOf(figures.latencyCounts, 0.95),
  ttftP50Ms: figures && percentileOf(figures.ttftCounts, 0.5),
})

/** The worst of a provider's breakers. */
const breakerOf = (states: readonly BreakerStatus[]): BreakerStatus['state'] =>
  (['open', 'half-open'] as const).find((state) => states.some((one) => one.state === state)) ?? 'closed'
