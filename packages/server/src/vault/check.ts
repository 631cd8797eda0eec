import {
  AssayError,
  checkCredential,
  checkStoredCredential,
  isAssayError,
  Secret,
  timestamp,
  type CredentialCheck,
  type CredentialProvider,
} from '@assay/core'
import { checkKey, type KeyPlace } from '@assay/providers'
import * as stored from '@assay/store'
import type { App } from '../app.ts'
import { implement } from '../http/implement.ts'
import { announce, note } from './audit.ts'
import { destinationOf, refuseGone, tracedOf } from './sealed.ts'

/** Asks a provider whether it accepts a key. */
export const askProvider = ({ egress, now }: Pick<App, 'egress' | 'now'>, place: KeyPlace): Promise<CredentialCheck> =>
  checkKey(place, { egress, now })

/** Throws when a provider was asked and does not accept the key. */
export const refuseUnaccepted = (provider: CredentialProvider, check: CredentialCheck | null): void => {
  if (!check?.error) return
  const { code, message } = check.error
  throw new AssayError('vault.check_failed', { provider, code, reason: message })
}

export const onCheckCredential = implement(checkCredential, async ({ app }, { body }) => {
  const secret = new Secret(body.secret)
  try {
    return await askProvider(app, { ...destinationOf(app, body), secret, options: body.options })
  } catch (error) {
    return nowhere(error)
  }
})

/** What is said of an address that no call may go to: the check is over before any network. */
const nowhere = (error: unknown): CredentialCheck => {
  if (!isAssayError(error, 'egress.bad_url') && !isAssayError(error, 'egress.denied')) throw error
  const code = error.code === 'egress.bad_url' ? 'bad_url' : 'unreachable'
  return { ok: false, latencyMs: 0, error: { code, message: `${error.message} ${error.hint}` } }
}

/** Checks a stored credential and remembers what came of it; a good answer makes an invalid one active again. */
export const onCheckStoredCredential = implement(checkStoredCredential, async (exchange, { params: { id } }) => {
  const { app, member, inWorkspace } = exchange
  const { workspaceId } = member()
  const row = await inWorkspace((scope) => refuseGone(scope, id))
  const secret = await app.vault.open({ ...row, workspaceId })
  const check = await askProvider(app, { ...row, secret })
  const at = timestamp(app.now())
  await inWorkspace(async (scope) => {
    const now = await refuseGone(scope, id)
    // The secret may have been replaced while the provider was asked about the one before.
    if (Buffer.compare(now.sealed, row.sealed) !== 0) return
    const isRecovered = check.ok && now.status === 'invalid'
    await stored.updateCredential(scope, id, {
      lastCheckedAt: at,
      lastError: check.error ? `${check.error.code}: ${check.error.message}` : null,
      ...(isRecovered ? { status: 'active' as const, updatedAt: at } : {}),
    })
    if (check.ok) await app.alerts.resolveIn(scope, { rule: 'credential.invalid', object: id })
    if (!isRecovered) return
    const [before, after] = [tracedOf(now), tracedOf({ ...now, status: 'active' })]
    await note(exchange, scope, { at, action: 'credential.recover', target: id, before, after })
  })
  app.watch.forget(id)
  announce(exchange, id)
  return check
})
