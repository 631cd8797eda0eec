import { budgetWindowAt, budgetWindows, timestamp } from '@assay/core'
import {
  type BudgetPlace,
  drawRate,
  endLeases,
  findBudgetState,
  findOwnedLeases,
  foldLedger,
  grantLease,
  holdSlots,
  insertRequests,
  listAlerts,
  loseLeases,
  moveFromLeases,
  openBudget,
  releaseLost,
  renewLeases,
  returnRate,
  settleHolds,
  warnOfBudgets,
} from '@assay/store'
import { expect, test } from 'vitest'
import { requestOf } from '../records.ts'
import { newId, type TestStore } from '../test-store.ts'

/** Budgets and rates: what is granted never adds up to more than there is, whatever becomes of those who hold it. */
export const describeBudgets = (current: () => TestStore): void => {
  const now = Date.UTC(2026, 10, 21, 12)
  const at = (ms: number): string => timestamp(now + ms)

  const openOne = async (limitNanoUsd: number, changes: Partial<BudgetPlace> = {}) => {
    const { store, createWorkspace } = current()
    const { workspaceId } = await createWorkspace()
    const owner = newId()
    const place: BudgetPlace = { limitsId: newId(), window: 'day', limitNanoUsd, ...changes }
    const budgetId = await store.inWorkspace(workspaceId, (scope) => openBudget(scope, { id: newId(), place, now }))
    return {
      workspaceId,
      owner,
      budgetId,
      grant: (needNanoUsd: number, fence: number | null = null) =>
        store.inWorkspace(workspaceId, (scope) =>
          grantLease(scope, { budgetId, fence, needNanoUsd, owner, until: at(30_000) }),
        ),
      state: () =>
        store.inWorkspace(workspaceId, (scope) =>
          findBudgetState(scope, { keyId: place.limitsId, limitNanoUsd, window: place.window, now }),
        ),
    }
  }
  const amounts = { limitNanoUsd: 1_000, usedNanoUsd: 0, reservedNanoUsd: 0, lostNanoUsd: 0 }

  test('fifty who ask at once for a tenth each: ten get it, and the others hear what there is', async () => {
    const { grant, state } = await openOne(1_000)
    const grants = await Promise.all(Array.from({ length: 50 }, () => grant(100)))
    expect(grants.filter(({ kind }) => kind === 'granted')).toHaveLength(10)
    expect(grants.find(({ kind }) => kind === 'refused')).toMatchObject({ usedNanoUsd: 0, limitNanoUsd: 1_000 })
    expect(await state()).toMatchObject({ ...amounts, reservedNanoUsd: 1_000 })
  })

  test('where there is room 5 % of what is left is granted, below 1 % no more than is needed', async () => {
    const { grant } = await openOne(100_000)
    expect(await grant(1)).toMatchObject({ amountNanoUsd: 5_000, leftNanoUsd: 95_000, isTight: false })
    expect(await grant(10_000)).toMatchObject({ amountNanoUsd: 10_000, leftNanoUsd: 85_000 })
    expect(await grant(84_500)).toMatchObject({ amountNanoUsd: 84_500, leftNanoUsd: 500, isTight: true })
    expect(await grant(3)).toMatchObject({ amountNanoUsd: 3, leftNanoUsd: 497 })
    expect(await grant(498)).toMatchObject({ kind: 'refused' })
  })

  test('a lease grows under its number, and a lost one is followed by another', async () => {
    const { store } = current()
    const { grant, state, workspaceId, budgetId } = await openOne(1_000)
    const first = await grant(100)
    if (first.kind === 'refused') return expect.unreachable()
    expect(await grant(100, first.fence)).toMatchObject({ fence: first.fence })
    expect(await store.inSystem((system) => loseLeases(system, { before: at(30_000) }))).toBe(0)
    const renew = () =>
      store.inSystem((system) => renewLeases(system, { leases: [{ budgetId, fence: first.fence }], until: at(40_000) }))
    expect(await renew()).toHaveLength(1)
    expect(await store.inSystem((system) => loseLeases(system, { before: at(40_001) }))).toBeGreaterThan(0)
    expect(await state()).toMatchObject({ ...amounts, lostNanoUsd: 200 })
    expect(await renew()).toEqual([])
    const second = await grant(100, first.fence)
    expect(second).toMatchObject({ kind: 'granted' })
    expect(second.kind === 'granted' && second.fence > first.fence).toBe(true)
    expect(await grant(701, first.fence)).toMatchObject({ kind: 'refused', usedNanoUsd: 200 })

    const released = await store.inWorkspace(workspaceId, (scope) => releaseLost(scope, budgetId))
    expect(released).toMatchObject({ released: 200, state: { lostNanoUsd: 0, reservedNanoUsd: 100 } })
    expect(await store.inWorkspace(workspaceId, (scope) => releaseLost(scope, newId()))).toBeNull()
  })

  test('what requests cost is booked once, found again in a lost lease, and never more than was kept leaves it', async () => {
    const { store } = current()
    const { grant, state, workspaceId, budgetId, owner } = await openOne(1_000)
    const lease = await grant(500)
    if (lease.kind === 'refused') return expect.unreachable()
    const settle = (costNanoUsd: number | null, reservedNanoUsd: number) => {
      const request = requestOf({ workspaceId, costNanoUsd, at: at(0) })
      return store.inSystem(async (system) => {
        await insertRequests(system, [request])
        await settleHolds(system, [{ request, holds: [{ budgetId, fence: lease.fence, reservedNanoUsd }] }])
      })
    }
    await settle(30, 100)
    expect(await state()).toMatchObject({ ...amounts, usedNanoUsd: 30, reservedNanoUsd: 470 })
    await settle(null, 100)
    await settle(120, 100)
    expect(await state()).toMatchObject({ ...amounts, usedNanoUsd: 150, reservedNanoUsd: 370 })
    await store.inSystem((system) => loseLeases(system, { before: at(30_001) }))
    await settle(70, 70)
    expect(await state()).toMatchObject({ ...amounts, usedNanoUsd: 220, lostNanoUsd: 300 })
    const left = await store.inSystem((system) => findOwnedLeases(system, { owner }))
    expect(left).toEqual([{ budgetId, fence: lease.fence }])
    await store.inSystem((system) => endLeases(system, left))
    expect(await state()).toMatchObject({ ...amounts, usedNanoUsd: 220 })
    await settle(5, 5)
    expect(await state()).toMatchObject({ ...amounts, usedNanoUsd: 225 })
    await store.inSystem((system) => foldLedger(system, { before: at(86_400_000).slice(0, 10) }))
  })

  test('what is given back can be granted again', async () => {
    const { store } = current()
    const { grant, budgetId } = await openOne(1_000)
    const lease = await grant(1_000)
    if (lease.kind === 'refused') return expect.unreachable()
    expect(await grant(1)).toMatchObject({ kind: 'refused' })
    await store.inSystem((system) =>
      moveFromLeases(system, [{ budgetId, fence: lease.fence, takenNanoUsd: 400, usedNanoUsd: 0 }]),
    )
    expect(await grant(400)).toMatchObject({ kind: 'granted' })
    expect(await grant(1)).toMatchObject({ kind: 'refused' })
  })

  test('a budget warns at 80 % and at its end, once each, until its window is over', async () => {
    const { store } = current()
    const { workspaceId, budgetId } = await openOne(1_000, { limitsId: null })
    const starts = (moment: number) =>
      Object.fromEntries(budgetWindows.map((window) => [window, budgetWindowAt(window, moment).startsAt]))
    const warn = async (usedNanoUsd: number, moment = now): Promise<string[]> => {
      await store.inSystem(async (system) => {
        await moveFromLeases(system, [{ budgetId, fence: 0, takenNanoUsd: 0, usedNanoUsd }])
        await warnOfBudgets(system, { now: timestamp(moment), currentStarts: starts(moment) })
      })
      const { items } = await store.inWorkspace(workspaceId, (scope) => listAlerts(scope, { state: 'open' }))
      return items.map(({ object, count }) => `${object} ${count}`).toSorted()
    }
    expect(await warn(799)).toEqual([])
    expect(await warn(1)).toEqual(['workspace:80 1'])
    expect(await warn(1)).toEqual(['workspace:80 1'])
    expect(await warn(199)).toEqual(['workspace:100 1', 'workspace:80 1'])
    expect(await warn(0, now + 86_400_000)).toEqual([])
    await store.inSystem((system) =>
      moveFromLeases(system, [{ budgetId, fence: 0, takenNanoUsd: 0, usedNanoUsd: -1_000 }]),
    )
  })

  test('a shared rate grants what it has, fills with time, and takes back what was not used', async () => {
    const { store, createWorkspace } = current()
    const { workspaceId } = await createWorkspace()
    const rate = { limitsId: newId(), kind: 'rpm' as const, capacity: 60, perMs: 60 / 60_000 }
    const draw = (need: number, want: number, ms: number) =>
      store.inWorkspace(workspaceId, (scope) => drawRate(scope, { rate, need, want, now: at(ms) }))
    expect(await draw(1, 50, 0)).toEqual({ granted: 50, level: 10 })
    expect(await draw(1, 50, 0)).toEqual({ granted: 10, level: 0 })
    expect(await draw(1, 3, 500)).toEqual({ granted: 0, level: 0.5 })
    expect(await draw(1, 3, 1_000)).toEqual({ granted: 1, level: 0 })
    await store.inWorkspace(workspaceId, (scope) => returnRate(scope, { rate, count: 5 }))
    expect(await draw(1, 3, 1_000)).toEqual({ granted: 3, level: 2 })
    expect(await draw(61, 61, 600_000)).toEqual({ granted: 0, level: 60 })
  })

  test('processes together have no more under way than a key may, and an ended one counts no more', async () => {
    const { store, createWorkspace } = current()
    const { workspaceId } = await createWorkspace()
    const limitsId = newId()
    const [first, second] = [newId(), newId()]
    const hold = (owner: string, held: number, ms: number) =>
      store.inWorkspace(workspaceId, (scope) =>
        holdSlots(scope, { limitsId, owner, held, most: 3, now: at(ms), until: at(ms + 30_000) }),
      )
    expect(await hold(first, 2, 0)).toBe(true)
    expect(await hold(second, 2, 0)).toBe(false)
    expect(await hold(second, 1, 0)).toBe(true)
    expect(await hold(first, 3, 0)).toBe(false)
    expect(await hold(second, 0, 0)).toBe(true)
    expect(await hold(first, 3, 0)).toBe(true)
    expect(await hold(second, 3, 30_000)).toBe(true)
  })
}
