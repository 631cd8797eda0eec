import type { TrafficExperiment } from '../monitor/learn/traffic-experiments.ts'
import type { Recent } from './keys/recent.ts'
import type { IncomingMessage } from 'node:http'
import type {
  BudgetState,
  CacheOptions,
  Attempt,
  ChatRequest,
  CredentialOptions,
  KeyPolicy,
  Log,
  Patience,
  PriceRow,
  RequestRecord,
  Sandbox,
  Secret,
} from '@assay/core'
import type { Egress } from '@assay/providers'
import type {
  BudgetHold,
  IdempotentTurn,
  ProviderFigures,
  SentAnswer,
  Spool,
  UsageGroup,
  UsageGrouping,
} from '@assay/store'
import type { Admission } from './entry/admission.ts'
import type { Breakers } from './attempt/breaker.ts'
import type { ChatJob } from './chat/chat-job.ts'
import type { Lines } from './attempt/lines.ts'
import type { FailureWishes } from '../monitor/capture/wishes.ts'
import type { Bodies } from './books/retention.ts'
import type { Tracing } from './tracing/tracing.ts'

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
  dropped(what: 'open' | 'close' | 'failure' | 'body'): void
  /** Counts what was not taken on. */
  shed?: (reason: string) => void
}

/** Ends what `enter` began. */
export type Leave = () => void

/** Tokens and money that are kept for a request until it is known what it took. */
export type Reservation = {
  /** What is left of the key's budget; null when it has none. */
  readonly remainingNanoUsd: number | null
  /** Where it is kept; the records of the request carry it, so that its end is booked once whatever happens. */
  readonly holds: readonly BudgetHold[]
  settle(used: { inputTokens: number; outputTokens: number; costNanoUsd: number | null }): void
}

/** What a key may take. Left out of the parts, every key may take all. */
export type Limits = {
  /** Before the body is read: requests a minute, and how many at once. Throws `gateway.rate_limited`. */
  enter(holder: KeyHolder): Leave | Promise<Leave>
  /** Before the first attempt: tokens a minute, and money. Throws `gateway.rate_limited`, `gateway.budget_exceeded`. */
  reserve(wanted: {
    holder: KeyHolder
    requestId: string
    /** As the caller named it. */
    model: string
    /** Estimated. */
    inputTokens: number
    /** The most that may be answered. */
    outputTokens: number
    /** The most it can cost, at the dearest candidate; null when one of them has no price. */
    mostNanoUsd: () => number | null | Promise<number | null>
    /** When the request is over at the latest, in Unix milliseconds. */
    deadlineAt: number
  }): Reservation | Promise<Reservation>
}

/** Looks at text on its way and gives back what may go on; throws `gateway.guard_blocked`. */
export type TextFilter = {
  push(text: string): string | Promise<string>
  /** What was still held back. */
  end(): string | Promise<string>
  readonly flags: readonly string[]
}

/** What a text of an answer is. Arguments are the JSON text of a tool call's. */
export type AnswerPart = 'content' | 'reasoning' | 'arguments'

/** What looks at the requests and answers of a key. */
export type GuardSet = {
  before(request: ChatRequest): Promise<{ request: ChatRequest; isChanged: boolean; flags: readonly string[] }>
  /** Null when no guard looks at answers: then they pass untouched. */
  after: null | {
    whole(text: string, part: AnswerPart): Promise<{ text: string; isChanged: boolean; flags: readonly string[] }>
    stream(part: AnswerPart): TextFilter
  }
}

/** The guards of each key. Left out of the parts, there are none. */
export type Guards = {
  /** Null for a key without guards. */
  of(holder: KeyHolder): GuardSet | null | Promise<GuardSet | null>
}

/** A good answer as the provider gave it, in chat completions; `null` for the form it did not come in. */
export type LandedAnswer = {
  record: RequestRecord
  whole: Uint8Array | null
  /** The events of a stream, without `[DONE]`; null also for one over 1 MiB. */
  events: readonly Uint8Array[] | null
  /** A guard changed or flagged it. */
  isGuarded: boolean
}

/** One call that others with the same request may wait for. */
export type Flight = {
  /** Events of a chat completions stream, at the moment they go to the caller who leads. */
  push(events: Uint8Array): void
  /** Others wait for it, so it goes on when the caller who leads has left. */
  isFollowed(): boolean
  /** It brought a whole good answer, which is in the log. */
  land(answer: LandedAnswer): void
  /** It brought none; whoever waits goes alone. */
  fail(): void
}

