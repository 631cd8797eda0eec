import fc from 'fast-check'
import { type BudgetHold, type Grant } from '@assay/store'
import { expect, test } from 'vitest'
import { Purse, type Bank } from './purse.ts'

/** The row of a budget and its leases, as the statements of the store change them. */
class Row {
  readonly limit: number
  used = 0
  reserved = 0
  lost = 0
  #fence = 0
  readonly leases = new Map<number, { owner: number; amount: number; state: 'held' | 'lost' }>()

  constructor(limit: number) {
    this.limit = limit
  }

  grant(owner: number, { fence, need }: { fence: number | null; need: number }): Grant {
    const left = this.limit - this.used - this.lost - this.reserved
    if (need > left) {
      const { used, lost, reserved, limit } = this
      return {
        kind: 'refused',
        budgetId: 'b',
        usedNanoUsd: used + lost,
        reservedNanoUsd: reserved,
        limitNanoUsd: limit,
      }
    }
    const amount = left * 100 < this.limit ? need : Math.max(need, Math.floor(left / 20))
    this.reserved += amount
    this.#fence++
    const known = fence === null ? undefined : this.leases.get(fence)
    const kept = known?.state === 'held' ? fence! : this.#fence
    if (known?.state === 'held') known.amount += amount
    else this.leases.set(kept, { owner, amount, state: 'held' })
    const leftNanoUsd = left - amount
    return {
      kind: 'granted',
      budgetId: 'b',
      fence: kept,
      amountNanoUsd: amount,
      leftNanoUsd,
      isTight: leftNanoUsd * 100 < this.limit,
    }
  }

  move(fence: number, taken: number, used: number): void {
    this.used += used
    const lease = this.leases.get(fence)
    if (!lease) return
    const moved = Math.min(taken, lease.amount)
    if (lease.state === 'held') this.reserved -= moved
    else this.lost -= moved
    lease.amount -= moved
    if (lease.amount === 0) this.leases.delete(fence)
  }

  lose(owner: number): void {
    for (const lease of this.leases.values()) {
      if (lease.owner !== owner || lease.state === 'lost') continue
      lease.state = 'lost'
      this.reserved -= lease.amount
      this.lost += lease.amount
    }
  }

  endOf(owner: number): void {
    for (const [fence, lease] of this.leases) if (lease.owner === owner) this.move(fence, lease.amount, 0)
  }
}

/** A process with its purse, the requests it has under way, and what its spool has for the database. */
type Process = { purse: Purse; open: BudgetHold[]; spool: { hold: BudgetHold; cost: number }[] }

/** What requests under way may still need, and what the database has yet to hear of, lies in the leases they name. */
const expectCovered = (row: Row, { open, spool }: Process): void => {
  const counted = new Map<number, number>()
  const count = (fence: number, nanoUsd: number): void => void counted.set(fence, (counted.get(fence) ?? 0) + nanoUsd)
  for (const { fence, reservedNanoUsd } of open) count(fence, reservedNanoUsd)
  for (const { hold, cost } of spool) count(hold.fence, Math.min(cost, hold.reservedNanoUsd))
  for (const [fence, nanoUsd] of counted) expect(nanoUsd).toBeLessThanOrEqual(row.leases.get(fence)?.amount ?? 0)
}

type Step =
  | { do: 'keep'; at: number; nanoUsd: number }
  | { do: 'settle'; at: number; share: number }
  | { do: 'drain' | 'giveBack' | 'kill' | 'lose' | 'wait'; at: number }

const steps = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('keep' as const),
        at: fc.nat(2),
        nanoUsd: fc.integer({ min: 0, max: 300 }),
      }),
    },
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant('settle' as const),
        at: fc.nat(2),
        share: fc.integer({ min: 0, max: 100 }),
      }),
    },
    fc.record({
      do: fc.constantFrom('drain' as const, 'giveBack' as const, 'kill' as const, 'lose' as const, 'wait' as const),
      at: fc.nat(2),
    }),
  ),
  { maxLength: 120 },
)

