import { AssayError, maskSecret, Secret, type Credential, type CredentialProvider } from '@assay/core'
import { createProviders } from '@assay/providers'
import { findCredential, servingCredentials, type CredentialRow, type WorkspaceScope } from '@assay/store'
import type { App } from '../app.ts'

/** Where a credential's secret goes. */
export type Destination = { provider: CredentialProvider; baseUrl: string; origin: string }

/** The destination of a credential, allowed to be called; throws `egress.denied` for one that is not. */
export const destinationOf = (
  { egress }: Pick<App, 'egress'>,
  { provider, baseUrl: given }: { provider: CredentialProvider; baseUrl?: string | undefined },
): Destination => {
  const baseUrl = (given ?? createProviders().get(provider)?.defaultBaseUrl ?? '').replace(/\/+$/, '')
  egress.check(baseUrl)
  return { provider, baseUrl, origin: new URL(baseUrl).origin }
}

/** Seals a secret for a row and destination, with what tells it from others without telling anything about it. */
export const sealFor = async (
  { vault }: Pick<App, 'vault'>,
  {
    id,
    workspaceId,
    destination,
    secret,
  }: { id: string; workspaceId: string; destination: Destination; secret: Secret },
): Promise<Pick<CredentialRow, 'sealed' | 'dataKeyId' | 'fingerprint' | 'hint'>> => {
  const { provider, origin } = destination
  const text = JSON.stringify([provider, origin, secret.open()])
  return {
    fingerprint: await vault.digest(workspaceId, 'credential fingerprint', text),
    ...(await vault.seal(secret, { id, workspaceId, provider, origin })),
    hint: maskSecret(secret.open()),
  }
}

/** Throws when another credential of the workspace has the name or the secret for this provider already. */
export const refuseTwin = async (
  scope: WorkspaceScope,
  { id, provider, name, fingerprint }: Pick<CredentialRow, 'id' | 'provider' | 'name' | 'fingerprint'>,
): Promise<CredentialRow[]> => {
  const others = (await servingCredentials(scope)).filter((other) => other.provider === provider && other.id !== id)
  const twin = others.find((other) => other.name === name || Buffer.compare(other.fingerprint, fingerprint) === 0)
  if (twin) throw new AssayError('vault.duplicate', { provider, id: twin.id })
  return others
}

/** A removed credential can be named and not be used; throws for it and for an unknown one. */
export const refuseGone = async (scope: WorkspaceScope, id: string): Promise<CredentialRow> => {
  const row = await findCredential(scope, id)
  if (row === null) throw new AssayError('resource.not_found', { what: 'credential', id })
  if (row.isRemoved) throw new AssayError('vault.inactive', { id, state: 'removed' })
  return row
}

/** Two may store the same at once; the database lets one through, and the other then finds its twin. */
export const onceMoreWhenTwin = async <Result>(store: () => Promise<Result>): Promise<Result> => {
  try {
    return await store()
  } catch (error) {
    const isUniqueViolation = error instanceof Error && 'code' in error && error.code === '23505'
    if (!isUniqueViolation) throw error
    return store()
  }
}

/** What the audit trail keeps of a credential: enough to know which it was. */
export const tracedOf = ({ provider, name, baseUrl, hint, isDefault, status }: Credential | CredentialRow) => ({
  provider,
  name,
  baseUrl,
  hint,
  isDefault,
  status,
})

/** What was wrong with a secret is over once there is another, or none. */
export const endAlerts = async ({ alerts }: Pick<App, 'alerts'>, scope: WorkspaceScope, id: string): Promise<void> => {
  for (const rule of ['credential.invalid', 'credential.due'] as const)
    await alerts.resolveIn(scope, { rule, object: id })
}
