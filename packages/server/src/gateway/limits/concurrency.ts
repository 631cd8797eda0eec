import { AssayError, SECOND_MS, timestamp } from '@assay/core'
import { holdSlots, type Store } from '@assay/store'

/** Whose requests are counted, and how many may be under way. */
export type ConcurrencyOf = { workspaceId: string; limitsId: string; limit: number }

/** How many requests of each key are under way. */
export type Concurrency = {
  /** Takes a place, or throws `gateway.rate_limited`; answers how to leave it. */
  enter(of: ConcurrencyOf): (() => void) | Promise<() => void>
  tick(): Promise<void>
}

/** Counted by a process that is alone. */
export const createOwnConcurrency = (): Concurrency => {
  const active = new Map<string, number>()
  return {
    enter: (of) => {
      const { limitsId, limit } = of
      const count = active.get(limitsId) ?? 0
      if (count >= limit) throw refusal(of)
      active.set(limitsId, count + 1)
      return once(() => {
        const left = active.get(limitsId)! - 1
        if (left > 0) active.set(limitsId, left)
        else active.delete(limitsId)
      })
    },
    tick: async () => {},
  }
}

/** So long a process that no longer says so is taken to have requests under way. */
const HELD_MS = 30 * SECOND_MS
const RENEW_MS = 10 * SECOND_MS
/** Part of the places that a process may keep although nobody sits there. */
const SLACK = 0.05

type Place = { of: ConcurrencyOf; active: number; held: number; saidAt: number; turn: Promise<unknown> }

/** Counted by several processes on one server: each says there how many places it holds. */
export const createSharedConcurrency = ({
  store,
  now,
  owner,
}: {
  store: Pick<Store, 'inWorkspace'>
  now: () => number
  owner: string
}): Concurrency => {
  const places = new Map<string, Place>()

  const say = async (place: Place, held: number): Promise<boolean> => {
    const { workspaceId, limitsId, limit } = place.of
    const isHeld = await store.inWorkspace(workspaceId, (scope) =>
      holdSlots(scope, {
        limitsId,
        owner,
        held,
        most: limit,
        now: timestamp(now()),
        until: timestamp(now() + HELD_MS),
      }),
    )
    if (isHeld) Object.assign(place, { held, saidAt: now() })
    return isHeld
  }

  const inTurn = <Result>(place: Place, work: () => Promise<Result>): Promise<Result> => {
    const done = place.turn.then(work)
    place.turn = Promise.allSettled([done])
    return done
  }

  const takePlace = async (place: Place): Promise<void> => {
    if (place.active < place.held) return void place.active++
    const spare = place.held + Math.max(1, Math.floor(place.of.limit * SLACK))
    if (!(await say(place, Math.min(spare, place.of.limit)))) {
      if (spare === place.held + 1 || !(await say(place, place.held + 1))) throw refusal(place.of)
    }
    if (place.active >= place.held) throw refusal(place.of)
    place.active++
  }

  /** Others get what nobody sits on; where few are allowed that is every place. */
  const giveBack = async (place: Place): Promise<void> => {
    const kept = Math.min(place.held, place.active + Math.floor(place.of.limit * SLACK))
    if (kept >= place.held) return
    place.held = kept
    await say(place, kept)
  }

  const leaver = (place: Place) =>
    once(() => {
      place.active--
      // What cannot be said now is said at the next tick.
      void inTurn(place, () => giveBack(place)).catch(() => {})
    })

  return {
    enter: (of) => {
      let place = places.get(of.limitsId)
      if (!place) {
        place = { of, active: 0, held: 0, saidAt: 0, turn: Promise.resolve() }
        places.set(of.limitsId, place)
      }
      place.of = of
      const found = place
      if (found.active < Math.min(found.held, of.limit)) {
        found.active++
        return leaver(found)
      }
      return inTurn(found, () => takePlace(found)).then(() => leaver(found))
    },
    tick: async () => {
      for (const [limitsId, place] of places) {
        if (place.active === 0 && now() - place.saidAt > RENEW_MS) {
          await inTurn(place, async () => {
            if (place.active > 0) return
            if (place.held > 0) await say(place, 0)
            places.delete(limitsId)
          })
        } else if (now() - place.saidAt > RENEW_MS) await inTurn(place, () => say(place, place.held))
      }
    },
  }
}

const once = (work: () => void): (() => void) => {
  let isDone = false
  return () => {
    if (isDone) return
    isDone = true
    work()
  }
}

const refusal = ({ limit }: ConcurrencyOf): AssayError =>
  new AssayError('gateway.rate_limited', {
    limit: 'maxConcurrency',
    allowed: limit,
    needed: 1,
    retryAfterMs: SECOND_MS,
  })
