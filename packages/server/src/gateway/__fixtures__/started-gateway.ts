import { randomBytes } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:http'
import {
  AssayError,
  createId as createIdOf,
  mintGatewayKey,
  openPolicy,
  Secret,
  silentLog,
  type CapturedFailure,
  type PriceRow,
  type RequestRecord,
} from '@assay/core'
import { createEgress } from '@assay/providers'
import { createSandboxPool } from '@assay/runner'
import { refuseAtEdge } from '../../http/edge.ts'
import { createBreakers } from '../attempt/breaker.ts'
import { createDataPlane } from '../entry/data-plane.ts'
import type { GatewayParts, KeyHolder } from '../parts.ts'

type Appended = Parameters<GatewayParts['spool']['append']>[0]

const workspaceId = '01920000-0000-7000-8000-000000000001'

/** A data plane on 127.0.0.1 with a spool in memory that takes as long, or fails, as the test wants. */
export const startGateway = async (options: {
  upstreams: Record<string, { baseUrl: string; host: string }>
  prices?: readonly PriceRow[]
  holder?: Partial<KeyHolder>
  /** What the upstreams are called with; left out: one that they do not look at. */
  secret?: Secret
  /** Optional parts, and others than the ones here. */
  parts?: Partial<GatewayParts>
}) => {
  const records: Appended[] = []
  const dropped: string[] = []
  const spool = { delayMs: 0, failure: null as Error | null }
  const { key } = mintGatewayKey(randomBytes)
  const secret = options.secret ?? new Secret('sk-upstream-secret-1234')
  const egress = createEgress({ allow: Object.values(options.upstreams).map(({ host }) => host), log: silentLog })
  const sandbox = createSandboxPool({ size: 1, log: silentLog })
  const holder: KeyHolder = {
    ...openPolicy,
    keyId: '01920000-0000-7000-8000-000000000002',
    limitsId: '01920000-0000-7000-8000-000000000002',
    name: 'app',
    workspaceId,
    scopes: ['inference'],
    ...options.holder,
  }
  const breakers = createBreakers({ now: Date.now })
  const plane = createDataPlane({
    // One call is one attempt, unless a test is about more.
    patience: { mostRetries: 0 },
    random: () => 0,
    breakers,
    now: Date.now,
    createId: () => createIdOf({ now: Date.now, randomBytes }),
    spool: {
      append: async (record) => {
        if (spool.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, spool.delayMs))
        if (spool.failure) throw spool.failure
        records.push(structuredClone(record))
      },
    },
    refuse: (request) => refuseAtEdge(request, { knownHosts: null, isLocal: () => false }),
    keys: {
      find: (text) => {
        if (text === key) return holder
        throw new AssayError('access.key_invalid', {})
      },
    },
    credentials: {
      resolve: async (_, provider) => {
        const upstream = options.upstreams[provider]
        return upstream ? { id: null, baseUrl: upstream.baseUrl, secret } : null
      },
      configured: async () => [...Object.keys(options.upstreams), 'sim'],
    },
    egress,
    sandbox,
    log: silentLog,
    metrics: { closed: () => {}, dropped: (what) => void dropped.push(what) },
    ...(options.prices ? { prices: options.prices } : undefined),
    ...options.parts,
  })
  const server = createServer({ maxHeaderSize: 16_384 }, plane)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`

  const closedRow = (id: string | null): RequestRecord | undefined =>
    records.flatMap((record) => (record.kind === 'close' && record.request.id === id ? [record.request] : []))[0]

  return {
    url,
    port,
    key,
    spool,
    records,
    dropped,
    /** Sends a chat completion as an application would. */
    ask: (body: object, headers: Record<string, string> = {}, signal?: AbortSignal) =>
      fetch(`${url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
        ...(signal ? { signal } : undefined),
      }),
    closedRow,
    rowOf: (response: Response): Promise<RequestRecord> =>
      eventually(() => closedRow(response.headers.get('x-assay-request-id'))),
    failures: (): CapturedFailure[] => records.flatMap((record) => (record.kind === 'failure' ? [record.report] : [])),
    /** The next failure, when one is expected. */
    failure: () => eventually(() => records.flatMap((record) => (record.kind === 'failure' ? [record.report] : []))[0]),
    reset: () => {
      records.length = 0
      dropped.length = 0
      spool.delayMs = 0
      spool.failure = null
      breakers.clear()
    },
    breakers,
    close: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
      await egress.close()
      await sandbox.close()
    },
  }
}

export type StartedGateway = Awaited<ReturnType<typeof startGateway>>

/** What the probe finds, as soon as it finds something. */
export const eventually = async <Value>(probe: () => Value | undefined, timeoutMs = 5_000): Promise<Value> => {
  const until = performance.now() + timeoutMs
  for (;;) {
    const found = probe()
    if (found !== undefined) return found
    if (performance.now() > until) throw new Error(`nothing after ${timeoutMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
