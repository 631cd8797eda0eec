import {
  AssayError,
  createSignInLink,
  getMe,
  MINUTE_MS,
  signInWithLink,
  signOut,
  timestamp,
  type Me,
} from '@assay/core'
import * as stored from '@assay/store'
import type { App } from '../app.ts'
import { hashToken } from '../http/authenticate.ts'
import { actorOf, type Member } from '../http/caller.ts'
import { SESSION_MS } from '../http/cookies.ts'
import { implement } from '../http/implement.ts'
import { findWorkspace } from './local.ts'

const LINK_MS = 15 * MINUTE_MS
const TOKEN_BYTES = 32

export const onGetMe = implement(getMe, ({ app, member }) => meOf(app, member()))

export const onCreateSignInLink = implement(createSignInLink, async (exchange) => {
  const { app, member, inWorkspace, requestId } = exchange
  const { caller } = exchange
  // A session would outlive the key that asked for it; only the operator's own key has no end.
  if (caller.kind === 'key' && caller.keyId !== null) throw new AssayError('access.sign_in_needed', {})
  const { workspaceId } = member()
  const personId = caller.kind === 'session' ? caller.person.id : app.local.ownerId
  await inWorkspace((scope) =>
    stored.appendAudit(scope, {
      at: timestamp(app.now()),
      actor: actorOf(exchange.caller),
      action: 'sign_in_link.create',
      target: personId,
      requestId,
    }),
  )
  return makeSignInLink(app, { workspaceId, personId })
})

/**
 * A link that signs a person in once. The token stands behind `#`, so that it reaches neither a server's log nor the
 * next page's referrer; only its hash is stored.
 */
export const makeSignInLink = async (
  app: App,
  { workspaceId, personId }: { workspaceId: string; personId: string },
): Promise<{ url: string; expiresAt: string }> => {
  const token = newToken(app)
  const expiresAt = timestamp(app.now() + LINK_MS)
  await app.store.inSystem((system) =>
    stored.createSignInLink(system, { tokenHash: hashToken(token), workspaceId, personId, expiresAt }),
  )
  return { url: `${app.publicUrl()}/sign-in#token=${token}`, expiresAt }
}

export const onSignInWithLink = implement(
  signInWithLink,
  async ({ app, setCookie, requestId, remoteAddress }, input) => {
    const now = timestamp(app.now())
    const token = newToken(app)
    const tokenHash = hashToken(token)
    const session = await app.store.inSystem(async (system) => {
      const link = await stored.takeSignInLink(system, { tokenHash: hashToken(input.body.token), now })
      if (link === null) return null
      const expiresAt = timestamp(app.now() + SESSION_MS)
      const { workspaceId, personId } = link
      await stored.createSession(system, { id: app.createId(), tokenHash, workspaceId, personId, expiresAt, now })
      return stored.findSession(system, { tokenHash, now })
    })
    if (session === null) throw new AssayError('access.link_invalid', {})
    await app.store.inWorkspace(session.workspace.id, (scope) =>
      stored.appendAudit(scope, {
        at: now,
        actor: `person:${session.person.id}`,
        action: 'session.create',
        target: session.person.id,
        requestId,
        ...(remoteAddress ? { ip: remoteAddress } : {}),
      }),
    )
    setCookie(app.cookies.set(token))
    return { ...session, scopes: [] }
  },
)

export const onSignOut = implement(signOut, async ({ app, caller, setCookie }) => {
  if (caller.kind === 'session') {
    await app.store.inSystem((system) => stored.deleteSession(system, { tokenHash: caller.tokenHash }))
  }
  setCookie(app.cookies.clear())
  return null
})

const newToken = (app: App): string => Buffer.from(app.randomBytes(TOKEN_BYTES)).toString('base64url')

const meOf = async (app: App, member: Member): Promise<Me> => {
  if (member.kind === 'session') {
    return { workspace: member.workspace, person: member.person, role: member.role, scopes: [] }
  }
  const workspace = await findWorkspace(app.store, member.workspaceId)
  if (workspace === null) throw new AssayError('access.key_invalid', {})
  return member.kind === 'key'
    ? { workspace, person: null, role: null, scopes: [...member.scopes] }
    : { workspace, person: member.person, role: member.role, scopes: [] }
}
