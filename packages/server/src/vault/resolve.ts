import {
  AssayError,
  chooseCredentials,
  credentialProviders,
  MINUTE_MS,
  operatorProviders,
  SECOND_MS,
  type Config,
  type CredentialOptions,
  type CredentialWish,
  type Secret,
} from '@assay/core'
import { findCredential, findWorkspace, servingCredentials, type CredentialRow, type Store } from '@assay/store'
import type { Vault } from './vault.ts'

/**
 * A destination with the key for it; `id` is null for the operator's own, an empty address is the provider's own, and
 * `secret` is null for a server that asks for none.
 */
export type ResolvedCredential = {
  id: string | null
  source: 'own' | 'system'
  baseUrl: string
  secret: Secret | null
  options: CredentialOptions
}

/** What a call asks for; one that began before a rotation keeps the secret it began with, while the grace lasts. */
export type ResolveWish = CredentialWish & { begunAt?: number }

/** Which credential serves a workspace's calls to a provider. */
export type Credentials = {
  /**
   * The one the key or the request names, the workspace's default or only one, else the operator's own where it may
   * serve, else null. Throws `vault.inactive` for one that would serve and may not; at once when it is known.
   */
  resolve(
    workspaceId: string,
    provider: string,
    wish?: ResolveWish,
  ): ResolvedCredential | null | Promise<ResolvedCredential | null>
  /** All that could serve, the one that serves first, for whoever spreads calls over them. */
  list(workspaceId: string, provider: string, wish?: ResolveWish): Promise<ResolvedCredential[]>
  /** The providers that the workspace can call, the simulator last. */
  configured(workspaceId: string): Promise<string[]>
  /** Lets a change in the workspace be seen by the next call; null: in every workspace. */
  forget(workspaceId: string | null): void
}

const KEPT_MS = 30 * SECOND_MS
/** How long what was read last goes on while the database does not answer. */
const SERVED_BLIND_MS = 5 * MINUTE_MS
const MOST_WORKSPACES = 10_000

/** What a workspace has, as it was read at one moment. */
type Loaded = {
  readAt: number
  until: number
  rows: readonly CredentialRow[]
  mayUseOperators: boolean
  /** Choices made, so that a call that asks what was asked before waits for nothing. */
  chosen: Map<string, ResolvedCredential | null>
  opened: Map<string, Promise<Secret>>
}

