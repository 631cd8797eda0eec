import {
  AssayError,
  createCredential,
  listCredentials,
  maskSecret,
  removeCredential,
  Secret,
  timestamp,
  type Credential,
} from '@assay/core'
import { createProviders } from '@assay/providers'
import * as stored from '@assay/store'
import { actorOf } from '../http/caller.ts'
import { implement, type Exchange } from '../http/implement.ts'
import { readAll } from '../read-all.ts'

export const onListCredentials = implement(listCredentials, ({ inWorkspace }, { query }) =>
  inWorkspace((scope) => stored.listCredentials(scope, query)),
)

/** Checks the destination, seals the secret for it, and stores it with its line in the audit trail. */
export const onCreateCredential = implement(createCredential, async (exchange, { body }) => {
  const { app, member, inWorkspace } = exchange
  const { workspaceId } = member()
  const { provider, name } = body
  const baseUrl = (body.baseUrl ?? createProviders().get(body.provider)?.defaultBaseUrl ?? '').replace(/\/+$/, '')
  app.egress.check(baseUrl)
  const at = timestamp(app.now())
  const target = { id: app.createId(), workspaceId, provider, origin: new URL(baseUrl).origin }
  const text = JSON.stringify([provider, target.origin, body.secret])
  const fingerprint = await app.vault.digest(workspaceId, 'credential fingerprint', text)
  const sealed = await app.vault.seal(new Secret(body.secret), target)
  const store = (): Promise<Credential> =>
    inWorkspace(async (scope) => {
      const others = (await everyCredential(scope)).filter((other) => other.provider === provider)
      await refuseTwin(scope, { others, name, fingerprint })
      const credential: Credential = {
        id: target.id,
        provider,
        name,
        baseUrl,
        hint: maskSecret(body.secret),
        isDefault: !others.some(({ isDefault }) => isDefault),
        createdAt: at,
        updatedAt: at,
        lastUsedAt: null,
      }
      await stored.insertCredential(scope, { ...credential, origin: target.origin, ...sealed, fingerprint })
      const { hint, isDefault } = credential
      const after = { provider, name, baseUrl, hint, isDefault }
      await stored.appendAudit(scope, auditOf(exchange, { at, action: 'credential.create', target: target.id, after }))
      return credential
    })
  // Two may store the same at once; the database lets one through, and the other then finds its twin.
  const created = await store().catch((error: unknown) => {
    if (isUniqueViolation(error)) return store()
    throw error
  })
  app.credentials.forget(workspaceId)
  return created
})

/** Overwrites the secret at once; the audit trail keeps that there was one. */
export const onRemoveCredential = implement(removeCredential, async (exchange, { params: { id } }) => {
  const { app, member, inWorkspace } = exchange
  const at = timestamp(app.now())
  const removed = await inWorkspace(async (scope) => {
    const credential = await stored.removeCredential(scope, { id, now: at })
    if (credential === null) throw new AssayError('resource.not_found', { what: 'credential', id })
    const { provider, name, hint } = credential
    const before = { provider, name, hint }
    await stored.appendAudit(scope, auditOf(exchange, { at, action: 'credential.remove', target: id, before }))
    return credential
  })
  app.credentials.forget(member().workspaceId)
  return removed
})

const auditOf = (
  { caller, requestId, remoteAddress }: Exchange,
  entry: Omit<stored.AuditEntry, 'actor' | 'ip' | 'requestId'>,
): stored.AuditEntry => ({
  ...entry,
  actor: actorOf(caller),
  requestId,
  ...(remoteAddress === null ? {} : { ip: remoteAddress }),
})

/** Throws when the workspace has the name or the secret for this provider already. */
const refuseTwin = async (
  scope: stored.WorkspaceScope,
  { others, name, fingerprint }: { others: readonly Credential[]; name: string; fingerprint: Uint8Array },
): Promise<void> => {
  for (const other of others) {
    const row = await stored.findCredential(scope, other.id)
    if (other.name === name || (row !== null && Buffer.compare(row.fingerprint, fingerprint) === 0)) {
      throw new AssayError('vault.duplicate', { provider: other.provider, id: other.id })
    }
  }
}

/** PostgreSQL's code for a row that a unique index refuses. */
const isUniqueViolation = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === '23505'

/** All of a workspace's credentials: tens, not thousands. */
const everyCredential = (scope: stored.WorkspaceScope): Promise<Credential[]> =>
  readAll((page) => stored.listCredentials(scope, page))
