import type { RequestListener } from 'node:http'
import { join } from 'node:path'
import { createId as createIdOf, timestamp, type Config, type RequestRecord } from '@assay/core'
import { createEgress } from '@assay/providers'
import { createSandboxPool } from '@assay/runner'
import { openSpool, startDrain, type Store } from '@assay/store'
import type { App } from './app.ts'
import { startBackground } from './background.ts'
import { createResponseCache } from './cache/response-cache.ts'
import { createEvents } from './events/bus.ts'
import { createMetrics, type Metrics } from './events/metrics.ts'
import { budgetShares, jobCounts } from './events/stored-figures.ts'
import { hearChanges } from './gateway/keys/changes.ts'
import { createDataPlane } from './gateway/entry/data-plane.ts'
import { createBreakers } from './gateway/attempt/breaker.ts'
import { createLines } from './gateway/attempt/lines.ts'
import { createIdempotentCalls } from './gateway/entry/answer-once.ts'
import { createKeys } from './gateway/keys/keys.ts'
import { createBodies } from './gateway/books/retention.ts'
import { createTracing } from './gateway/tracing/tracing.ts'
import { startLimits } from './gateway/limits/start.ts'
import { createExperimentsBook } from './monitor/learn/traffic-experiments.ts'
import { createNamesBook } from './gateway/keys/model-names.ts'
import { createPriceBook } from './gateway/books/price-book.ts'
import { createGuards } from './guards/guards.ts'
import { createJudges } from './guards/judges.ts'
import { createControlPlane } from './http/control-plane.ts'
import { createCookies } from './http/cookies.ts'
import { knownHostsOf, refuseAtEdge } from './http/edge.ts'
import { createHttpServer } from './http/http-server.ts'
import { createAlerts } from './monitor/alerts/alerts.ts'
import { createIngest } from './monitor/capture/ingest.ts'
import { createRuleBook } from './monitor/groups/rule-book.ts'
import { createReports } from './monitor/capture/reports.ts'
import { createFailureWishes } from './monitor/capture/wishes.ts'
import type { OpenOptions } from './open-app.ts'
import { pooledRandomBytes } from './random-bytes.ts'
import { endAll, finishRequests, type Ending } from './stop.ts'
import { createSuiteReader } from './suite/suite-reader.ts'
import { createGatewayFigures } from './value/gateway-figures.ts'
import { createCompleteFor } from './vault/complete-for.ts'
import { createCredentials } from './vault/resolve.ts'
import { openVault } from './vault/vault.ts'
import { watchCredentials } from './vault/watch.ts'
import { openLocalWorkspace } from './workspace/local.ts'

