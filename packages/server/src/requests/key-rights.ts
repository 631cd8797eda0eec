import { AssayError, budgetWindows, matchesAny, scopesCover, type GatewayKey, type KeyPolicy } from '@assay/core'
import type { Member } from '../http/caller.ts'

/** What of a policy says how much a key may do. */
type Rights = Pick<
  KeyPolicy,
  | 'scopes'
  | 'allowedModels'
  | 'allowedProviders'
  | 'credentialIds'
  | 'rpm'
  | 'tpm'
  | 'maxConcurrency'
  | 'budgetNanoUsd'
  | 'budgetWindow'
  | 'maxCostPerRequestNanoUsd'
  | 'expiresAt'
>

/** Throws when a key would get more than its maker has. A person's rights are a role, which the route has asked for. */
export const refuseWider = (member: Member, wanted: Rights): void => {
  if (member.kind !== 'key') return
  const missing = wanted.scopes.find((scope) => !scopesCover(member.scopes, scope))
  if (missing) throw new AssayError('access.scope_missing', { scope: missing })
  const model = widerThan(member.allowedModels, wanted.allowedModels)
  if (model !== undefined) throw new AssayError('access.model_not_allowed', { model })
  const issues = problems.flatMap((problem) => problem(member, wanted) ?? [])
  if (issues.length > 0) throw new AssayError('input.invalid', { what: 'body', issues })
}

type Problem = (given: Rights, wanted: Rights) => { path: string; message: string } | undefined

const list =
  (path: 'allowedProviders' | 'credentialIds'): Problem =>
  (given, wanted) => {
    const wider = widerThan(given[path], wanted[path])
    if (wider === undefined) return undefined
    return { path, message: `must be among those of the calling key (${given[path].join(', ')})` }
  }

const amount =
  (path: 'rpm' | 'tpm' | 'maxConcurrency' | 'maxCostPerRequestNanoUsd'): Problem =>
  (given, wanted) => {
    const [most, asked] = [given[path], wanted[path]]
    if (most === null || (asked !== null && asked <= most)) return undefined
    return { path, message: `must be given and no more than ${most}, which the calling key has` }
  }

const problems: readonly Problem[] = [
  list('allowedProviders'),
  list('credentialIds'),
  amount('rpm'),
  amount('tpm'),
  amount('maxConcurrency'),
  amount('maxCostPerRequestNanoUsd'),
  ({ budgetNanoUsd, budgetWindow }, wanted) => {
    if (budgetNanoUsd === null || budgetWindow === null) return undefined
    const isWithin =
      wanted.budgetNanoUsd !== null &&
      wanted.budgetNanoUsd <= budgetNanoUsd &&
      // So much in a longer window is never more in a shorter one.
      budgetWindows.indexOf(wanted.budgetWindow!) >= budgetWindows.indexOf(budgetWindow)
    if (isWithin) return undefined
    const message = `must be given and no more than ${budgetNanoUsd} per ${budgetWindow}, which the calling key has`
    return { path: 'budgetNanoUsd', message }
  },
  ({ expiresAt: limit }, { expiresAt }) => {
    if (limit === null || (expiresAt !== null && Date.parse(expiresAt) <= Date.parse(limit))) return undefined
    return {
      path: 'expiresAt',
      message: `must be given and no later than ${limit}, when the calling key expires`,
    }
  },
]

/** A wanted glob that allows more than the given ones: a glob read as a name fits only those that hold all of it. */
const widerThan = (given: readonly string[], wanted: readonly string[]): string | undefined => {
  if (given.length === 0) return undefined
  const asked = wanted.length === 0 ? ['*'] : wanted
  return asked.find((glob) => !matchesAny(glob, given))
}

/** Why a key can no longer be changed; null when it can. */
export const endOf = (key: GatewayKey, now: number): string | null => {
  if (key.revokedAt !== null) return `revoked since ${key.revokedAt}`
  if (key.rotatedTo !== null) return `rotated to ${key.rotatedTo}`
  if (key.expiresAt !== null && Date.parse(key.expiresAt) <= now) return `expired since ${key.expiresAt}`
  return null
}
