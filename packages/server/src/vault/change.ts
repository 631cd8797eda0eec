import { AssayError, rotateCredential, Secret, timestamp, updateCredential, type Credential } from '@assay/core'
import * as stored from '@assay/store'
import { implement, type Exchange } from '../http/implement.ts'
import { announce, note } from './audit.ts'
import { askProvider, refuseUnaccepted } from './check.ts'
import { destinationOf, endAlerts, onceMoreWhenTwin, refuseGone, refuseTwin, sealFor, tracedOf } from './sealed.ts'

/** Changes a credential. What is sealed is touched only with a new secret, and a new destination needs one. */
export const onUpdateCredential = implement(updateCredential, async (exchange, { params: { id }, body, query }) => {
  const { app, inWorkspace, member } = exchange
  const { workspaceId } = member()
  const row = await inWorkspace((scope) => refuseGone(scope, id))
  const moved = movedOf(row, body)
  if (moved.length > 0 && body.secret === undefined) throw new AssayError('vault.secret_required', { fields: moved })
  const { secret: text, provider = row.provider, baseUrl: _, ...plain } = body
  if (text === undefined) return save(exchange, id, { changes: plain, isResealed: false })

  const secret = new Secret(text)
  // Another provider without an address is meant at that provider's own.
  const keptUrl = provider === row.provider ? row.baseUrl : undefined
  const destination = destinationOf(app, { provider, baseUrl: body.baseUrl ?? keptUrl })
  const options = body.options ?? row.options
  const check = query.check ? await askProvider(app, { ...destination, secret, options }) : null
  refuseUnaccepted(provider, check)
  const sealed = await sealFor(app, { id, workspaceId, destination, secret })
  const at = timestamp(app.now())
  const changes: Changes = {
    ...plain,
    ...destination,
    ...sealed,
    status: plain.status ?? (row.status === 'invalid' ? 'active' : row.status),
    secretSetAt: at,
    previousSealed: null,
    graceUntil: null,
    lastCheckedAt: check ? at : row.lastCheckedAt,
    lastError: null,
  }
  return save(exchange, id, { changes, isResealed: true })
})

/** Replaces the secret once its provider accepts the new one; the old one is kept for requests that began before. */
export const onRotateCredential = implement(rotateCredential, async (exchange, { params: { id }, body }) => {
  const { app, inWorkspace, member } = exchange
  const { workspaceId } = member()
  const row = await inWorkspace((scope) => refuseGone(scope, id))
  const secret = new Secret(body.secret)
  refuseUnaccepted(row.provider, await askProvider(app, { ...row, secret }))
  const sealed = await sealFor(app, { id, workspaceId, destination: row, secret })
  const former = body.graceMs === 0 ? null : await app.vault.open({ ...row, workspaceId })
  const kept = former && (await app.vault.seal(former, { ...row, workspaceId }, 'previous_sealed'))
  const now = app.now()
  const at = timestamp(now)
  const changes: stored.CredentialChanges = {
    ...sealed,
    status: row.status === 'invalid' ? 'active' : row.status,
    secretSetAt: at,
    previousSealed: kept?.sealed ?? null,
    graceUntil: kept ? timestamp(now + body.graceMs) : null,
    lastCheckedAt: at,
    lastError: null,
  }
  return save(exchange, id, { changes, isResealed: true, action: 'credential.rotate', from: row })
})

type Wanted = Parameters<typeof onUpdateCredential.handle>[1]['body']

/** Changes in which what is not named may stand as undefined. */
type Changes = { [Name in keyof stored.CredentialChanges]?: stored.CredentialChanges[Name] | undefined }

const movedOf = (row: stored.CredentialRow, { provider, baseUrl }: Wanted): string[] => [
  ...(provider !== undefined && provider !== row.provider ? ['provider'] : []),
  ...(baseUrl !== undefined && baseUrl.replace(/\/+$/, '') !== row.baseUrl ? ['baseUrl'] : []),
]

/** Stores changes with their line in the audit trail, unless they would make a twin. */
const save = async (
  exchange: Exchange,
  id: string,
  {
    changes,
    isResealed,
    action = 'credential.update',
    from,
  }: {
    changes: Changes
    isResealed: boolean
    action?: string
    /** What the change was made from; another change meanwhile is not overwritten. */
    from?: stored.CredentialRow
  },
): Promise<Credential> => {
  const { app, inWorkspace } = exchange
  const at = timestamp(app.now())
  const saved = await onceMoreWhenTwin(() =>
    inWorkspace(async (scope) => {
      const before = await refuseGone(scope, id)
      if (from && Buffer.compare(from.sealed, before.sealed) !== 0)
        throw new AssayError('vault.changed_meanwhile', { id })
      const set = withoutUndefined(changes)
      const others = await refuseTwin(scope, { ...before, ...set, id })
      const isElsewhere = set.provider !== undefined && set.provider !== before.provider
      const credential = await stored.updateCredential(scope, id, {
        ...set,
        ...(isElsewhere ? { isDefault: others.length === 0 } : {}),
        updatedAt: at,
      })
      if (credential === null) throw new AssayError('resource.not_found', { what: 'credential', id })
      await note(exchange, scope, {
        at,
        action,
        target: id,
        before: tracedOf(before),
        after: { ...tracedOf(credential), ...(isResealed ? { secret: 'replaced' } : {}) },
      })
      if (isResealed) await endAlerts(app, scope, id)
      return credential
    }),
  )
  if (isResealed) app.watch.forget(id)
  announce(exchange, id)
  return saved
}

const withoutUndefined = (changes: object): stored.CredentialChanges =>
  Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined))