/** The one place where the parts are put together. What opens is closed in the opposite order. */
export const putTogether = async (config: Config, options: OpenOptions & { store: Store }): Promise<App> => {
  const { log, store, now = Date.now, randomBytes = pooledRandomBytes() } = options
  const endings: Ending[] = [{ name: 'the store', end: () => store.close() }]
  const opened = <Part>(name: string, part: Part, end: (part: Part) => unknown): Part => {
    endings.unshift({ name, end: () => end(part) })
    return part
  }
  try {
    const createId = (): string => createIdOf({ now, randomBytes })
    const source = { now, createId, randomBytes }
    const local = await openLocalWorkspace(store, source)
    const vault = await openVault({ config, store, ...source })
    const metrics = createMetrics()
    const events = createEvents({ now })
    const egress = opened(
      'the way out',
      createEgress({
        allow: config.ASSAY_EGRESS_ALLOW,
        log,
        connectTimeoutMs: config.ASSAY_CONNECT_TIMEOUT_MS,
        onDenied: metrics.egressDenied,
      }),
      (part) => part.close(),
    )
    const tracing = createTracing({
      config,
      egress,
      randomBytes,
      onDropped: (spans) => metrics.dropped('span', spans),
      log,
    })
    if (tracing) opened('the traces', tracing, (part) => part.close())
    const sandbox = opened('the sandbox', createSandboxPool({ log, onKilled: metrics.sandboxKilled }), (part) =>
      part.close(),
    )
    const suites = opened('the reader of suites', createSuiteReader(), (part) => part.close())
    const credentials = createCredentials({ config, store, vault, now })
    const keys = createKeys({
      store,
      now,
      randomBytes,
      localWorkspaceId: local.workspace.id,
      adminKey: config.ASSAY_ADMIN_KEY,
    })
    const priceBook = createPriceBook({ store, now })
    const modelNames = createNamesBook({ store, now })
    const experiments = createExperimentsBook({ store, now })
    const resolve = (workspaceId: string, provider: string) => credentials.resolve(workspaceId, provider)
    const judgesOf = (workspaceId: string) => createJudges({ sandbox, egress, resolve }, workspaceId)
    const guards = createGuards({ store, now, judgesOf })
    const spool = opened(
      'the spool',
      await openSpool({
        dir: join(config.ASSAY_DATA, 'spool'),
        maxBytes: config.ASSAY_SPOOL_MAX_BYTES,
        durability: config.ASSAY_LEDGER,
        log,
      }),
      (part) => part.close(),
    )
    metrics.observeSpoolBytes(() => spool.sizeBytes())
    metrics.observeSpoolAge(() => Math.max(0, now() - (spool.oldestMs() ?? now())) / 1_000)

    metrics.observeDroppedBodies(() => spool.droppedBodies())
    const bodies = createBodies({
      store,
      now,
      append: (body) => spool.append({ kind: 'body', body }),
      onDropped: () => metrics.dropped('body'),
    })

    const wishes = createFailureWishes({ store, now })
    const ruleBook = createRuleBook({ store, sandbox, now, log })
    const alerts = createAlerts({ store, events, now })
    const reports = createReports({ store, vault, events, alerts, wishes, ruleBook, now, createId })
    const ingest = createIngest({ reports, log })
    const watch = opened(
      'the watch over credentials',
      watchCredentials({ store, credentials, events, alerts, now, log }),
      (part) => part.stop(),
    )
    const onClosed = (records: readonly RequestRecord[]): void => {
      watch.observe(records)
      for (const { workspaceId, id } of records) {
        events.publish(workspaceId, { topic: 'requests', type: 'request.closed', id })
      }
    }
    const drain = opened('the drain', startDrain({ spool, store, onFailure: ingest, onClosed, now, log }), (part) =>
      part.close(),
    )
    const { limits } = opened(
      'the limits',
      await startLimits({ store, keys, spool, spoolDir: join(config.ASSAY_DATA, 'spool'), drain, now, createId, log }),
      (part) => part.close(),
    )

    const cache = opened(
      'the cache',
      createResponseCache({ store, now, log, metrics: metrics.cache, maxBytes: config.ASSAY_CACHE_MAX_BYTES }),
      (part) => part.close(),
    )
    const hashUser = async (workspaceId: string, user: string): Promise<string> =>
      Buffer.from(await vault.digest(workspaceId, 'user id', user)).toString('hex')

    const stopping = new AbortController()
    const http = createHttpServer({ createId })
    const address = { listeningUrl: 'http://localhost' }
    let closed: Promise<void> | null = null
    const breakers = createBreakers({ now })
    metrics.observeJobs(() => jobCounts(store))
    metrics.observeBudgets(() => budgetShares(store, now))
    metrics.observeBreakers(() => breakers.of())
    const lines = createLines({ now })
    hearChanges(store, { credentials, breakers, priceBook, modelNames, guards, wishes, ruleBook })
    metrics.observeLines(() => lines.waiting())
    const app: App = {
      config,
      log,
      now,
      nowIso: () => timestamp(now()),
      randomBytes,
      createId,
      store,
      spool,
      egress,
      sandbox,
      suites,
      vault,
      credentials,
      watch,
      breakers,
      keys,
      limits,
      cache,
      hashUser,
      priceBook,
      modelNames,
      experiments,
      guards,
      completeFor: createCompleteFor({ egress, credentials, now }),
      events,
      bodies,
      wishes,
      ruleBook,
      reports,
      alerts,
      metrics,
      local,
      cookies: createCookies({ secure: config.ASSAY_PUBLIC_URL?.startsWith('https:') ?? false }),
      edge: {
        knownHosts: knownHostsOf({ host: config.ASSAY_HOST, publicUrl: config.ASSAY_PUBLIC_URL }),
        isLocal: http.isLocal,
      },
      httpServer: http.server,
      connections: { isLocal: http.isLocal, accept: http.accept },
      publicUrl: () => config.ASSAY_PUBLIC_URL ?? address.listeningUrl,
      setListeningUrl: (url) => void (address.listeningUrl = url),
      stopping: stopping.signal,
      close: () => {
        stopping.abort()
        return (closed ??= endAll(endings, log))
      },
    }
    const control = await createControlPlane(app)
    const dataPlane = createDataPlane({
      ...source,
      patience: {
        firstContentMs: config.ASSAY_FIRST_TOKEN_TIMEOUT_MS,
        idleMs: config.ASSAY_IDLE_TIMEOUT_MS,
        wholeMs: config.ASSAY_REQUEST_TIMEOUT_MS,
      },
      idempotentCalls: createIdempotentCalls(store, now),
      breakers,
      lines,
      spool,
      bodies,
      wishes,
      keys,
      credentials,
      priceBook,
      modelNames,
      experiments,
      guards,
      egress,
      sandbox,
      log,
      metrics,
      limits,
      cache,
      hashUser,
      tracing,
      figures: createGatewayFigures({ store, now }),
      refuse: (request) => refuseAtEdge(request, app.edge),
    })
    http.open({ data: config.ASSAY_ROLES.includes('gateway') ? counted(dataPlane, metrics) : control, control })
    if (options.background !== false) opened('the background', startBackground(app), (part) => part.stop())
    opened('the HTTP server', http.server, finishRequests)
    store.ownerSocket?.on('connection', (connection) => http.accept(connection))
    return app
  } catch (error) {
    await endAll(endings, log)
    throw error
  }
}

/** Counts the requests that are being answered. */
const counted = (listener: RequestListener, { observeInflight }: Metrics): RequestListener => {
  let inflight = 0
  const leave = (): void => void inflight--
  observeInflight(() => inflight)
  return (request, response) => {
    inflight++
    response.once('close', leave)
    listener(request, response)
  }
}
