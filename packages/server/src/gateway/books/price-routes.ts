import {
  AssayError,
  changePrice,
  comparePrices,
  DAY_MS,
  largeChanges,
  listPrices,
  listSpend,
  priceOf,
  pricesOn,
  refreshPrices,
  revertPrices,
  setPrice,
  shippedTable,
  timestamp,
  unsetPrice,
  type Price,
  PriceRow,
  type PriceTable,
} from '@assay/core'
import * as stored from '@assay/store'
import type { App } from '../../app.ts'
import { actorOf } from '../../http/caller.ts'
import { implement, type Exchange } from '../../http/implement.ts'
import type { OpenBook } from './price-book.ts'

export const onListPrices = implement(listPrices, async ({ app, member }, { query }) => {
  const book = await app.priceBook.open(member().workspaceId)
  const { text, provider, origin, limit, cursor } = query
  const wanted = pricesOf(app, book)
    .filter((price) => provider === undefined || price.provider === provider)
    .filter((price) => origin === undefined || price.origin === origin)
    .filter((price) => text === undefined || nameOf(price).toLowerCase().includes(text.toLowerCase()))
    .toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
  const after = cursor === undefined ? '' : Buffer.from(cursor, 'base64url').toString()
  const rest = wanted.filter((price) => nameOf(price) > after)
  const items = rest.slice(0, limit)
  const last = items.at(-1)
  const nextCursor = rest.length > limit && last ? Buffer.from(nameOf(last)).toString('base64url') : null
  return { items, nextCursor, table: infoOf(book.table) }
})

export const onSetPrice = implement(setPrice, (exchange, { body }) => save(exchange, body))

export const onChangePrice = implement(changePrice, async (exchange, { body }) => {
  const { app, member } = exchange
  const book = await app.priceBook.open(member().workspaceId)
  const before = priceOf(body.provider, body.model, pricesOn(todayOf(app), book.prices))
  if (!before) throw new AssayError('resource.not_found', { what: 'price', id: nameOf(body) })
  const { effectiveFrom: _day, match: _glob, ...rest } = before
  return save(exchange, PriceRow.parse({ ...rest, ...defined(body) }))
})

export const onUnsetPrice = implement(unsetPrice, async (exchange, { query }) => {
  const { app, member, inWorkspace } = exchange
  await inWorkspace(async (scope) => {
    const before = await stored.removePriceOverride(scope, query)
    if (before === null) throw new AssayError('resource.not_found', { what: 'price override', id: nameOf(query) })
    await note(exchange, scope, { action: 'price.unset', target: nameOf(query), before })
  })
  const book = await app.priceBook.open(member().workspaceId)
  const price = pricesOf(app, book).find((row) => nameOf(row) === nameOf(query)) ?? null
  return { ...query, price }
})

/** Checked as a whole before it takes the place of the one before: a bad table changes nothing. */
export const onRefreshPrices = implement(refreshPrices, async (exchange, { body }) => {
  const { app, member, inWorkspace } = exchange
  const { table, dryRun, allowLargeChanges } = body
  const { workspaceId } = member()
  const book = await app.priceBook.open(workspaceId)
  const diff = comparePrices(book.table.prices, table.prices)
  const large = largeChanges(diff).map(({ model }) => model)
  const told = { table: infoOf(table), ...diff, large }
  if (dryRun) return { isApplied: false, ...told }
  if (large.length > 0 && !allowLargeChanges) throw new AssayError('prices.large_change', { models: large })
  await inWorkspace(async (scope) => {
    await stored.insertPriceTable(scope, { id: app.createId(), loadedAt: timestamp(app.now()), table })
    const [before, after] = [infoOf(book.table), { ...infoOf(table), ...countsOf(diff) }]
    await note(exchange, scope, { action: 'price_table.load', target: table.version, before, after })
  })
  app.priceBook.forget(workspaceId)
  return { isApplied: true, ...told }
})

export const onRevertPrices = implement(revertPrices, async (exchange) => {
  const { app, member, inWorkspace } = exchange
  const table = await inWorkspace(async (scope) => {
    const before = await stored.loadedPrices(scope)
    if (before === null) throw new AssayError('resource.not_found', { what: 'loaded price table', id: 'last' })
    await stored.removeLastPriceTable(scope)
    const now = (await stored.loadedPrices(scope)) ?? shippedTable
    const target = before.version
    await note(exchange, scope, { action: 'price_table.revert', target, after: infoOf(now) })
    return now
  })
  app.priceBook.forget(member().workspaceId)
  return infoOf(table)
})

const MOST_DAYS = 92

export const onListSpend = implement(listSpend, async ({ inWorkspace }, { query }) => {
  const days = (Date.parse(query.to) - Date.parse(query.from)) / DAY_MS + 1
  if (days < 1 || days > MOST_DAYS) {
    const issues = [{ path: 'to', message: `is ${days} days from \`from\`, and 1 to ${MOST_DAYS} can be told at once` }]
    throw new AssayError('input.invalid', { what: 'query', issues })
  }
  return { items: await inWorkspace((scope) => stored.spendByDay(scope, query)) }
})

const save = async (exchange: Exchange, price: PriceRow): Promise<Price> => {
  const { app, member, inWorkspace } = exchange
  const at = timestamp(app.now())
  await inWorkspace(async (scope) => {
    const before = (await stored.listPriceOverrides(scope)).find((row) => nameOf(row) === nameOf(price)) ?? null
    await stored.savePriceOverride(scope, { price, now: at })
    const entry = { action: 'price.set', target: nameOf(price), before, after: price }
    await note(exchange, scope, entry)
  })
  app.priceBook.forget(member().workspaceId)
  return { ...price, origin: 'override' }
}

const pricesOf = (app: App, book: OpenBook): Price[] => {
  const own = new Set(book.overrides.map(nameOf))
  const origin = book.isLoaded ? 'loaded' : 'shipped'
  return pricesOn(todayOf(app), book.prices).map((row) => ({
    ...row,
    origin: own.has(nameOf(row)) ? 'override' : origin,
  }))
}

/** Writes the change down, and tells the other processes of it. */
const note = async (
  { app, caller, requestId, remoteAddress }: Exchange,
  scope: stored.WorkspaceScope,
  entry: Pick<stored.AuditEntry, 'action' | 'target' | 'before' | 'after'>,
): Promise<void> => {
  const at = timestamp(app.now())
  const ip = remoteAddress === null ? {} : { ip: remoteAddress }
  await stored.appendAudit(scope, { ...entry, at, actor: actorOf(caller), requestId, ...ip })
  await stored.announce(scope, { kind: 'price', workspaceId: scope.workspaceId, id: entry.target })
}

const todayOf = ({ now }: App): string => timestamp(now()).slice(0, 10)

const nameOf = ({ provider, model }: Pick<PriceRow, 'provider' | 'model'>): string => `${provider}/${model}`

const infoOf = ({ version, date, source }: PriceTable) => ({ version, date, source })

const countsOf = ({ added, removed, changed }: ReturnType<typeof comparePrices>) => ({
  added: added.length,
  removed: removed.length,
  changed: changed.length,
})

/** What a caller left out does not take away what is there. */
const defined = <Fields extends object>(fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Fields
