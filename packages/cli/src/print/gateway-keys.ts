import { formatUsd, type BudgetState, type GatewayKey } from '@assay/core'
import type { ActionContext } from '../action.ts'
import { shortIds } from '../ids.ts'
import { fields, table } from './table.ts'
import { relativeTime } from './time.ts'
import { plain } from './width.ts'

/** A key with what is gone of its budget. */
export type ListedKey = GatewayKey & { budget: BudgetState | null }

/** Keys under headings. */
export const keyTable = (rows: readonly ListedKey[], { out, terminal }: ActionContext): string => {
  const short = shortIds(rows.map(({ id }) => id))
  const now = terminal.now()
  return table(
    rows,
    [
      { name: 'id', cell: ({ id }) => short(id), paint: out.colours.dim },
      { name: 'name', cell: ({ name }) => name, flexible: true },
      { name: 'key', cell: ({ prefix, last4 }) => `${prefix}…${last4}` },
      { name: 'scopes', cell: ({ scopes }) => scopes.join(' '), flexible: true },
      { name: 'models', cell: ({ allowedModels }) => allowedModels.join(' ') || 'all', flexible: true },
      { name: 'limits', cell: (key) => limitsOf(key).join(' ') || '—', flexible: true },
      { name: 'budget', cell: ({ budget }) => budgetOf(budget) },
      { name: 'used', cell: ({ lastUsedAt }) => (lastUsedAt === null ? 'never' : relativeTime(lastUsedAt, now)) },
      {
        name: 'state',
        cell: (key) => stateOf(key, now),
        paint: (text, row) => (stateOf(row, now) === 'active' ? text : out.colours.yellow(text)),
      },
    ],
    out,
  )
}

/** One key in full. */
export const keyFields = (key: ListedKey, { out, terminal }: ActionContext): string => {
  const now = terminal.now()
  const { budget } = key
  return fields(
    [
      ['id', key.id],
      ['name', plain(key.name)],
      ['key', `${key.prefix}…${key.last4}`],
      ['state', stateOf(key, now)],
      ['scopes', key.scopes.join(' ')],
      ['models', plain(key.allowedModels.join(' ')) || 'all'],
      ['providers', plain(key.allowedProviders.join(' ')) || 'all'],
      ['credentials', key.credentialIds.join(' ') || 'any'],
      ['limits', limitsOf(key).join(', ') || 'none'],
      ['budget', budgetOf(budget)],
      ...(budget
        ? ([
            ['reserved', formatUsd(budget.reservedNanoUsd)],
            ...(budget.lostNanoUsd > 0 ? ([['lost', formatUsd(budget.lostNanoUsd)]] as const) : []),
            ['resets', budget.resetsAt === null ? 'never' : relativeTime(budget.resetsAt, now)],
          ] as const)
        : []),
      [
        'one request',
        key.maxCostPerRequestNanoUsd === null ? 'any cost' : `at most ${formatUsd(key.maxCostPerRequestNanoUsd)}`,
      ],
      ['order', key.routePolicy?.order ?? 'default'],
      [
        'cache',
        key.cachePolicy ? [key.cachePolicy.mode, key.cachePolicy.ttlSeconds].filter(Boolean).join(' ') : 'default',
      ],
      ['retention', key.retention ?? 'default'],
      ['on full disk', key.onFullDisk],
      ['made', relativeTime(key.createdAt, now)],
      ['last used', key.lastUsedAt === null ? 'never' : relativeTime(key.lastUsedAt, now)],
    ],
    out.colours,
  )
}

/** A budget as one reads it: `$1.20 of $5.00 per day`. */
export const budgetOf = (budget: BudgetState | null): string => {
  if (budget === null) return '—'
  const per = budget.window === 'total' ? 'in total' : `per ${budget.window}`
  return `${formatUsd(budget.usedNanoUsd + budget.lostNanoUsd)} of ${formatUsd(budget.limitNanoUsd)} ${per}`
}

const limitsOf = ({ rpm, tpm, maxConcurrency }: GatewayKey): string[] => [
  ...(rpm === null ? [] : [`${rpm} rpm`]),
  ...(tpm === null ? [] : [`${tpm} tpm`]),
  ...(maxConcurrency === null ? [] : [`${maxConcurrency} at once`]),
]

const stateOf = ({ revokedAt, rotatedTo, expiresAt }: GatewayKey, now: number): string => {
  if (revokedAt !== null) return `${rotatedTo === null ? 'revoked' : 'rotated'} ${relativeTime(revokedAt, now)}`
  if (expiresAt === null) return 'active'
  return `${Date.parse(expiresAt) < now ? 'expired' : 'expires'} ${relativeTime(expiresAt, now)}`
}