test('whatever three processes keep, settle, give back, lose or die with, no more than the limit is ever spent or held', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 5_000 }), steps, async (limit, given) => {
      const row = new Row(limit)
      let now = 1_000
      let charged = 0
      const start = (owner: number): Process => {
        const bank: Bank = {
          open: async () => 'b',
          grant: async (_, { fence, needNanoUsd }) => row.grant(owner, { fence, need: needNanoUsd }),
        }
        const place = { limitsId: 'k', window: 'total' as const, limitNanoUsd: limit }
        return { purse: new Purse({ place, workspaceId: 'w', bank, now: () => now }), open: [], spool: [] }
      }
      const processes = [0, 1, 2].map(start)
      const drain = (one: Process): void => {
        for (const { hold, cost } of one.spool.splice(0))
          row.move(hold.fence, Math.min(cost, hold.reservedNanoUsd), cost)
      }
      const act: Record<Step['do'], (one: Process, step: Step) => void | Promise<void>> = {
        keep: async (one, step) => {
          const nanoUsd = step.do === 'keep' ? step.nanoUsd : 0
          const hold = one.purse.keepNow(nanoUsd) ?? (await one.purse.keep(nanoUsd).catch(() => null))
          if (hold) one.open.push(hold)
        },
        settle: (one, step) => {
          const hold = one.open.shift()
          if (!hold) return
          const cost = Math.floor((hold.reservedNanoUsd * (step.do === 'settle' ? step.share : 0)) / 100)
          charged += cost
          one.purse.settle(hold, cost)
          one.spool.push({ hold, cost })
        },
        drain,
        giveBack: (one) => {
          for (const { fence, takenNanoUsd } of one.purse.takeBack({ all: true })) row.move(fence, takenNanoUsd, 0)
        },
        // Killed and started again with the same spool: what was under way counts with all that was kept.
        kill: (one, { at }) => {
          for (const hold of one.open) {
            charged += hold.reservedNanoUsd
            one.spool.push({ hold, cost: hold.reservedNanoUsd })
          }
          drain(one)
          row.endOf(at)
          processes[at] = start(at)
        },
        lose: (_, { at }) => row.lose(at),
        wait: () => void (now += 20_000),
      }
      for (const step of given) {
        await act[step.do](processes[step.at]!, step)
        const underWay = processes.flatMap(({ open }) => open).reduce((sum, hold) => sum + hold.reservedNanoUsd, 0)
        expect(charged + underWay).toBeLessThanOrEqual(limit)
        expect(row.used + row.reserved + row.lost).toBeLessThanOrEqual(limit)
        expect(row.reserved).toBeGreaterThanOrEqual(0)
        for (const one of processes) expectCovered(row, one)
      }
      for (const at of [0, 1, 2]) await act.kill(processes[at]!, { do: 'kill', at })
      expect(row).toMatchObject({ used: charged, reserved: 0, lost: 0 })
    }),
    { numRuns: 500 },
  )
})

test('a purse that waits for its row is not empty, so nobody lets go of what it is about to get', async () => {
  const row = new Row(1_000)
  let answer: () => void = () => {}
  const asked = new Promise<void>((resolve) => (answer = resolve))
  const bank: Bank = {
    open: async () => 'b',
    grant: async (_, { fence, needNanoUsd }) => {
      await asked
      return row.grant(0, { fence, need: needNanoUsd })
    },
  }
  const place = { limitsId: 'k', window: 'total' as const, limitNanoUsd: 1_000 }
  const purse = new Purse({ place, workspaceId: 'w', bank, now: () => 0 })
  expect(purse.isEmpty).toBe(true)
  const kept = purse.keep(10)
  expect(purse.isEmpty).toBe(false)
  answer()
  purse.settle(await kept, 10)
  purse.takeBack({ all: true })
  expect(purse.isEmpty).toBe(true)
})
