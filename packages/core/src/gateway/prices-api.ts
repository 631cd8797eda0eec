import { z } from 'zod'
import { contract } from '../contract.ts'
import { PageQuery, pageOf } from '../page.ts'
import { PriceRow, PriceTable } from './price-row.ts'

/** Where a price comes from: this version, a table the workspace loaded, or its own hand. */
export const priceOrigins = ['shipped', 'loaded', 'override'] as const

/** A price as it holds today. */
export const Price = PriceRow.extend({ origin: z.enum(priceOrigins) })
export type Price = z.infer<typeof Price>

const name = { provider: PriceRow.shape.provider, model: PriceRow.shape.model }
const TableInfo = z.object({ version: z.string(), date: z.string(), source: z.string() })

export const listPrices = contract({
  method: 'get',
  path: '/api/v1/prices',
  access: { who: 'person', role: 'viewer', scope: 'read' },
  summary: 'The prices that hold today for this workspace, its own before the others',
  query: PageQuery.extend({
    text: z.string().max(200).optional().describe('Part of `provider/model`.'),
    provider: z.string().max(64).optional(),
    origin: z.enum(priceOrigins).optional(),
  }),
  reply: pageOf(Price).extend({ table: TableInfo }),
})

export const setPrice = contract({
  method: 'put',
  path: '/api/v1/prices/overrides',
  access: { who: 'person', role: 'admin', scope: 'admin' },
  summary: 'Give a model a price of the workspace’s own, known or not',
  body: PriceRow.omit({ effectiveFrom: true }).extend({
    tier: PriceRow.shape.tier.default(null),
    contextWindow: PriceRow.shape.contextWindow.default(128_000),
    maxOutputTokens: PriceRow.shape.maxOutputTokens.default(16_384),
  }),
  reply: Price,
})

export const changePrice = contract({
  method: 'patch',
  path: '/api/v1/prices/overrides',
  access: { who: 'person', role: 'admin', scope: 'admin' },
  summary: 'Change part of a price that holds today; the rest stays as it is',
  body: PriceRow.omit({ effectiveFrom: true }).partial().extend(name),
  reply: Price,
})

export const unsetPrice = contract({
  method: 'delete',
  path: '/api/v1/prices/overrides',
  access: { who: 'person', role: 'admin', scope: 'admin' },
  summary: 'Take back a price of the workspace’s own',
  query: z.strictObject(name),
  reply: z.object({ ...name, price: Price.nullable().describe('What holds now; null: the model has no price.') }),
})

const PriceChangeReply = z.object({
  model: z.string(),
  fields: z.record(z.string(), z.object({ before: z.number().nullable(), after: z.number().nullable() })),
  factor: z.number().nullable().describe('The largest change; null: from or to zero.'),
})

/** What loading a table did or would do. */
export const PriceRefresh = z.object({
  isApplied: z.boolean(),
  table: TableInfo,
  added: z.array(z.string()),
  removed: z.array(z.string()),
  changed: z.array(PriceChangeReply),
  large: z.array(z.string()).describe('Models whose price would change more than tenfold.'),
})
export type PriceRefresh = z.infer<typeof PriceRefresh>

export const refreshPrices = contract({
  method: 'post',
  path: '/api/v1/prices/refresh',
  access: { who: 'person', role: 'admin', scope: 'admin' },
  summary: 'Load a whole price table in the place of the one that holds; the last one is kept',
  body: z.strictObject({
    table: PriceTable,
    dryRun: z.boolean().default(false).describe('Only tells what would change.'),
    allowLargeChanges: z.boolean().default(false).describe('Load it although a price changes more than tenfold.'),
  }),
  reply: PriceRefresh,
})

export const revertPrices = contract({
  method: 'post',
  path: '/api/v1/prices/revert',
  access: { who: 'person', role: 'admin', scope: 'admin' },
  summary: 'Go back to the table before the last one that was loaded',
  reply: TableInfo,
})

/** What the gateway booked by day and model, to hold beside a provider's bill. */
export const Spend = z.object({
  day: z.string(),
  model: z.string(),
  requests: z.int(),
  unpriced: z.int(),
  costNanoUsd: z.int(),
})

export const listSpend = contract({
  method: 'get',
  path: '/api/v1/prices/spend',
  access: { who: 'person', role: 'viewer', scope: 'read' },
  summary: 'What the calls to one provider cost, by day (UTC) and model',
  query: z.strictObject({
    provider: z.string().min(1).max(64),
    from: z.iso.date(),
    to: z.iso.date().describe('The last day, which counts too; at most 92 days in all.'),
  }),
  reply: z.object({ items: z.array(Spend) }),
})
