import { MINUTE_MS, SECOND_MS } from '@assay/core'

/** What a breaker watches: one model behind one credential. */
export type BreakerPlace = { credentialId: string | null; provider: string; model: string }

/** How a try ended for its breaker; `unknown` when the caller left before that could be told. */
export type TryOutcome = 'ok' | 'failed' | 'unauthorized' | 'unknown'

/** A breaker as it stands. `model` is `*` where the credential itself was refused. */
export type BreakerStatus = BreakerPlace & {
  state: 'closed' | 'half-open' | 'open'
  /** When the next try may be made, in Unix milliseconds; null while closed. */
  opensAt: number | null
  attempts: number
  failures: number
}

/** Keeps calls away from what fails. */
export type Breakers = {
  /** How long to stay away, in milliseconds; 0: go. When it was open, the one who goes is the probe. */
  waitMs(place: BreakerPlace): number
  tell(place: BreakerPlace, outcome: TryOutcome): void
  /** All that have been used of late, or those of some credentials. */
  of(credentialIds?: ReadonlySet<string | null>): BreakerStatus[]
  /** Lets a credential that was changed be tried at once. */
  forget(credentialId: string | null): void
  clear(): void
}

const WINDOW_MS = 30 * SECOND_MS
const FEWEST_ATTEMPTS = 5
const FAILED_SHARE = 0.5
const FIRST_PAUSE_MS = 15 * SECOND_MS
const LONGEST_PAUSE_MS = 5 * MINUTE_MS
/** A probe that says nothing for so long has been forgotten. */
const PROBE_MS = 10 * MINUTE_MS
const MOST_BREAKERS = 10_000
const SLICE_MS = 5 * SECOND_MS
const EVERY_MODEL = '*'

type Slice = { since: number; attempts: number; failures: number }
type Breaker = {
  place: BreakerPlace
  slices: Slice[]
  /** 0 while closed. */
  pauseMs: number
  opensAt: number
  probeSince: number | null
}

/** One breaker for each credential and model, and one for each credential that was refused. */
export const createBreakers = ({ now }: { now: () => number }): Breakers => {
  const breakers = new Map<string, Breaker>()
  let refused = 0

  const breakerOf = (place: BreakerPlace): Breaker => {
    const key = keyOf(place)
    const known = breakers.get(key)
    if (known) return known
    if (breakers.size >= MOST_BREAKERS) breakers.delete(breakers.keys().next().value!)
    const made: Breaker = { place: { ...place }, slices: [], pauseMs: 0, opensAt: 0, probeSince: null }
    breakers.set(key, made)
    return made
  }

  const mayBeTried = ({ opensAt, probeSince }: Breaker): boolean =>
    now() >= opensAt && (probeSince === null || now() - probeSince >= PROBE_MS)

  const open = (breaker: Breaker): void => {
    breaker.pauseMs = breaker.pauseMs === 0 ? FIRST_PAUSE_MS : Math.min(breaker.pauseMs * 2, LONGEST_PAUSE_MS)
    breaker.opensAt = now() + breaker.pauseMs
    breaker.probeSince = null
    breaker.slices = []
  }

  const close = (breaker: Breaker): void => {
    breaker.pauseMs = 0
    breaker.probeSince = null
  }

  /** The breaker of the whole credential, when it was ever refused. */
  const refusedOf = (place: BreakerPlace): Breaker | undefined =>
    refused === 0 ? undefined : breakers.get(keyOf({ ...place, model: EVERY_MODEL }))

  return {
    waitMs: (place) => {
      const open = [refusedOf(place), breakers.get(keyOf(place))].filter((breaker) => breaker && breaker.pauseMs > 0)
      let longestMs = 0
      for (const breaker of open) {
        if (!mayBeTried(breaker!)) longestMs = Math.max(longestMs, SECOND_MS, breaker!.opensAt - now())
      }
      if (longestMs > 0) return longestMs
      for (const breaker of open) breaker!.probeSince = now()
      return 0
    },
    tell: (place, outcome) => {
      const breaker = breakerOf(place)
      const credential = refusedOf(place)
      if (outcome === 'unknown') {
        breaker.probeSince = null
        if (credential) credential.probeSince = null
        return
      }
      if (outcome === 'unauthorized') {
        if (!credential) refused++
        open(breakerOf({ ...place, model: EVERY_MODEL }))
        return
      }
      if (credential) close(credential)
      if (breaker.pauseMs > 0) {
        if (outcome === 'ok') close(breaker)
        else open(breaker)
        return
      }
      const { attempts, failures } = count(breaker, outcome === 'failed', now())
      if (attempts >= FEWEST_ATTEMPTS && failures >= attempts * FAILED_SHARE && outcome === 'failed') open(breaker)
    },
    of: (credentialIds) =>
      [...breakers.values()]
        .filter(({ place }) => !credentialIds || credentialIds.has(place.credentialId))
        .map((breaker) => statusOf(breaker, now())),
    forget: (credentialId) => {
      for (const [key, { place }] of breakers) if (place.credentialId === credentialId) breakers.delete(key)
    },
    clear: () => breakers.clear(),
  }
}

const keyOf = ({ credentialId, provider, model }: BreakerPlace): string =>
  `${credentialId ?? 'system'} ${provider}/${model}`

const count = (breaker: Breaker, isFailure: boolean, now: number): { attempts: number; failures: number } => {
  const { slices } = breaker
  while (slices.length > 0 && slices[0]!.since <= now - WINDOW_MS) slices.shift()
  let slice = slices.at(-1)
  if (!slice || now - slice.since >= SLICE_MS) {
    slice = { since: now, attempts: 0, failures: 0 }
    slices.push(slice)
  }
  slice.attempts++
  if (isFailure) slice.failures++
  return sumOf(slices)
}

const sumOf = (slices: readonly Slice[]): { attempts: number; failures: number } => {
  let attempts = 0
  let failures = 0
  for (const slice of slices) {
    attempts += slice.attempts
    failures += slice.failures
  }
  return { attempts, failures }
}

const statusOf = ({ place, slices, pauseMs, opensAt }: Breaker, now: number): BreakerStatus => ({
  ...place,
  state: pauseMs === 0 ? 'closed' : now >= opensAt ? 'half-open' : 'open',
  opensAt: pauseMs === 0 ? null : opensAt,
  ...sumOf(slices.filter(({ since }) => since > now - WINDOW_MS)),
})
