import { credentialProviders, operatorProviders, SECOND_MS, type Config, type Secret } from '@assay/core'
import { defaultCredential, type Store } from '@assay/store'
import type { Vault } from './vault.ts'

/**
 * A destination with the key for it; `id` is null for the operator's own, an empty address is the provider's own, and `secret`
 * is null for a server that asks for none.
 */
type ResolvedCredential = { id: string | null; baseUrl: string; secret: Secret | null }

/** Which credential serves a workspace's calls to a provider. */
export type Credentials = {
  /** The workspace's default, else the operator's own for the local workspace, else null. */
  resolve(workspaceId: string, provider: string): Promise<ResolvedCredential | null>
  /** The providers that the workspace can call, the simulator last. */
  configured(workspaceId: string): Promise<string[]>
  /** Lets a change in the workspace be seen by the next call. */
  forget(workspaceId: string): void
}

const KEPT_MS = 30 * SECOND_MS

export const createCredentials = (parts: {
  config: Config
  store: Store
  vault: Vault
  localWorkspaceId: string
  now: () => number
}): Credentials => {
  const { store, vault, localWorkspaceId, now } = parts
  const operator = operatorCredentials(parts.config)
  const kept = new Map<string, { until: number; byProvider: Map<string, Promise<ResolvedCredential | null>> }>()

  const own = async (workspaceId: string, provider: string): Promise<ResolvedCredential | null> => {
    const row = await store.inWorkspace(workspaceId, (scope) => defaultCredential(scope, provider))
    return row && { id: row.id, baseUrl: row.baseUrl, secret: await vault.open({ ...row, workspaceId }) }
  }

  const find = async (workspaceId: string, provider: string): Promise<ResolvedCredential | null> =>
    (await own(workspaceId, provider)) ?? (workspaceId === localWorkspaceId ? (operator.get(provider) ?? null) : null)

  const resolve = (workspaceId: string, provider: string): Promise<ResolvedCredential | null> => {
    let entry = kept.get(workspaceId)
    if (!entry || entry.until <= now()) {
      entry = { until: now() + KEPT_MS, byProvider: new Map() }
      kept.set(workspaceId, entry)
    }
    const { byProvider } = entry
    const known = byProvider.get(provider)
    if (known) return known
    const found = find(workspaceId, provider)
    byProvider.set(provider, found)
    found.catch(() => byProvider.delete(provider)) // the next call asks again; this one's caller sees the error
    return found
  }

  return {
    resolve,
    configured: async (workspaceId) => {
      const found = await Promise.all(
        credentialProviders.map(async (provider) => ((await resolve(workspaceId, provider)) ? [provider] : [])),
      )
      return [...found.flat(), 'sim']
    },
    forget: (workspaceId) => void kept.delete(workspaceId),
  }
}

const operatorCredentials = (config: Config): Map<string, ResolvedCredential> =>
  new Map(
    operatorProviders(config).map(({ provider, baseUrl, secret }) => [
      provider,
      { id: null, baseUrl: baseUrl ?? '', secret: secret ?? null },
    ]),
  )
