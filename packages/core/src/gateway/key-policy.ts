import { z } from 'zod'
import { Timestamp } from '../clock.ts'
import { NanoUsd } from '../money.ts'
import { Scope } from '../workspace/access.ts'

/** What a budget counts over. Windows begin at the UTC hour, day or first of the month; `total` never ends. */
export const budgetWindows = ['hour', 'day', 'month', 'total'] as const
export const BudgetWindow = z.enum(budgetWindows)
export type BudgetWindow = z.infer<typeof BudgetWindow>

/** How the candidates of a request are put in order when the caller does not say. */
export const RoutePolicy = z.strictObject({
  order: z.enum(['price', 'latency', 'weighted']).optional(),
  weights: z
    .record(z.string().max(200), z.number().positive().max(1_000))
    .optional()
    .describe('Weights by glob over `provider/model`, or by the id of a credential, for the order `weighted`.'),
})
export type RoutePolicy = z.infer<typeof RoutePolicy>

/** Whether answers are kept and given again when the caller does not say. */
export const CachePolicy = z.strictObject({
  mode: z.enum(['on', 'off']),
  ttlSeconds: z.int().min(1).max(2_592_000).optional(),
  perUser: z.boolean().optional().describe('Keeps the answers of each `x-assay-user` apart.'),
})
export type CachePolicy = z.infer<typeof CachePolicy>

/** What is kept of a request: nothing but its count, the row of the log, or the bodies too. */
export const retentions = ['none', 'metadata', 'full'] as const
export const Retention = z.enum(retentions)
export type Retention = z.infer<typeof Retention>

const globs = z.array(z.string().trim().min(1).max(200)).max(100)

/** What a gateway key may do and how much of it. */
export const KeyPolicy = z.strictObject({
  scopes: z.array(Scope).min(1),
  allowedModels: globs.describe('Globs over `provider/model`; empty allows all.'),
  allowedProviders: globs.describe('Names of providers; empty allows all.'),
  credentialIds: z.array(z.uuid()).max(100).describe('Credentials it may use; empty allows any of the workspace.'),
  rpm: z.int().min(1).max(1_000_000).nullable().describe('Requests per minute.'),
  tpm: z.int().min(1).max(1_000_000_000).nullable().describe('Tokens per minute, in and out.'),
  maxConcurrency: z.int().min(1).max(100_000).nullable().describe('Requests at the same time.'),
  budgetNanoUsd: NanoUsd.min(1).nullable().describe('What it may spend in each window, in nano-USD.'),
  budgetWindow: BudgetWindow.nullable(),
  maxCostPerRequestNanoUsd: NanoUsd.min(1).nullable().describe('What one request may cost at most.'),
  routePolicy: RoutePolicy.nullable(),
  cachePolicy: CachePolicy.nullable(),
  retention: Retention.nullable().describe('What is kept of its requests; null: as the workspace says.'),
  onFullDisk: z.enum(['serve', 'shed']).describe('What happens to its requests when the disk is full.'),
  expiresAt: Timestamp.nullable(),
})
export type KeyPolicy = z.infer<typeof KeyPolicy>

/** A policy that holds nothing back but scopes. */
export const openPolicy: Omit<KeyPolicy, 'scopes'> = {
  allowedModels: [],
  allowedProviders: [],
  credentialIds: [],
  rpm: null,
  tpm: null,
  maxConcurrency: null,
  budgetNanoUsd: null,
  budgetWindow: null,
  maxCostPerRequestNanoUsd: null,
  routePolicy: null,
  cachePolicy: null,
  retention: null,
  onFullDisk: 'serve',
  expiresAt: null,
}
