import { AssayError, budgetWindowAt, budgetWindows, MINUTE_MS, SECOND_MS, timestamp, type Log } from '@assay/core'
import {
  endLeases,
  findOwnedLeases,
  findWorkspaceBudget,
  grantLease,
  loseLeases,
  moveFromLeases,
  openBudget,
  renewLeases,
  warnOfBudgets,
  type BudgetHold,
  type BudgetLimit,
  type BudgetPlace,
  type Store,
} from '@assay/store'
import type { KeyHolder, Leave, Limits, Reservation } from '../parts.ts'
import { createOwnConcurrency, createSharedConcurrency } from './concurrency.ts'
import { Purse, type Bank } from './purse.ts'
import { createOwnRates, createSharedRates, type RateOf } from './rates.ts'

/** The limits of all keys, as this process applies them. */
export type KeyLimits = Limits & {
  /** Lets a new budget of the workspace be seen by the next request; null: of every workspace. */
  forget(workspaceId: string | null): void
  /** What is due now and then: leases renewed and given back, budgets that warn. */
  tick(): Promise<void>
  /** Gives back what an earlier process with the same spool left, as soon as all its requests are booked. */
  takeOver(flush: () => Promise<void>, lostRecords: () => number): Promise<void>
  /** Gives back all that is not needed. */
  close(): Promise<void>
}

type Kept = { purse: Purse; hold: BudgetHold }
type Wanted = Parameters<Limits['reserve']>[0]

const LEASE_MS = 30 * SECOND_MS
const WORKSPACE_KEPT_MS = 30 * SECOND_MS
/** After its deadline nothing is heard of a request any more. */
const ABANDONED_MS = MINUTE_MS
/** So long after its end a lease may still be settled by a process that comes back: the longest request and a minute. */
const LOST_AFTER_MS = 11 * MINUTE_MS
const SWEEP_EVERY_MS = 5 * SECOND_MS

const nothing = (): void => {}
const unlimited: Reservation = { remainingNanoUsd: null, holds: [], settle: nothing }