export const createCredentials = (parts: {
  config: Config
  store: Pick<Store, 'inWorkspace'>
  vault: Pick<Vault, 'open'>
  now: () => number
}): Credentials => {
  const { store, vault, now, config } = parts
  const operator = operatorCredentials(config)
  const kept = new Map<string, Loaded>()
  const underway = new Map<string, Promise<Loaded>>()

  const read = async (workspaceId: string): Promise<Loaded> => {
    const { rows, slug } = await store.inWorkspace(workspaceId, async (scope) => ({
      rows: await servingCredentials(scope),
      slug: (await findWorkspace(scope))?.slug ?? '',
    }))
    const readAt = now()
    const ends = rows.flatMap(({ expiresAt }) => (expiresAt === null ? [] : [Date.parse(expiresAt)]))
    const until = Math.min(readAt + KEPT_MS, ...ends.filter((end) => end > readAt))
    const allowed = config.ASSAY_OPERATOR_KEYS_FOR
    const mayUseOperators = allowed.includes('*') || allowed.includes(slug)
    return { readAt, until, rows, mayUseOperators, chosen: new Map(), opened: new Map() }
  }

  const keep = (workspaceId: string, loaded: Loaded): Loaded => {
    kept.delete(workspaceId)
    if (kept.size >= MOST_WORKSPACES) kept.delete(kept.keys().next().value!)
    kept.set(workspaceId, loaded)
    return loaded
  }

  const load = (workspaceId: string): Loaded | Promise<Loaded> => {
    const known = kept.get(workspaceId)
    if (known && now() < known.until) return known
    const waiting = underway.get(workspaceId)
    if (waiting) return waiting
    const reading: Promise<Loaded> = read(workspaceId)
      .then(
        // A change while it was read has taken its place away: what was read then is not kept.
        (loaded) => (underway.get(workspaceId) === reading ? keep(workspaceId, loaded) : loaded),
        (error: unknown) => {
          if (known && now() - known.readAt <= SERVED_BLIND_MS) return known
          throw error
        },
      )
      .finally(() => underway.get(workspaceId) === reading && underway.delete(workspaceId))
    underway.set(workspaceId, reading)
    return reading
  }

  const choose = async (
    loaded: Loaded,
    workspaceId: string,
    { provider, wish }: { provider: string; wish: ResolveWish },
  ): Promise<CredentialRow[]> => {
    const asked = { provider, wish, now: now() }
    try {
      return chooseCredentials(loaded.rows, asked)
    } catch (error) {
      // What was named may be removed, which is another thing than never to have been.
      const named = [wish.credentialId, ...(wish.credentialIds ?? [])].filter((id) => typeof id === 'string')
      const removed = named.filter((id) => !loaded.rows.some((row) => row.id === id))
      if (removed.length === 0) throw error
      const found = await store.inWorkspace(workspaceId, async (scope) => {
        const rows: CredentialRow[] = []
        for (const id of removed) {
          const row = await findCredential(scope, id)
          if (row) rows.push(row)
        }
        return rows
      })
      return chooseCredentials([...loaded.rows, ...found], asked)
    }
  }

  const open = async (
    loaded: Loaded,
    workspaceId: string,
    { row, begunAt }: { row: CredentialRow; begunAt: number | undefined },
  ): Promise<ResolvedCredential> => {
    const isFormer = begunAt !== undefined && row.previousSealed !== null && isWithinGrace(row, { begunAt, now: now() })
    const key = isFormer ? `${row.id} before` : row.id
    const opening =
      loaded.opened.get(key) ??
      (isFormer
        ? vault.open({ ...row, workspaceId, sealed: row.previousSealed! }, 'previous_sealed')
        : vault.open({ ...row, workspaceId }))
    loaded.opened.set(key, opening)
    opening.catch(() => {
      // The next call reads and tries again; this one's caller sees the error.
      loaded.opened.delete(key)
      loaded.until = 0
    })
    return { id: row.id, source: 'own', baseUrl: row.baseUrl, secret: await opening, options: row.options }
  }

  const find = async (
    loaded: Loaded,
    workspaceId: string,
    { provider, wish }: { provider: string; wish: ResolveWish },
  ): Promise<ResolvedCredential | null> => {
    const [row] = await choose(loaded, workspaceId, { provider, wish })
    if (row) return open(loaded, workspaceId, { row, begunAt: wish.begunAt })
    const own = loaded.mayUseOperators ? operator.get(provider) : undefined
    if (own) return own
    const stored = loaded.rows.filter((other) => other.provider === provider).length
    if (stored > 0) throw new AssayError('vault.key_missing', { provider, stored })
    return null
  }

  const resolveIn = (
    loaded: Loaded,
    workspaceId: string,
    { provider, wish }: { provider: string; wish: ResolveWish },
  ): ResolvedCredential | null | Promise<ResolvedCredential | null> => {
    const key = keyOf(provider, wish)
    const known = loaded.chosen.get(key)
    const isRotated = wish.begunAt !== undefined && loaded.rows.some(({ previousSealed }) => previousSealed !== null)
    if (known !== undefined && !isRotated) return known
    return find(loaded, workspaceId, { provider, wish }).then((found) => {
      if (!isRotated) loaded.chosen.set(key, found)
      return found
    })
  }

  return {
    resolve: (workspaceId, provider, wish = {}) => {
      const loaded = load(workspaceId)
      return loaded instanceof Promise
        ? loaded.then((late) => resolveIn(late, workspaceId, { provider, wish }))
        : resolveIn(loaded, workspaceId, { provider, wish })
    },
    list: async (workspaceId, provider, wish = {}) => {
      const loaded = await load(workspaceId)
      const rows = await choose(loaded, workspaceId, { provider, wish })
      const own = await Promise.all(rows.map((row) => open(loaded, workspaceId, { row, begunAt: wish.begunAt })))
      if (own.length > 0) return own
      const one = await find(loaded, workspaceId, { provider, wish })
      return one ? [one] : []
    },
    configured: async (workspaceId) => {
      const loaded = await load(workspaceId)
      const found = credentialProviders.filter(
        (provider) =>
          canServe(loaded.rows, { provider, now: now() }) ?? (loaded.mayUseOperators && operator.has(provider)),
      )
      return [...found, 'sim']
    },
    forget: (workspaceId) => {
      if (workspaceId === null) {
        kept.clear()
        underway.clear()
        return
      }
      kept.delete(workspaceId)
      underway.delete(workspaceId)
    },
  }
}

/** Whether a workspace's own credentials serve a provider; null when it is left to the operator's. */
const canServe = (
  rows: readonly CredentialRow[],
  { provider, now }: { provider: string; now: number },
): boolean | null => {
  try {
    return chooseCredentials(rows, { provider, now }).length > 0 || null
  } catch {
    return false
  }
}

const isWithinGrace = (
  { graceUntil, secretSetAt }: CredentialRow,
  { begunAt, now }: { begunAt: number; now: number },
): boolean => graceUntil !== null && Date.parse(graceUntil) > now && begunAt < Date.parse(secretSetAt)

const keyOf = (provider: string, { credentialId, credentialIds }: CredentialWish): string =>
  credentialId || credentialIds?.length ? JSON.stringify([provider, credentialId, credentialIds]) : provider

const operatorCredentials = (config: Config): Map<string, ResolvedCredential> =>
  new Map(
    operatorProviders(config).map(({ provider, baseUrl, secret }) => [
      provider,
      { id: null, source: 'system', baseUrl: baseUrl ?? '', secret, options: {} },
    ]),
  )
