import { AssayError } from '../errors.ts'
import type { Credential } from './credential.ts'

/** What choosing looks at of a credential. */
export type Choosable = Pick<Credential, 'id' | 'provider' | 'isDefault' | 'status' | 'expiresAt'> & {
  isRemoved?: boolean
}

/** Which credential a call asks for. */
export type CredentialWish = {
  /** What the gateway key may use; empty: any. */
  credentialIds?: readonly string[]
  /** What the request itself names. */
  credentialId?: string | null
}

/**
 * The credentials of a workspace that may serve a provider, the one that serves first: pinned by the key, named by the
 * request, the default, the only one. Empty: none, so the operator's own may. One that would serve but is switched
 * off, expired or refused by the provider is an error, and never a reason to take another one's money.
 */
export const chooseCredentials = <Row extends Choosable>(
  stored: readonly Row[],
  { provider, wish = {}, now }: { provider: string; wish?: CredentialWish | undefined; now: number },
): Row[] => {
  const allowed = wish.credentialIds ?? []
  if (wish.credentialId) return [named(stored, { id: wish.credentialId, allowed, provider, now })]
  const own = stored.filter((row) => row.provider === provider)
  if (allowed.length > 0) return pinned(own, { allowed, provider, now })
  const left = own.filter(({ isRemoved }) => !isRemoved)
  const usable = defaultFirst(left.filter((row) => stateOf(row, now) === null))
  const standard = left.find(({ isDefault }) => isDefault)
  if (usable.length === 1 || usable[0]?.isDefault) return usable
  const broken = standard ?? (usable.length === 0 ? left[0] : undefined)
  if (broken) throw inactive(broken, now)
  return []
}

/** Why a credential may not be used; null when it may. */
export const stateOf = (
  { status, expiresAt, isRemoved }: Pick<Choosable, 'status' | 'expiresAt' | 'isRemoved'>,
  now: number,
): 'removed' | 'inactive' | 'invalid' | 'expired' | null => {
  if (isRemoved) return 'removed'
  if (status !== 'active') return status
  return expiresAt !== null && Date.parse(expiresAt) <= now ? 'expired' : null
}

type Asked = { allowed: readonly string[]; provider: string; now: number }

const named = <Row extends Choosable>(
  stored: readonly Row[],
  { id, allowed, provider, now }: Asked & { id: string },
): Row => {
  if (allowed.length > 0 && !allowed.includes(id)) throw new AssayError('access.credential_not_allowed', { what: id })
  const row = stored.find((other) => other.id === id)
  if (!row) throw new AssayError('resource.not_found', { what: 'credential', id })
  if (stateOf(row, now) !== null) throw inactive(row, now)
  if (row.provider !== provider) {
    throw new AssayError('vault.other_provider', { id, provider: row.provider, wanted: provider })
  }
  return row
}

const pinned = <Row extends Choosable>(own: readonly Row[], { allowed, provider, now }: Asked): Row[] => {
  const mine = allowed.flatMap((id) => own.filter((row) => row.id === id))
  const [first] = mine
  if (!first) throw new AssayError('access.credential_not_allowed', { what: provider })
  const usable = mine.filter((row) => stateOf(row, now) === null)
  if (usable.length === 0) throw inactive(first, now)
  return defaultFirst(usable)
}

const defaultFirst = <Row extends Choosable>(rows: readonly Row[]): Row[] =>
  rows.toSorted((a, b) => Number(b.isDefault) - Number(a.isDefault))

const inactive = (row: Choosable, now: number): AssayError =>
  new AssayError('vault.inactive', { id: row.id, state: stateOf(row, now) ?? 'inactive' })
