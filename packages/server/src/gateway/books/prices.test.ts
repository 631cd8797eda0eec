import { shippedTable, type Price, type PriceRefresh, type PriceRow, type RequestRecord } from '@assay/core'
import { findBrokenAudit } from '@assay/store'
import { until } from '@assay/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startService, type TestService } from '../../__fixtures__/service.ts'

let service: TestService
beforeAll(async () => void (service = await startService()))
afterAll(() => service[Symbol.asyncDispose]())

type Page = { items: Price[]; nextCursor: string | null; table: { version: string } }
const list = async (query: string): Promise<Page> => (await service.call<Page>(`GET /api/v1/prices?${query}`)).body

/** Asks the model and reads what the log says it cost. */
const ask = async (model: string): Promise<RequestRecord> => {
  const { headers, status } = await service.call('POST /v1/chat/completions', {
    body: { model, messages: [{ role: 'user', content: 'four words of text' }] },
  })
  expect(status).toBe(200)
  const id = headers.get('x-assay-request-id')
  return until('the request in the log', async () => {
    const answer = await service.call<RequestRecord>(`GET /api/v1/requests/${id}`)
    return answer.status === 200 ? answer.body : undefined
  })
}

test('prices are listed by name, a page at a time, and found by a part of it', async () => {
  const { items, nextCursor, table } = await list('limit=50')
  expect(table.version).toBe(shippedTable.version)
  expect(items).toHaveLength(50)
  const next = await list(`limit=50&cursor=${nextCursor}`)
  const names = [...items, ...next.items].map(({ provider, model }) => `${provider}/${model}`)
  expect(names).toEqual([...new Set(names)].toSorted())
  expect((await list('text=OPUS-5&provider=anthropic')).items.map(({ model }) => model)).toEqual([
    'claude-opus-5',
    'claude-opus-5-5',
  ])
  expect((await list('origin=override')).items).toEqual([])
})

test('a price of the workspace’s own counts from the next request on, is in the log, and is taken back', async () => {
  const before = await ask('sim/echo')
  expect(before).toMatchObject({ priced: true, priceVersion: shippedTable.version })
  const sum = (before.costLines ?? []).reduce((nano, line) => nano + (line.units * line.nanoUsdPerMillion) / 1e6, 0)
  expect(before.costNanoUsd).toBe(Math.round(sum))

  const changed = await service.call<Price>('PATCH /api/v1/prices/overrides', {
    body: { provider: 'sim', model: 'echo', input: 1_000_000_000_000 },
  })
  expect(changed.body).toMatchObject({ origin: 'override', input: 1_000_000_000_000, output: 400_000_000 })
  const after = await ask('sim/echo')
  expect(after.costLines).toContainEqual({ class: 'input', units: after.inputTokens, nanoUsdPerMillion: 1e12 })
  expect(after.priceVersion).toMatch(new RegExp(`^${shippedTable.version}\\+[0-9a-f]{8}$`))

  const unset = await service.call<{ price: Price }>('DELETE /api/v1/prices/overrides?provider=sim&model=echo')
  expect(unset.body.price).toMatchObject({ origin: 'shipped', input: 100_000_000 })
  expect((await ask('sim/echo')).costNanoUsd).toBe(before.costNanoUsd)
  const again = await service.call<{ error: { code: string } }>(
    'DELETE /api/v1/prices/overrides?provider=sim&model=echo',
  )
  expect([again.status, again.body.error.code]).toEqual([404, 'resource.not_found'])
})

test('a model nobody priced gets a price; one that is not whole is refused', async () => {
  const own = { provider: 'compatible', model: 'our-llama', input: 5, output: 6 }
  const set = await service.call<Price>('PUT /api/v1/prices/overrides', { body: own })
  expect(set.body).toMatchObject({ ...own, tier: null, contextWindow: 128_000 })
  expect((await list('provider=compatible')).items).toHaveLength(1)
  const bad = await service.call<{ error: { code: string } }>('PUT /api/v1/prices/overrides', {
    body: { ...own, input: -1, output: 0.5 },
  })
  expect([bad.status, bad.body.error.code]).toEqual([400, 'input.invalid'])
  const unknown = await service.call('PATCH /api/v1/prices/overrides', { body: { provider: 'sim', model: 'nobody' } })
  expect(unknown.status).toBe(404)
})

const tableWith = (change: (row: PriceRow) => PriceRow) => ({
  ...shippedTable,
  version: 'mine-1',
  prices: shippedTable.prices.map((row) => (row.provider === 'sim' && row.model === 'slow' ? change(row) : row)),
})
const refresh = (body: object) =>
  service.call<PriceRefresh & { error: { code: string; message: string } }>('POST /api/v1/prices/refresh', { body })

test('a table is shown, checked, loaded as a whole, and given back', async () => {
  const table = tableWith((row) => ({ ...row, input: row.input * 2 }))
  const dry = await refresh({ table, dryRun: true })
  expect(dry.body).toMatchObject({ isApplied: false, added: [], removed: [], large: [] })
  expect(dry.body.changed).toEqual([
    { model: 'sim/slow', fields: { input: { before: 100_000_000, after: 200_000_000 } }, factor: 2 },
  ])
  expect((await list('text=sim/slow')).items[0]).toMatchObject({ input: 100_000_000, origin: 'shipped' })

  expect((await refresh({ table })).body.isApplied).toBe(true)
  expect((await list('text=sim/slow')).items[0]).toMatchObject({ input: 200_000_000, origin: 'loaded' })
  expect((await list('text=sim/slow')).table.version).toBe('mine-1')

  const large = { table: tableWith((row) => ({ ...row, input: row.input * 100 })) }
  const refused = await refresh(large)
  expect([refused.status, refused.body.error.code]).toEqual([422, 'prices.large_change'])
  expect(refused.body.error.message).toContain('sim/slow')
  expect((await refresh({ ...large, allowLargeChanges: true })).body.large).toEqual(['sim/slow'])

  expect((await service.call('POST /api/v1/prices/revert')).body).toMatchObject({ version: 'mine-1' })
  expect((await list('text=sim/slow')).items[0]).toMatchObject({ input: 200_000_000 })
  expect((await service.call('POST /api/v1/prices/revert')).body).toMatchObject({ version: shippedTable.version })
  expect((await service.call('POST /api/v1/prices/revert')).status).toBe(404)
})

test('a broken table changes nothing', async () => {
  const broken = tableWith((row) => ({ ...row, output: Number.NaN }))
  expect((await refresh({ table: broken })).status).toBe(400)
  expect((await list('text=sim/slow')).items[0]).toMatchObject({ input: 100_000_000, origin: 'shipped' })
})

test('every change of prices is in the audit trail', async () => {
  const { store, local } = service.app
  const actions = await store.inWorkspace(local.workspace.id, async (scope) => {
    expect(await findBrokenAudit(scope)).toBeNull()
    return scope.db.selectFrom('audit').select('action').where('action', 'like', 'price%').orderBy('seq').execute()
  })
  expect(actions.map(({ action }) => action)).toEqual([
    'price.set',
    'price.unset',
    'price.set',
    'price_table.load',
    'price_table.load',
    'price_table.revert',
    'price_table.revert',
  ])
})
