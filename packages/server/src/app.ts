import type { IncomingMessage, Server } from 'node:http'
import type { Complete, Config, Log, Timestamp } from '@assay/core'
import type { Egress } from '@assay/providers'
import type { SandboxPool } from '@assay/runner'
import type { Spool, Store } from '@assay/store'
import type { ResponseCache } from './cache/response-cache.ts'
import type { Events } from './events/bus.ts'
import type { Metrics } from './events/metrics.ts'
import type { Breakers } from './gateway/attempt/breaker.ts'
import type { Keys } from './gateway/keys/keys.ts'
import type { createNamesBook } from './gateway/keys/model-names.ts'
import type { Bodies } from './gateway/books/retention.ts'
import type { KeyLimits } from './gateway/limits/limits.ts'
import type { Guards } from './gateway/parts.ts'
import type { PriceBooks } from './gateway/books/price-book.ts'
import type { Cookies } from './http/cookies.ts'
import type { Edge } from './http/edge.ts'
import type { Credentials } from './vault/resolve.ts'
import type { Alerts } from './monitor/alerts/alerts.ts'
import type { createExperimentsBook } from './monitor/learn/traffic-experiments.ts'
import type { RuleBook } from './monitor/groups/rule-book.ts'
import type { Reports } from './monitor/capture/reports.ts'
import type { FailureWishes } from './monitor/capture/wishes.ts'
import type { SuiteReader } from './suite/suite-reader.ts'
import type { Vault } from './vault/vault.ts'
import type { CredentialWatch } from './vault/watch.ts'
import type { LocalWorkspace } from './workspace/local.ts'

/** The service as one plain object: what every handler and job is given, put together in `compose.ts`. */
export type App = {
  config: Config
  log: Log
  now: () => number
  nowIso: () => Timestamp
  randomBytes: (size: number) => Uint8Array
  createId: () => string
  store: Store
  spool: Spool
  egress: Egress
  sandbox: SandboxPool
  suites: SuiteReader
  vault: Vault
  credentials: Credentials
  watch: CredentialWatch
  breakers: Breakers
  keys: Keys
  limits: KeyLimits
  /** Answers that were given before. */
  cache: ResponseCache
  /** What is kept of the name of an application's user. */
  hashUser: (workspaceId: string, user: string) => Promise<string>
  priceBook: PriceBooks
  modelNames: ReturnType<typeof createNamesBook>
  /** Experiments that requests take part in. */
  experiments: ReturnType<typeof createExperimentsBook>
  guards: Guards & { forget(workspaceId: string | null): void }
  /** Asks a model with the credentials of a workspace. */
  completeFor: (workspaceId: string, caller?: string) => Complete
  events: Events
  /** Where whatever watches the service says what it found. */
  alerts: Alerts
  bodies: Bodies
  /** The workspaces' own words on what is one failure group. */
  ruleBook: RuleBook
  /** What workspaces want kept of their failures. */
  wishes: FailureWishes
  /** Where failures are counted, whoever saw them. */
  reports: Reports
  metrics: Metrics
  local: LocalWorkspace
  cookies: Cookies
  edge: Edge
  /** Not listening until `serve` lets it; calls within the process and through the owner's socket reach it anyway. */
  httpServer: Server
  connections: {
    /** True for a request of the same user on this machine, by the way it came. */
    isLocal: (request: IncomingMessage) => boolean
    /** Hands the server a connection whose other end is trusted as the local owner. */
    accept: (connection: import('node:stream').Duplex) => void
  }
  /** The address that people and applications use. */
  publicUrl: () => string
  setListeningUrl: (url: string) => void
  /** Aborted when the service begins to stop. */
  stopping: AbortSignal
  /** Finishes what has begun, for as long as the deadline allows, and gives everything back. */
  close: () => Promise<void>
}
