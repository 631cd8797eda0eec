import { AssayError, budgetWindowAt, SECOND_MS } from '@assay/core'
import type { BudgetHold, BudgetPlace, Grant, LeaseId } from '@assay/store'

/** Where leases come from: the rows of the budgets. */
export type Bank = {
  open(workspaceId: string, place: BudgetPlace): Promise<string>
  grant(
    workspaceId: string,
    wanted: { budgetId: string; fence: number | null; needNanoUsd: number; untilMs: number },
  ): Promise<Grant>
}

/** What this process may still spend under one number, and what of it requests under way may need. */
type Lease = LeaseId & { free: number; underWay: number; untilMs: number; usedAt: number; isTight: boolean }

type Refusal = Grant & { kind: 'refused' }

const LEASE_MS = 30 * SECOND_MS
/** So long a refusal stands without asking again, as long as nothing was given back here. */
const REFUSED_MS = 250

/**
 * One budget in one window, as far as this process spends from it. What it holds is taken from the row beforehand, so
 * that a request is decided without a query, and nobody spends what somebody else holds.
 */
export class Purse {
  readonly place: BudgetPlace
  readonly workspaceId: string
  readonly startsAt: string
  readonly resetsAt: string | null
  readonly resetsAtMs: number
  readonly #bank: Bank
  readonly #now: () => number
  readonly #leases = new Map<number, Lease>()
  #current: Lease | null = null
  #budgetId: string | null = null
  /** What nobody holds, when it was last heard of. */
  #left = 0
  #turn: Promise<unknown> = Promise.resolve()
  #asking = 0
  #refused: { refusal: Refusal; need: number; at: number } | null = null

  constructor(given: { place: BudgetPlace; workspaceId: string; bank: Bank; now: () => number }) {
    this.place = given.place
    this.workspaceId = given.workspaceId
    this.#bank = given.bank
    this.#now = given.now
    const window = budgetWindowAt(given.place.window, given.now())
    this.startsAt = window.startsAt
    this.resetsAt = window.resetsAt
    this.resetsAtMs = window.resetsAtMs
  }

  /** Keeps so much for a request; null when the row has to be asked. */
  keepNow(nanoUsd: number): BudgetHold | null {
    const lease = this.#current
    if (!lease || lease.free < nanoUsd || lease.untilMs <= this.#now()) return null
    lease.free -= nanoUsd
    lease.underWay += nanoUsd
    lease.usedAt = this.#now()
    return { budgetId: lease.budgetId, fence: lease.fence, reservedNanoUsd: nanoUsd }
  }

  /** The same with a question to the row; throws `gateway.budget_exceeded`. One question at a time. */
  keep(nanoUsd: number): Promise<BudgetHold> {
    this.#asking++
    const kept = this.#turn
      .then(() => this.keepNow(nanoUsd) ?? this.#ask(nanoUsd))
      .finally(() => {
        this.#asking--
      })
    this.#turn = kept.catch(() => {})
    return kept
  }

  /** Ends what was kept for a request that cost so much; the rest can be kept for another. */
  settle({ fence, reservedNanoUsd }: BudgetHold, costNanoUsd: number): void {
    const lease = this.#leases.get(fence)
    if (!lease) return
    lease.underWay -= reservedNanoUsd
    lease.free += Math.max(0, reservedNanoUsd - costNanoUsd)
    lease.usedAt = this.#now()
    this.#refused = null
  }

  /** What can still be spent, as far as this process knows. */
  get remainingNanoUsd(): number {
    return this.#left + (this.#current?.free ?? 0)
  }

  /** Takes out what may go back to the row: all that is free, or only what lies idle or is scarce. */
  takeBack({ all }: { all: boolean }): (LeaseId & { takenNanoUsd: number })[] {
    const now = this.#now()
    const taken: (LeaseId & { takenNanoUsd: number })[] = []
    for (const lease of this.#leases.values()) {
      const isIdle = lease.underWay === 0 && now - lease.usedAt >= IDLE_MS
      if (!all && !isIdle && !lease.isTight && lease === this.#current && now < this.resetsAtMs) continue
      if (lease.free > 0) {
        taken.push({ budgetId: lease.budgetId, fence: lease.fence, takenNanoUsd: lease.free })
        this.#left += lease === this.#current ? lease.free : 0
        lease.free = 0
      }
      if (lease.underWay > 0) continue
      this.#leases.delete(lease.fence)
      if (lease === this.#current) this.#current = null
    }
    return taken
  }

  /** Leases that end soon and are still needed. */
  due(): LeaseId[] {
    const soon = this.#now() + LEASE_MS - RENEW_MS
    return [...this.#leases.values()].filter(({ untilMs }) => untilMs <= soon)
  }

  /** Leases hold until then; those that are not among them have gone to somebody else. */
  renewed(held: readonly LeaseId[], untilMs: number): void {
    for (const { fence } of held) {
      const lease = this.#leases.get(fence)
      if (lease) lease.untilMs = untilMs
    }
  }

  /** True when nothing depends on this purse any more. */
  get isEmpty(): boolean {
    return this.#leases.size === 0 && this.#asking === 0
  }

  async #ask(nanoUsd: number): Promise<BudgetHold> {
    const now = this.#now()
    const refused = this.#refused
    if (refused && nanoUsd >= refused.need && now - refused.at < REFUSED_MS)
      throw this.#exceeded(refused.refusal, nanoUsd)
    this.#budgetId ??= await this.#bank.open(this.workspaceId, this.place)
    const lease = this.#current !== null && this.#current.untilMs > now ? this.#current : null
    const untilMs = this.#now() + LEASE_MS
    const grant = await this.#bank.grant(this.workspaceId, {
      budgetId: this.#budgetId,
      fence: lease?.fence ?? null,
      needNanoUsd: nanoUsd - (lease?.free ?? 0),
      untilMs,
    })
    if (grant.kind === 'refused') {
      this.#refused = { refusal: grant, need: nanoUsd, at: this.#now() }
      throw this.#exceeded(grant, nanoUsd)
    }
    this.#take(grant, untilMs)
    // What was free may be gone with a lease that was lost meanwhile.
    return this.keepNow(nanoUsd) ?? this.#ask(nanoUsd)
  }

  #take({ budgetId, fence, amountNanoUsd, leftNanoUsd, isTight }: Grant & { kind: 'granted' }, untilMs: number): void {
    this.#left = leftNanoUsd
    const known = this.#leases.get(fence)
    const lease = known ?? { budgetId, fence, free: 0, underWay: 0, untilMs, usedAt: this.#now(), isTight }
    lease.free += amountNanoUsd
    lease.untilMs = untilMs
    lease.isTight = isTight
    this.#leases.set(fence, lease)
    this.#current = lease
  }

  #exceeded({ usedNanoUsd, reservedNanoUsd, limitNanoUsd }: Refusal, neededNanoUsd: number): AssayError {
    return new AssayError('gateway.budget_exceeded', {
      budget: this.place.limitsId === null ? 'workspace' : 'key',
      window: this.place.window,
      usedNanoUsd,
      reservedNanoUsd,
      limitNanoUsd,
      neededNanoUsd,
      resetsAt: this.resetsAt,
    })
  }
}

/** So long a lease that nobody uses is kept. */
const IDLE_MS = 3 * SECOND_MS
const RENEW_MS = 10 * SECOND_MS
