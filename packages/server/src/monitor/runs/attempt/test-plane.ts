import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  defaultPatience,
  openPolicy,
  PLAYED_DELAY_MS,
  PLAYED_PATIENCE_MS,
  type FailureReport,
  type Patience,
  type RequestRecord,
} from '@assay/core'
import type { App } from '../../../app.ts'
import { createBreakers } from '../../../gateway/attempt/breaker.ts'
import { createDataPlane } from '../../../gateway/entry/data-plane.ts'
import type { GatewayParts, KeyHolder } from '../../../gateway/parts.ts'
import { appFetch } from '../../../http/app-fetch.ts'

/** What tests need of the application to ask models. */
export type Asking = Pick<
  App,
  'config' | 'credentials' | 'modelNames' | 'priceBook' | 'egress' | 'sandbox' | 'log' | 'now' | 'createId' | 'store'
>

/** A gateway of a test's own, in this process: the very one, with the workspace's keys, prices and names. */
export type TestPlane = Disposable & {
  fetch: ReturnType<typeof appFetch>
  patience: Patience
  /** The request as the log would have it; null when it was refused before. */
  record(): RequestRecord | null
  /** What the gateway would have reported of a request that failed. */
  failure(record: RequestRecord): Promise<FailureReport | null>
}

const FAILURE_WAIT_MS = 2_000

/**
 * Opens it. Its breakers are its own and nothing of it is written down: no request, no failure, no cost of a key. With
 * an alias that stands for a plan it asks what that plan says; `retries` says whether one model is asked again.
 */
export const openTestPlane = (
  app: Asking,
  {
    workspaceId,
    alias,
    isPatient,
    delayMs = 0,
  }: {
    workspaceId: string
    alias?: { name: string; models: readonly string[] }
    isPatient: boolean
    /** How long a fault that is played lets wait. */
    delayMs?: number
  },
): TestPlane => {
  const { config, now, createId, credentials, priceBook, egress, sandbox, log } = app
  let closed: RequestRecord | null = null
  const reported = Promise.withResolvers<FailureReport>()
  // A wait that is played in a shorter time is waited for in a shorter time.
  const shortest = delayMs >= PLAYED_DELAY_MS ? PLAYED_PATIENCE_MS : Infinity
  const patience: Patience = {
    ...defaultPatience,
    firstContentMs: Math.min(config.ASSAY_FIRST_TOKEN_TIMEOUT_MS, shortest),
    idleMs: Math.min(config.ASSAY_IDLE_TIMEOUT_MS, shortest),
    wholeMs: config.ASSAY_REQUEST_TIMEOUT_MS,
    ...(isPatient ? {} : { mostRetries: 0 }),
  }
  const holder: KeyHolder = {
    ...openPolicy,
    scopes: ['inference'],
    keyId: null,
    limitsId: null,
    name: 'regression test',
    workspaceId,
  }
  const spool: GatewayParts['spool'] = {
    append: (entry) => {
      if (entry.kind === 'close') closed = entry.request
      if (entry.kind === 'failure') reported.resolve(entry.report)
      return Promise.resolve()
    },
  }
  const plane = createDataPlane({
    now,
    createId,
    spool,
    credentials,
    priceBook,
    egress,
    sandbox,
    log,
    patience,
    modelNames: alias ? withAlias(app.modelNames, alias) : app.modelNames,
    breakers: createBreakers({ now }),
    keys: { find: () => holder },
    refuse: () => {},
    metrics: { closed: () => {}, dropped: () => {} },
  })
  const server = createServer(plane)
  const connections = {
    isLocal: () => false,
    accept: (connection: import('node:stream').Duplex) => void server.emit('connection', connection),
  }
  return {
    fetch: appFetch({ connections }),
    patience,
    record: () => closed,
    failure: async ({ status, errorCode }) => {
      if (status === 'completed' || errorCode === 'vault.key_missing') return null
      // It is told after the answer's last byte.
      return Promise.race([reported.promise, sleep(FAILURE_WAIT_MS, null, { ref: false })])
    },
    [Symbol.dispose]: () => server.closeAllConnections(),
  }
}

const withAlias = (
  names: Asking['modelNames'],
  { name, models }: { name: string; models: readonly string[] },
): NonNullable<GatewayParts['modelNames']> => ({
  of: async (workspaceId) => {
    const { aliases, providerOrder } = await names.of(workspaceId)
    return { aliases: new Map([...aliases, [name, models]]), providerOrder }
  },
})
