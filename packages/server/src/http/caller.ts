import { AssayError, roleCovers, scopesCover, type Access, type Role, type Scope, type Workspace } from '@assay/core'
import type { KeyHolder } from '../gateway/parts.ts'

/** Who stands behind one request. `local_owner` came through the owner's socket or from within the process. */
export type Caller =
  | { kind: 'nobody' }
  | { kind: 'local_owner'; workspaceId: string; person: Person; role: Role }
  | { kind: 'session'; workspaceId: string; workspace: Workspace; person: Person; role: Role; tokenHash: Uint8Array }
  | ({ kind: 'key' } & KeyHolder)

type Person = { id: string; name: string }

/** A caller who belongs to a workspace. */
export type Member = Exclude<Caller, { kind: 'nobody' }>

/** Throws unless the caller may use a route with this access; the table of `docs/http-api.md` in code. */
export const authorise = (access: Access, caller: Caller): void => {
  if (access.who === 'public' || caller.kind === 'local_owner') return
  if (caller.kind === 'nobody') throw new AssayError('access.unauthenticated', {})
  if (caller.kind === 'key') return authoriseKey(access, caller.scopes)
  if (access.who === 'key') throw new AssayError('access.key_needed', { scope: access.scope })
  if (!roleCovers(caller.role, access.role)) throw new AssayError('access.role_missing', { role: access.role })
}

const authoriseKey = (access: Exclude<Access, { who: 'public' }>, scopes: readonly Scope[]): void => {
  if (access.scope === undefined) throw new AssayError('access.sign_in_needed', {})
  if (!scopesCover(scopes, access.scope)) throw new AssayError('access.scope_missing', { scope: access.scope })
}

/** The caller as the audit trail names it. */
export const actorOf = (caller: Caller): string => {
  if (caller.kind === 'nobody') return 'nobody'
  if (caller.kind === 'key') return caller.keyId === null ? 'key:operator' : `key:${caller.keyId}`
  return `person:${caller.person.id}`
}
