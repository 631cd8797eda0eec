import type { IncomingMessage } from 'node:http'
import type { CredentialOptions, Log, PriceRow, RequestRecord, Sandbox, Scope, Secret } from '@assay/core'
import type { Egress } from '@assay/providers'
import type { Spool } from '@assay/store'

/** Who a gateway key speaks for. */
export type KeyHolder = {
  /** Null for the operator's own key. */
  keyId: string | null
  workspaceId: string
  scopes: readonly Scope[]
  /** Globs over `provider/model`; empty allows all. */
  allowedModels: readonly string[]
  expiresAt: string | null
}

/** What a workspace calls a provider with. */
export type ResolvedCredential = {
  /** Null for the operator's own. */
  id: string | null
  source?: 'own' | 'system'
  baseUrl: string
  secret: Secret | null
  options?: CredentialOptions
}

/** Which credential a call asks for, and when it began: one from before a rotation keeps its secret for a while. */
export type CredentialWish = { credentialIds?: readonly string[]; credentialId?: string | null; begunAt?: number }

/** What the data plane tells the metrics. */
type GatewayMetrics = {
  closed(record: RequestRecord): void
  /** Counts what could not be kept, such as when the disk is full. */
  dropped(what: 'open' | 'close' | 'failure'): void
}

/** Everything the data plane needs of the world. */
export type GatewayParts = {
  now: () => number
  createId: () => string
  spool: Pick<Spool, 'append'>
  /** Throws for a request that must not be looked at, such as one with two Host headers. */
  refuse: (request: IncomingMessage) => void
  keys: { find(text: string): Promise<KeyHolder> | KeyHolder }
  credentials: {
    resolve(
      workspaceId: string,
      provider: string,
      wish?: CredentialWish,
    ): ResolvedCredential | null | Promise<ResolvedCredential | null>
    /** All that could serve, the one that serves first, for whoever spreads calls over them. */
    list?(workspaceId: string, provider: string, wish?: CredentialWish): Promise<readonly ResolvedCredential[]>
    configured(workspaceId: string): Promise<readonly string[]>
  }
  egress: Egress
  sandbox: Pick<Sandbox, 'schema'>
  log: Log
  metrics: GatewayMetrics
  /** Called after the answer's last byte. */
  onClosed?: (record: RequestRecord) => void
  /** Another price table than the shipped one. */
  prices?: readonly PriceRow[]
}
