import type { IncomingMessage } from 'node:http'
import type { KeyPolicy, Log, PriceRow, RequestRecord, Sandbox, Secret } from '@assay/core'
import type { Egress } from '@assay/providers'
import type { Spool } from '@assay/store'

/** Who a gateway key speaks for, and what it may do. */
export type KeyHolder = Readonly<KeyPolicy> & {
  /** Null for the operator's own key. */
  keyId: string | null
  /** Whose limits and budget it shares: a rotated key goes on with those of the key before it. */
  limitsId: string | null
  name: string
  workspaceId: string
}

/** What a workspace calls a provider with. */
export type ResolvedCredential = { id: string | null; baseUrl: string; secret: Secret | null }

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
    resolve(workspaceId: string, provider: string): Promise<ResolvedCredential | null>
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
