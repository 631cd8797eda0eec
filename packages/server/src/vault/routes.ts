import {
  AssayError,
  createCredential,
  getCredential,
  listCredentials,
  removeCredential,
  Secret,
  setDefaultCredential,
  timestamp,
  type Credential,
} from '@assay/core'
import * as stored from '@assay/store'
import { implement } from '../http/implement.ts'
import { actorOf } from '../http/caller.ts'
import { refusePast } from '../http/refuse-past.ts'
import { announce, note } from './audit.ts'
import { askProvider, refuseUnaccepted } from './check.ts'
import { destinationOf, endAlerts, onceMoreWhenTwin, refuseGone, refuseTwin, sealFor, tracedOf } from './sealed.ts'

export const onListCredentials = implement(listCredentials, ({ inWorkspace }, { query }) =>
  inWorkspace((scope) => stored.listCredentials(scope, query)),
)

export const onGetCredential = implement(getCredential, async ({ inWorkspace }, { params: { id } }) => {
  const row = await inWorkspace((scope) => stored.findCredential(scope, id))
  if (row === null || row.isRemoved) throw new AssayError('resource.not_found', { what: 'credential', id })
  return { ...row, dueAt: stored.dueAtOf(row) }
})

/** Checks the destination, seals the secret for it, and stores it with its line in the audit trail. */
export const onCreateCredential = implement(createCredential, async (exchange, { body, query }) => {
  const { app, member, inWorkspace } = exchange
  const { workspaceId } = member()
  refusePast(body.expiresAt, app.now())
  const destination = destinationOf(app, body)
  const secret = new Secret(body.secret)
  const at = timestamp(app.now())
  const check = query.check ? await askProvider(app, { ...destination, secret, options: body.options }) : null
  refuseUnaccepted(destination.provider, check)
  const id = app.createId()
  const sealed = await sealFor(app, { id, workspaceId, destination, secret })
  const created = await onceMoreWhenTwin(() =>
    inWorkspace(async (scope) => {
      const { name, options, expiresAt, maxAgeDays } = body
      const others = await refuseTwin(scope, { id, provider: body.provider, name, fingerprint: sealed.fingerprint })
      const row: stored.CredentialRow = {
        id,
        ...destination,
        ...sealed,
        name,
        options,
        isDefault: others.length === 0,
        status: 'active',
        expiresAt,
        maxAgeDays,
        secretSetAt: at,
        previousSealed: null,
        graceUntil: null,
        lastUsedAt: null,
        lastCheckedAt: check && at,
        lastError: null,
        createdBy: actorOf(exchange.caller),
        createdAt: at,
        updatedAt: at,
        isRemoved: false,
      }
      await stored.insertCredential(scope, row)
      const after = tracedOf(row)
      await note(exchange, scope, { at, action: 'credential.create', target: id, after })
      return { ...row, dueAt: stored.dueAtOf(row) }
    }),
  )
  announce(exchange, id)
  return created
})

/** Moves the default of the provider here, in one statement. */
export const onSetDefaultCredential = implement(setDefaultCredential, async (exchange, { params: { id } }) => {
  const { app, inWorkspace } = exchange
  const at = timestamp(app.now())
  const chosen = await inWorkspace(async (scope) => {
    await refuseGone(scope, id)
    const credential = await stored.setDefaultCredential(scope, { id, now: at })
    if (credential === null) throw new AssayError('resource.not_found', { what: 'credential', id })
    const after = tracedOf(credential)
    await note(exchange, scope, { at, action: 'credential.default', target: id, after })
    return credential
  })
  announce(exchange, id)
  return chosen
})

/** Overwrites the secret at once; the audit trail keeps that there was one. */
export const onRemoveCredential = implement(removeCredential, async (exchange, { params: { id } }) => {
  const { app, inWorkspace } = exchange
  const at = timestamp(app.now())
  const removed = await inWorkspace(async (scope) => {
    const before = await stored.findCredential(scope, id)
    const credential = await stored.removeCredential(scope, { id, now: at })
    if (before === null || credential === null) throw new AssayError('resource.not_found', { what: 'credential', id })
    await note(exchange, scope, { at, action: 'credential.remove', target: id, before: tracedOf(before) })
    await endAlerts(app, scope, id)
    const left = (await stored.servingCredentials(scope)).filter(({ provider }) => provider === credential.provider)
    return {
      ...credential,
      wasDefault: before.isDefault,
      note: before.isDefault ? noteOf(credential, left.length) : null,
    }
  })
  announce(exchange, id)
  return removed
})

const noteOf = ({ provider }: Credential, left: number): string => {
  const began = `This was the default for ${provider}; no other was made the default.`
  if (left === 0) return `${began} None is left, so calls need the operator's own key or a new credential.`
  if (left === 1) return `${began} The one that is left serves while it is the only one.`
  return `${began} Choose one of the ${left} that are left with \`assay keys default <id>\`.`
}
