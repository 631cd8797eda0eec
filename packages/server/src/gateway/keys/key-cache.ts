import { hash } from 'node:crypto'
import { AssayError, isGatewayKey, MINUTE_MS, SECOND_MS } from '@assay/core'
import type { KeyHolder } from '../parts.ts'

const KEPT_MS = 30 * SECOND_MS
/** How long a key that was good goes on while the database does not answer. */
const SERVED_BLIND_MS = 5 * MINUTE_MS
const MOST_ENTRIES = 10_000

/** Finds who a key speaks for; throws `access.*` for one that speaks for nobody. */
export type KeyCache = {
  /** At once when the key is cached, else a promise. On the connection that it came on it is not hashed again. */
  find(text: string, connection?: object): KeyHolder | Promise<KeyHolder>
  /** Lets a change of the key, such as its end, be seen by the next request; null: of any key. */
  forget(keyId: string | null): void
}

type Hashed = { text: string; digest: Buffer; id: string }
type Entry = { holder: KeyHolder | null; foundAt: number }

/** The SHA-256 of a key: what is stored, compared and cached instead of it. */
export const hashOfKey = (text: string): Buffer => hash('sha256', text, 'buffer')

/** A cache of keys by their hash, unknown ones included, so that a storm of wrong keys is not a storm of queries. */
export const createKeyCache = (parts: {
  now: () => number
  lookUp: (hash: Uint8Array) => Promise<KeyHolder | null>
  findOperator?: (hash: Uint8Array) => KeyHolder | null
}): KeyCache => {
  const entries = new Map<string, Entry>()
  const underway = new Map<string, Promise<KeyHolder>>()
  /** The key that came last on each open connection. */
  const latest = new WeakMap<object, Hashed>()
  let generation = 0

  /** A caller who sends the key of before on its own connection learns nothing from how long that takes. */
  const hashed = (text: string, connection: object | undefined): Hashed => {
    const before = connection && latest.get(connection)
    if (before?.text === text) return before
    const digest = hashOfKey(text)
    const made = { text, digest, id: digest.toString('latin1') }
    if (connection) latest.set(connection, made)
    return made
  }

  const remember = (id: string, holder: KeyHolder | null): void => {
    entries.delete(id)
    if (entries.size >= MOST_ENTRIES) entries.delete(entries.keys().next().value!)
    entries.set(id, { holder, foundAt: parts.now() })
  }

  const lookUp = async (id: string, digest: Uint8Array): Promise<KeyHolder> => {
    const begun = generation
    try {
      const holder = await parts.lookUp(digest)
      // What was read before a change may not outlive it.
      if (begun === generation) remember(id, holder)
      return valid(holder, parts.now())
    } catch (cause) {
      if (cause instanceof AssayError && cause.code.startsWith('access.')) throw cause
      const known = entries.get(id)
      if (known?.holder && parts.now() - known.foundAt <= SERVED_BLIND_MS) return valid(known.holder, parts.now())
      throw new AssayError('gateway.store_unavailable', {}, { cause })
    } finally {
      underway.delete(id)
    }
  }

  return {
    find: (text, connection) => {
      const { digest, id } = hashed(text, connection)
      const operator = parts.findOperator?.(digest)
      if (operator) return operator
      if (!isGatewayKey(text)) throw new AssayError('access.key_invalid', {})
      const known = entries.get(id)
      if (known && parts.now() - known.foundAt < KEPT_MS) {
        // Used last, so it goes last; while there is room for all, nobody goes.
        if (entries.size > MOST_ENTRIES / 2) {
          entries.delete(id)
          entries.set(id, known)
        }
        return valid(known.holder, parts.now())
      }
      const waiting = underway.get(id) ?? lookUp(id, digest)
      underway.set(id, waiting)
      return waiting
    },
    forget: (keyId) => {
      generation++
      if (keyId === null) entries.clear()
      else for (const [id, { holder }] of entries) if (holder?.keyId === keyId) entries.delete(id)
    },
  }
}

const valid = (holder: KeyHolder | null, now: number): KeyHolder => {
  if (holder === null) throw new AssayError('access.key_invalid', {})
  const { expiresAt } = holder
  if (expiresAt !== null && Date.parse(expiresAt) <= now) throw new AssayError('access.key_expired', { expiresAt })
  return holder
}
