import { defineGuard, priceOf, timestamp, type Guard, type PriceRow, type PriceTable } from '@assay/core'
import {
  insertGuard,
  insertPriceTable,
  listGuards,
  orderGuards,
  removeGuard,
  updateGuard,
  insertRequests,
  findRequest,
  listPriceOverrides,
  loadedPrices,
  removeLastPriceTable,
  removePriceOverride,
  savePriceOverride,
  type WorkspaceScope,
} from '@assay/store'
import { expect, test } from 'vitest'
import { requestOf } from '../records.ts'
import { newId, type TestStore } from '../test-store.ts'

/** Price tables, the prices of a workspace's own, and guards. */
export const describePrices = (current: () => TestStore): void => {
  const row: PriceRow = { ...priceOf('sim', 'echo')!, input: 1, serviceTiers: { batch: { times: 1, per: 2 } } }
  const tableOf = (version: string): PriceTable => ({ version, date: '2026-11-20', source: 'a test', prices: [row] })
  const load = (scope: WorkspaceScope, version: string, at: number): Promise<void> =>
    insertPriceTable(scope, { id: newId(), loadedAt: timestamp(at), table: tableOf(version) })

  test('the last table counts, and the one before comes back when it is taken away', async () => {
    const { store, createWorkspace } = current()
    const { workspaceId } = await createWorkspace()
    await store.inWorkspace(workspaceId, async (scope) => {
      expect(await loadedPrices(scope)).toBeNull()
      for (const day of [1, 2, 3, 4, 5, 6, 7]) await load(scope, `v${day}`, day * 1_000)
      expect(await loadedPrices(scope)).toEqual(tableOf('v7'))
      for (const version of ['v6', 'v5', 'v4', 'v3']) {
        expect(await removeLastPriceTable(scope)).toBe(true)
        expect((await loadedPrices(scope))?.version).toBe(version)
      }
      // Five are kept.
      expect(await removeLastPriceTable(scope)).toBe(true)
      expect(await loadedPrices(scope)).toBeNull()
      expect(await removeLastPriceTable(scope)).toBe(false)
    })
  })

  test('a price of the workspace’s own is replaced, taken back, and seen by nobody else', async () => {
    const { store, createWorkspace } = current()
    const [{ workspaceId: ours }, { workspaceId: theirs }] = [await createWorkspace(), await createWorkspace()]
    await store.inWorkspace(ours, async (scope) => {
      await savePriceOverride(scope, { price: row, now: timestamp(1) })
      await savePriceOverride(scope, { price: { ...row, input: 2 }, now: timestamp(2) })
      await load(scope, 'ours', 1_000)
    })
    await store.inWorkspace(theirs, async (scope) => {
      expect(await listPriceOverrides(scope)).toEqual([])
      expect(await loadedPrices(scope)).toBeNull()
      expect(await removePriceOverride({ ...scope, workspaceId: ours }, row)).toBeNull()
    })
    await store.inWorkspace(ours, async (scope) => {
      expect(await listPriceOverrides(scope)).toEqual([{ ...row, input: 2 }])
      expect(await removePriceOverride(scope, row)).toEqual({ ...row, input: 2 })
      expect(await removePriceOverride(scope, row)).toBeNull()
    })
  })

  test('guards stand in their order, are changed and removed, and seen by nobody else', async () => {
    const { store, createWorkspace } = current()
    const [{ workspaceId: ours }, { workspaceId: theirs }] = [await createWorkspace(), await createWorkspace()]
    const guardOf = (name: string): Guard => ({
      ...defineGuard({ name, when: 'in', kind: 'pii', action: 'mask', onError: 'closed', keyId: null, enabled: true }),
      id: newId(),
      createdAt: timestamp(1),
      updatedAt: timestamp(1),
    })
    const [first, second] = [guardOf('first'), guardOf('second')]
    await store.inWorkspace(ours, async (scope) => {
      await insertGuard(scope, { guard: first, place: 0 })
      await insertGuard(scope, { guard: second, place: 1 })
      await orderGuards(scope, [second.id, first.id])
      expect(await listGuards(scope)).toEqual([second, first])
    })
    await store.inWorkspace(theirs, async (scope) => {
      expect(await listGuards(scope)).toEqual([])
      expect(await removeGuard({ ...scope, workspaceId: ours }, first.id)).toBeNull()
    })
    await store.inWorkspace(ours, async (scope) => {
      const { id, createdAt: _createdAt, updatedAt: _updatedAt, ...definition } = first
      const changed = await updateGuard(scope, { id, definition: { ...definition, enabled: false }, now: timestamp(2) })
      expect(changed).toEqual({ ...first, enabled: false, updatedAt: timestamp(2) })
      expect(await removeGuard(scope, second.id)).toEqual(second)
      expect(await listGuards(scope)).toEqual([changed])
    })
  })

  test('a request keeps its bill and the version of its prices', async () => {
    const { store, createWorkspace } = current()
    const { workspaceId } = await createWorkspace()
    const costLines = [{ class: 'cacheRead', units: 300, nanoUsdPerMillion: 500_000_000, factor: '1/2' } as const]
    const request = requestOf({ workspaceId, priceVersion: '2026-11-20+abc', costLines: [...costLines] })
    await store.inSystem((system) => insertRequests(system, [request]))
    const found = await store.inWorkspace(workspaceId, (scope) => findRequest(scope, request.id))
    expect(found).toMatchObject({ priceVersion: '2026-11-20+abc', costLines })
  })
}