/** What the cache says to a request: nothing, an answer, or to make the call that others wait for. */
export type CacheTurn =
  | { kind: 'off' | 'bypass' }
  /** Answers by itself; it ends with `closeRequest`, or with a call when a guard objects to what was kept. */
  | { kind: 'hit'; serve(job: ChatJob, goAlone: () => Promise<void>): Promise<void> }
  /** Waits for the flight of another; `goAlone` makes the call after all. */
  | { kind: 'follow'; serve(job: ChatJob, goAlone: () => Promise<void>): Promise<void> }
  /** `bypass`: a fresh answer was asked for, whatever is kept. */
  | { kind: 'lead'; flight: Flight; state: 'miss' | 'bypass' }

/** Answers that were given before. Left out of the parts, there are none. */
export type Cache = {
  begin(asked: {
    holder: KeyHolder
    request: ChatRequest
    place: {
      provider: string
      model: string
      baseUrl: string | null
      credentialId: string | null
      /** What the credential says beside the key, such as which deployment stands for a model. */
      options: CredentialOptions
    }
    options: CacheOptions
    userHash: string | null
  }): CacheTurn | Promise<CacheTurn>
}

/** Where the prices of a workspace stand. */
export type PriceBook = { of(workspaceId: string): WorkspacePrices | Promise<WorkspacePrices> }

/** A table with what the workspace changed in it; not yet reduced to the rows of one day. */
export type WorkspacePrices = { version: string; prices: readonly PriceRow[] }

/** What the workspaces call their models. */
export type NamesBook = { of(workspaceId: string): WorkspaceNames | Promise<WorkspaceNames> }

/** Names for models, and whose model a bare name means. */
export type WorkspaceNames = {
  aliases: ReadonlyMap<string, readonly string[]>
  providerOrder: readonly string[]
}

/** Calls that may be sent again, and the answers they had. */
export type IdempotentCalls = {
  take(workspaceId: string, call: { callHash: Buffer; bodyHash: Buffer; requestId: string }): Promise<IdempotentTurn>
  keep(workspaceId: string, callHash: Buffer, answer: SentAnswer): Promise<void>
  release(workspaceId: string, callHash: Buffer, requestId: string): Promise<void>
}

/** What the data plane tells of the past, read from hourly sums. */
export type GatewayFigures = {
  /** With `keyId` of that key alone. */
  usage(
    workspaceId: string,
    query: { from: string; to: string; group: UsageGrouping | null; keyId: string | undefined },
  ): Promise<{ totals: UsageGroup; groups: UsageGroup[]; limits: BudgetState[] }>
  providers(workspaceId: string, period: { from: string; to: string }): Promise<ProviderFigures[]>
}

/** Everything the data plane needs of the world. */
export type GatewayParts = {
  now: () => number
  createId: () => string
  spool: Pick<Spool, 'append'> & Partial<Pick<Spool, 'isFull'>>
  /** Throws for a request that must not be looked at, such as one with two Host headers. */
  refuse: (request: IncomingMessage) => void
  /** `connection` is where the key came from: a key that comes again there need not be hashed again. */
  keys: { find(text: string, connection?: object): Promise<KeyHolder> | KeyHolder }
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
  /** What was used and how providers did; left out: nothing is told. */
  figures?: GatewayFigures
  egress: Egress
  sandbox: Pick<Sandbox, 'schema'>
  log: Log
  metrics: GatewayMetrics
  /** Left out: an admission of its own. */
  admission?: Admission
  /** Left out: breakers of its own. */
  breakers?: Breakers
  /** Left out: lines of its own. */
  lines?: Lines
  /** Others than the usual ones. */
  patience?: Partial<Patience>
  /** Chance, from 0 up to 1. */
  random?: () => number
  /** Told of every call to a provider as it ends. */
  onAttempt?: (workspaceId: string, attempt: Attempt) => void
  limits?: Limits
  guards?: Guards
  cache?: Cache
  /** What is kept of requests beside their rows. Left out of the parts: nothing. */
  bodies?: Bodies
  /** What workspaces want kept of their failures; left out: everything. */
  wishes?: Pick<FailureWishes, 'of'>
  /** Left out, `idempotency-key` is not looked at. */
  idempotentCalls?: IdempotentCalls
  /** Turns the name of an application's user into what is kept of it. */
  hashUser?: (workspaceId: string, user: string) => string | Promise<string>
  /** What tells a collector of each request; left out: nothing does. */
  tracing?: Pick<Tracing, 'begin'> | null
  /** Called after the answer's last byte. */
  onClosed?: (record: RequestRecord) => void
  /** Another price table than the shipped one. */
  prices?: readonly PriceRow[]
  /** The prices of each workspace, its own before the shipped ones. */
  priceBook?: PriceBook
  modelNames?: NamesBook
  /** The experiments that requests take part in. */
  experiments?: Pick<Recent<readonly TrafficExperiment[]>, 'of'>
}