/** Applies the limits of keys: rates and concurrency before a request is read, tokens and money before it is made. */
export const createLimits = (parts: {
  store: Pick<Store, 'inWorkspace' | 'inSystem' | 'engine'>
  now: () => number
  createId: () => string
  /** Names this process and the next ones with the same spool. */
  owner: string
  log: Log
}): KeyLimits => {
  const { store, now, createId, owner, log } = parts
  const isAlone = store.engine === 'embedded'
  const rates = isAlone ? createOwnRates({ now }) : createSharedRates({ store, now })
  const concurrency = isAlone ? createOwnConcurrency() : createSharedConcurrency({ store, now, owner })
  const purses = new Map<string, Purse>()
  const retired = new Set<Purse>()
  const reservations = new Map<Reservation, number>()
  const workspaces = new Map<string, { budget: BudgetLimit | null; readAt: number }>()
  let sweptAt = now()

  const bank: Bank = {
    open: (workspaceId, place) =>
      store.inWorkspace(workspaceId, (scope) => openBudget(scope, { id: createId(), place, now: now() })),
    grant: (workspaceId, { untilMs, ...wanted }) =>
      store.inWorkspace(workspaceId, (scope) => grantLease(scope, { ...wanted, owner, until: timestamp(untilMs) })),
  }

  const purseOf = (workspaceId: string, place: BudgetPlace): Purse => {
    const key = place.limitsId ?? workspaceId
    const known = purses.get(key)
    if (known && known.place.window === place.window && now() < known.resetsAtMs) return known
    if (known) retired.add(known)
    const purse = new Purse({ place, workspaceId, bank, now })
    purses.set(key, purse)
    return purse
  }

  const workspaceBudget = (workspaceId: string): BudgetLimit | null | Promise<BudgetLimit | null> => {
    const known = workspaces.get(workspaceId)
    if (known && now() - known.readAt < WORKSPACE_KEPT_MS) return known.budget
    return store.inWorkspace(workspaceId, findWorkspaceBudget).then((budget) => {
      workspaces.set(workspaceId, { budget, readAt: now() })
      return budget
    })
  }

  const pursesOf = ({ workspaceId, limitsId, budgetNanoUsd, budgetWindow }: KeyHolder, own: BudgetLimit | null) => {
    const found: Purse[] = []
    if (budgetNanoUsd !== null && budgetWindow !== null) {
      found.push(purseOf(workspaceId, { limitsId, window: budgetWindow, limitNanoUsd: budgetNanoUsd }))
    }
    if (own) found.push(purseOf(workspaceId, { limitsId: null, ...own }))
    return found
  }

  /** Keeps the same for all budgets or for none. */
  const keepAll = (wallets: readonly Purse[], nanoUsd: number): Kept[] | Promise<Kept[]> => {
    const kept: Kept[] = []
    for (const purse of wallets) {
      const hold = purse.keepNow(nanoUsd)
      if (!hold) return keepRest(wallets, nanoUsd, kept)
      kept.push({ purse, hold })
    }
    return kept
  }

  const keepRest = async (wallets: readonly Purse[], nanoUsd: number, kept: Kept[]): Promise<Kept[]> => {
    try {
      // All are asked at once, so that none is let go of meanwhile.
      const asked = await Promise.allSettled(
        wallets.slice(kept.length).map(async (purse) => ({ purse, hold: await purse.keep(nanoUsd) })),
      )
      for (const one of asked) if (one.status === 'fulfilled') kept.push(one.value)
      for (const one of asked) if (one.status === 'rejected') throw one.reason
      return kept
    } catch (error) {
      for (const { purse, hold } of kept) purse.settle(hold, 0)
      throw error instanceof AssayError ? error : new AssayError('gateway.store_unavailable', {}, { cause: error })
    }
  }

  const reservation = (wanted: Wanted, { kept, tpm }: { kept: Kept[]; tpm: RateOf | null }): Reservation => {
    const keptTokens = wanted.inputTokens + wanted.outputTokens
    const own = wanted.holder.budgetNanoUsd === null ? null : (kept[0]?.purse ?? null)
    const made: Reservation = {
      get remainingNanoUsd() {
        return own && Math.max(0, own.remainingNanoUsd)
      },
      holds: kept.map(({ hold }) => hold),
      settle: ({ inputTokens, outputTokens, costNanoUsd }) => {
        if (!reservations.delete(made)) return
        if (tpm) rates.correct(tpm, keptTokens - inputTokens - outputTokens)
        for (const { purse, hold } of kept) purse.settle(hold, costNanoUsd ?? 0)
      },
    }
    reservations.set(made, wanted.deadlineAt)
    return made
  }

  const reserveWith = (wanted: Wanted, own: BudgetLimit | null): Reservation | Promise<Reservation> => {
    const { holder } = wanted
    const tpm = rateOf(holder, 'tpm')
    const isCounted = holder.budgetNanoUsd !== null || own !== null || holder.maxCostPerRequestNanoUsd !== null
    if (isCounted) return reserveMoney(wanted, { own, tpm })
    if (!tpm) return unlimited
    const taken = rates.take(tpm, wanted.inputTokens + wanted.outputTokens)
    const kept: Kept[] = []
    return taken ? taken.then(() => reservation(wanted, { kept, tpm })) : reservation(wanted, { kept, tpm })
  }

  const reserveMoney = async (
    wanted: Wanted,
    { own, tpm }: { own: BudgetLimit | null; tpm: RateOf | null },
  ): Promise<Reservation> => {
    const nanoUsd = priced(wanted, await wanted.mostNanoUsd())
    const tokens = wanted.inputTokens + wanted.outputTokens
    if (tpm) await rates.take(tpm, tokens)
    try {
      // Found and used in one go: a purse that nobody uses is let go of.
      const kept = await keepAll(pursesOf(wanted.holder, own), nanoUsd)
      return reservation(wanted, { kept, tpm })
    } catch (error) {
      if (tpm) rates.correct(tpm, tokens)
      throw error
    }
  }

  const allPurses = (): Purse[] => [...purses.values(), ...retired]

  const giveBack = async (all: boolean): Promise<void> => {
    const moves = allPurses().flatMap((purse) => purse.takeBack({ all }))
    for (const [key, purse] of purses) if (purse.isEmpty) purses.delete(key)
    for (const purse of retired) if (purse.isEmpty) retired.delete(purse)
    if (moves.length === 0) return
    await store.inSystem((system) =>
      moveFromLeases(
        system,
        moves.map((move) => ({ ...move, usedNanoUsd: 0 })),
      ),
    )
  }

  const renew = async (): Promise<void> => {
    const due = allPurses().map((purse) => ({ purse, leases: purse.due() }))
    const leases = due.flatMap((one) => one.leases)
    if (leases.length === 0) return
    const untilMs = now() + LEASE_MS
    const held = await store.inSystem((system) => renewLeases(system, { leases, until: timestamp(untilMs) }))
    const isHeld = new Set(held.map(({ budgetId, fence }) => `${budgetId} ${fence}`))
    for (const { purse, leases: own } of due) {
      purse.renewed(
        own.filter(({ budgetId, fence }) => isHeld.has(`${budgetId} ${fence}`)),
        untilMs,
      )
    }
  }

  /** What every process does for all: ends the leases of the dead, and warns. */
  const sweep = async (): Promise<void> => {
    if (now() - sweptAt < SWEEP_EVERY_MS) return
    sweptAt = now()
    const currentStarts = Object.fromEntries(
      budgetWindows.map((window) => [window, budgetWindowAt(window, now()).startsAt]),
    )
    await store.inSystem(async (system) => {
      const lost = await loseLeases(system, { before: timestamp(now() - LOST_AFTER_MS) })
      if (lost > 0) log.warn({ leases: lost }, 'a process never told what became of money it held; it counts as spent')
      await warnOfBudgets(system, { now: timestamp(now()), currentStarts })
    })
  }

  const releaseAbandoned = (): void => {
    for (const [made, deadlineAt] of reservations) {
      if (now() < deadlineAt + ABANDONED_MS) continue
      log.warn({}, 'a request never ended; what was kept for it is given back')
      made.settle({ inputTokens: 0, outputTokens: 0, costNanoUsd: 0 })
    }
  }

  return {
    enter: (holder): Leave | Promise<Leave> => {
      const rpm = rateOf(holder, 'rpm')
      const { maxConcurrency: limit, limitsId, workspaceId } = holder
      if (limit === null || limitsId === null) {
        const taken = rpm ? rates.take(rpm, 1) : undefined
        return taken ? taken.then(() => nothing) : nothing
      }
      const left = concurrency.enter({ workspaceId, limitsId, limit })
      return left instanceof Promise ? left.then((leave) => enterRate(leave, rpm)) : enterRate(left, rpm)
    },
    reserve: (wanted) => {
      const own = workspaceBudget(wanted.holder.workspaceId)
      return own instanceof Promise ? own.then((budget) => reserveWith(wanted, budget)) : reserveWith(wanted, own)
    },
    forget: (workspaceId) => {
      if (workspaceId === null) workspaces.clear()
      else workspaces.delete(workspaceId)
    },
    tick: async () => {
      releaseAbandoned()
      for (const work of [renew, () => giveBack(false), () => rates.tick(), () => concurrency.tick(), sweep]) {
        await work().catch((error: unknown) => log.warn({ reason: String(error) }, 'limits wait for the database'))
      }
    },
    takeOver: async (flush, lostRecords) => {
      const left = await store.inSystem((system) => findOwnedLeases(system, { owner }))
      if (left.length === 0) return
      await flush()
      // A record that cannot be read may have been one that spent.
      if (lostRecords() > 0) return
      await store.inSystem((system) => endLeases(system, left))
    },
    close: () => giveBack(true),
  }

  function enterRate(leave: Leave, rpm: RateOf | null): Leave | Promise<Leave> {
    try {
      const taken = rpm ? rates.take(rpm, 1) : undefined
      if (!taken) return leave
      return taken.then(
        () => leave,
        (error: unknown) => {
          leave()
          throw error
        },
      )
    } catch (error) {
      leave()
      throw error
    }
  }
}

const rateOf = (holder: KeyHolder, kind: 'rpm' | 'tpm'): RateOf | null => {
  const limit = holder[kind]
  const { workspaceId, limitsId } = holder
  return limit === null || limitsId === null ? null : { workspaceId, limitsId, kind, limit }
}

/** What has no price cannot be counted, and what may cost more than one request may is not begun. */
const priced = ({ holder, model }: Wanted, nanoUsd: number | null): number => {
  const limitNanoUsd = holder.maxCostPerRequestNanoUsd
  if (nanoUsd === null) throw new AssayError('gateway.model_unpriced', { model })
  if (limitNanoUsd !== null && nanoUsd > limitNanoUsd) {
    throw new AssayError('gateway.cost_limit', { limitNanoUsd, neededNanoUsd: nanoUsd })
  }
  return nanoUsd
}
