import type { Command } from 'commander'
import type { BudgetWindow, KeyPolicy, Scope } from '@assay/core'
import { readCount, readUsd } from './amounts.ts'
import { futureTime } from './times.ts'

/** What `create` and `update` may say of a key. */
export type PolicyOptions = {
  scope?: string[]
  models?: string[]
  providers?: string[]
  credential?: string[]
  rpm?: string
  tpm?: string
  concurrency?: string
  budget?: string
  per?: string
  maxCost?: string
  order?: string
  cache?: string
  retention?: string
  onFullDisk?: string
  expires?: string
}

/** Gives a command the options of a key's policy; where one exists already, `none` and `all` lift what it holds back. */
export const withPolicy = (command: Command): Command =>
  command
    .option('--scope <scope...>', 'What it may do: inference, failures, read, write, tests, admin.')
    .option('--models <glob...>', 'Models it may call, such as openai/* or sim/echo; `all` for all.')
    .option('--providers <name...>', 'Providers it may call; `all` for all.')
    .option('--credential <id...>', 'Credentials it may use; `all` for any.')
    .option('--rpm <count>', 'Requests per minute.')
    .option('--tpm <count>', 'Tokens per minute, in and out.')
    .option('--concurrency <count>', 'Requests at the same time.')
    .option('--budget <usd>', 'What it may spend, such as 5usd, in each window.')
    .option('--per <window>', 'The window of the budget: hour, day, month (default) or total.')
    .option('--max-cost <usd>', 'What one request may cost at most.')
    .option('--order <order>', 'How candidates are put in order: price, latency or weighted.')
    .option('--cache <mode>', 'Whether answers are kept: on, off, or a time such as on:3600 in seconds.')
    .option('--retention <what>', 'What is kept of its requests: none, metadata or full.')
    .option('--on-full-disk <what>', 'What happens when the disk is full: serve or shed.')
    .option('--expires <when>', 'How long it holds such as 30d, or an ISO time.')

/** The part of a policy that the options name; what is wrong in it the server says. */
export const readPolicy = async (options: PolicyOptions, now: number): Promise<Partial<KeyPolicy>> => {
  const { scope, rpm, tpm, concurrency, maxCost, order, retention, onFullDisk, expires } = options
  return {
    ...(scope && { scopes: scope as Scope[] }),
    ...(options.models && { allowedModels: listed(options.models) }),
    ...(options.providers && { allowedProviders: listed(options.providers) }),
    ...(options.credential && { credentialIds: listed(options.credential) }),
    ...(rpm && { rpm: await readCount(rpm, '--rpm') }),
    ...(tpm && { tpm: await readCount(tpm, '--tpm') }),
    ...(concurrency && { maxConcurrency: await readCount(concurrency, '--concurrency') }),
    ...(await readBudget(options)),
    ...(maxCost && { maxCostPerRequestNanoUsd: await readUsd(maxCost, '--max-cost') }),
    ...(order && { routePolicy: order === 'none' ? null : { order: order as 'price' } }),
    ...(options.cache && { cachePolicy: readCache(options.cache) }),
    ...(retention && { retention: retention === 'default' ? null : (retention as 'full') }),
    ...(onFullDisk && { onFullDisk: onFullDisk as 'serve' }),
    ...(expires && {
      expiresAt: expires === 'never' ? null : await futureTime(expires, { flag: '--expires', now }),
    }),
  }
}

/** A budget with its window; `none` lifts it. */
export const readBudget = async ({
  budget,
  per,
}: Pick<PolicyOptions, 'budget' | 'per'>): Promise<{
  budgetNanoUsd?: number | null
  budgetWindow?: BudgetWindow | null
}> => {
  if (budget === undefined) return per === undefined ? {} : { budgetWindow: per as BudgetWindow }
  const budgetNanoUsd = await readUsd(budget, '--budget')
  return { budgetNanoUsd, budgetWindow: budgetNanoUsd === null ? null : ((per ?? 'month') as BudgetWindow) }
}

/** Several words, or several in one with commas between; `all` is no list at all. */
const listed = (words: readonly string[]): string[] => {
  const items = words.flatMap((word) => word.split(',')).filter(Boolean)
  return items.length === 1 && items[0] === 'all' ? [] : items
}

const readCache = (written: string): KeyPolicy['cachePolicy'] => {
  if (written === 'none') return null
  const [mode, ttl] = written.split(':')
  return { mode: mode as 'on', ...(ttl === undefined ? {} : { ttlSeconds: Number(ttl) }) }
}
