import { balanceCredentials, type Candidate } from '@assay/core'
import type { ChatJob } from '../chat/chat-job.ts'
import { credentialWish } from './credential-wish.ts'
import type { ResolvedCredential } from '../parts.ts'

/** The credential for one attempt. */
export type Chosen = {
  credential: ResolvedCredential | null
  /** How long its breaker wants it left alone, in milliseconds; 0: go. */
  waitMs: number
  /** So many others of the same provider have not been tried for this request and may be. */
  others: number
}

/**
 * Chooses what an attempt is made with. A key that balances has its calls spread over all credentials that could serve,
 * those that failed this request and those that are left alone last; any other key has the one that serves.
 */
export const chooseCredential = async (job: ChatJob, candidate: Candidate): Promise<Chosen> => {
  const { parts, holder } = job
  const wish = credentialWish(job)
  const waitMsOf = (credential: ResolvedCredential): number =>
    job.breakers.waitMs({ ...placeOf(candidate), credentialId: credential.id })
  if (!isSpread(job)) {
    const credential = await parts.credentials.resolve(holder.workspaceId, candidate.provider, wish)
    return { credential, waitMs: credential ? waitMsOf(credential) : 0, others: 0 }
  }
  const all = await parts.credentials.list!(holder.workspaceId, candidate.provider, wish)
  const ordered = untriedFirst(balanced(all, job, candidate), job, candidate)
  let shortestMs = Infinity
  for (const [place, { credential }] of ordered.entries()) {
    // Asking a breaker makes the next call its probe, so the others are not asked.
    const waitMs = waitMsOf(credential)
    const others = ordered.slice(place + 1).filter(({ tries }) => tries === 0).length
    if (waitMs === 0) return { credential, waitMs, others }
    shortestMs = Math.min(shortestMs, waitMs)
  }
  return { credential: ordered[0]?.credential ?? null, waitMs: ordered[0] ? shortestMs : 0, others: 0 }
}

const isSpread = ({ parts, holder, options }: ChatJob): boolean => {
  const order = holder.routePolicy?.order
  const isNamed = options.credentialId !== null
  return parts.credentials.list !== undefined && !isNamed && (order === 'weighted' || order === 'latency')
}

const balanced = (all: readonly ResolvedCredential[], job: ChatJob, candidate: Candidate) =>
  balanceCredentials(all, job.holder.routePolicy ?? {}, {
    latencyMsOf: ({ id }) => job.latencies.of({ ...placeOf(candidate), credentialId: id }),
    random: job.parts.random ?? Math.random,
  })

const untriedFirst = (ordered: readonly ResolvedCredential[], { record }: ChatJob, candidate: Candidate) => {
  const { provider, model } = placeOf(candidate)
  const triesOf = ({ id }: ResolvedCredential): number =>
    record.attempts.filter((one) => one.credentialId === id && one.providerName === provider && one.model === model)
      .length
  return ordered
    .map((credential) => ({ credential, tries: triesOf(credential) }))
    .toSorted((one, other) => one.tries - other.tries)
}

const placeOf = ({ provider, model }: Candidate) => ({ provider, model })
