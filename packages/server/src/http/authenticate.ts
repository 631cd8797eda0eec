import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { findSession } from '@assay/store'
import type { App } from '../app.ts'
import type { Caller } from './caller.ts'

/** Finds out who sends a request: the connection itself, else the key it carries, else the browser's session. */
export const identify = async (app: App, request: IncomingMessage): Promise<Caller> => {
  if (app.connections.isLocal(request)) return localOwner(app)
  const key = keyOf(request)
  if (key !== null) return { kind: 'key', ...(await app.keys.find(key)) }
  const token = app.cookies.read(request.headers.cookie)
  if (token === null) return { kind: 'nobody' }
  return findCallerOfSession(app, hashToken(token))
}

/** The session as it stands now; nobody when it was ended, revoked or has expired. */
const findCallerOfSession = async (app: App, tokenHash: Uint8Array): Promise<Caller> => {
  const session = await app.store.inSystem((system) => findSession(system, { tokenHash, now: app.nowIso() }))
  if (session === null) return { kind: 'nobody' }
  return { kind: 'session', workspaceId: session.workspace.id, ...session, tokenHash }
}

/** Links and sessions are stored as this; what was handed out cannot be found in the database. */
export const hashToken = (token: string): Uint8Array => createHash('sha256').update(token).digest()

const localOwner = ({ local }: App): Caller => ({
  kind: 'local_owner',
  workspaceId: local.workspace.id,
  person: { id: local.ownerId, name: 'owner' },
  role: 'owner',
})

/** The gateway key of a request, in any of the three headers that applications send theirs in. */
const keyOf = ({ headers }: IncomingMessage): string | null => {
  const bearer = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1]
  const key = bearer ?? headers['x-api-key'] ?? headers['x-goog-api-key']
  return typeof key === 'string' && key !== '' ? key : null
}
