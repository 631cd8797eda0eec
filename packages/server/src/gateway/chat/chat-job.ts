import type { Candidate, Patience, RequestRecord, Retention } from '@assay/core'
import type { CallerDialect, Provider } from '@assay/providers'
import type { Breakers } from '../attempt/breaker.ts'
import type { CallOptions } from './call-options.ts'
import type { ChatInput } from './chat-input.ts'
import type { WorkspaceFacts } from './facts.ts'
import type { Latencies } from '../attempt/latency.ts'
import type { Lines } from '../attempt/lines.ts'
import type { CacheTurn, GatewayParts, GuardSet, KeyHolder, Reservation } from '../parts.ts'
import type { Outlet } from '../entry/outlet.ts'
import type { Trace } from '../tracing/trace.ts'

/** What one chat completion is made of. */
export type ChatJob = {
  parts: GatewayParts
  prices: NonNullable<GatewayParts['prices']>
  providers: ReadonlyMap<string, Provider>
  breakers: Breakers
  latencies: Latencies
  lines: Lines
  patience: Patience
  outlet: Outlet
  input: ChatInput
  options: CallOptions
  holder: KeyHolder
  facts: WorkspaceFacts
  candidates: readonly Candidate[]
  record: RequestRecord
  /** What is kept of the request; `full` keeps its body and answer too. */
  retention: Retention
  startedAt: number
  /** Headers of the caller that travel on to the provider. */
  forwarded: Record<string, string>
  /** How the caller speaks; null: in chat completions. */
  caller: Caller | null
  /** What looks at the answer before the caller does; null: nothing. */
  guardsAfter: GuardSet['after']
  turn: CacheTurn
  /** What of the key's limits is kept for this request; null: nothing. */
  reservation: Reservation | null
  /** What a collector is told of it; null: nothing. */
  trace: Trace | null
}

/** A caller of another dialect, with the headers that only its own provider understands. */
export type Caller = { dialect: CallerDialect; headers: Record<string, string> }
