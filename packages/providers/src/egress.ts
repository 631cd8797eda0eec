import { AssayError, Secret, type Log } from '@assay/core'
import { isIP, type Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { readAllowance, unbracketed } from './egress-address.ts'
import { collectAnswer, type EgressAnswer } from './egress-answer.ts'
import { assertAllowed, connectSocket, createConnector, resolveBySystem, type Resolve } from './egress-connect.ts'
import { EgressExchange } from './egress-exchange.ts'
import { EgressError } from './egress-error.ts'
import type { Exchange, Receiver } from './exchange.ts'
import { Pool } from './undici-parts.ts'

/** A header's value; a secret, with or without a scheme before it, is opened only on its way into the socket. */
export type HeaderValue = string | Secret | { scheme: string; secret: Secret }

/** One outgoing call. */
export type EgressCall = {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  url: string
  headers: Record<string, HeaderValue>
  /** A stream goes on as it comes. */
  body?: string | Uint8Array | Readable | null
  firstByteTimeoutMs?: number
  idleTimeoutMs?: number
  /** Of the decoded answer. */
  maxBytes?: number
}

/**
 * The one way out: every call of Assay to another machine. http and https only, to addresses that are checked when
 * they are connected to, without redirects, with limits on time and size.
 */
export type Egress = AsyncDisposable & {
  /** Throws `egress.bad_url` or `egress.denied` for what can be told without asking the network. */
  check(url: string): void
  /** Starts a call and hands its answer on as it comes. */
  dispatch(call: EgressCall, receiver: Receiver): Exchange
  /** The same for who would rather wait: resolves with the head, the body follows. */
  send(call: EgressCall & { signal?: AbortSignal }): Promise<EgressAnswer>
  /** Opens a socket for what does not speak HTTP, such as mail, to an address that was checked. */
  connect(place: { host: string; port: number }): Promise<Socket>
  close(): Promise<void>
}

const MAX_HEADER_BYTES = 64 * 1024
const MAX_BODY_BYTES = 64 * 1024 * 1024

/**
 * Origins kept connected, and addresses kept parsed; the one used longest ago goes first. Who was used when is only
 * noted once they are half full.
 */
const MOST_POOLS = 256
const MOST_TARGETS = 2_048

type Target = { origin: string; path: string; host: string; port: number }

/** Opens the one way out; `allow` is ASSAY_EGRESS_ALLOW. */
export const createEgress = (options: {
  allow: readonly string[]
  log: Log
  connectTimeoutMs?: number
  resolve?: Resolve
  /** Told of each address that was refused. */
  onDenied?: () => void
}): Egress => {
  const gate = {
    allowance: readAllowance(options.allow),
    resolve: options.resolve ?? resolveBySystem,
    connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
    onDenied: options.onDenied,
  }
  const connect = createConnector(gate)
  const pools = new Map<string, Pool>()
  const targets = new Map<string, Target>()

  const targetOf = (url: string): Target => {
    const known = targets.get(url)
    if (known) return targets.size > MOST_TARGETS / 2 ? usedNow(targets, url, known) : known
    const target = readTarget(url)
    if (isIP(target.host) !== 0) assertAllowed(target.host, target, gate)
    if (targets.size >= MOST_TARGETS) targets.delete(targets.keys().next().value!)
    targets.set(url, target)
    return target
  }

  const poolOf = (origin: string): Pool => {
    const known = pools.get(origin)
    if (known) return pools.size > MOST_POOLS / 2 ? usedNow(pools, origin, known) : known
    if (pools.size >= MOST_POOLS) {
      const [oldest, pool] = pools.entries().next().value!
      pools.delete(oldest)
      void pool.close().catch(() => {})
    }
    const pool = new Pool(origin, { connect, pipelining: 1, maxHeaderSize: MAX_HEADER_BYTES })
    pools.set(origin, pool)
    return pool
  }

  const dispatch = (call: EgressCall, receiver: Receiver): Exchange => {
    const target = targetOf(call.url)
    const secrets: string[] = []
    const exchange = new EgressExchange(receiver, call.maxBytes ?? MAX_BODY_BYTES, secrets)
    poolOf(target.origin).dispatch(
      {
        origin: target.origin,
        path: target.path,
        method: call.method,
        headers: openHeaders(call.headers, secrets),
        body: call.body ?? null,
        headersTimeout: call.firstByteTimeoutMs ?? 60_000,
        bodyTimeout: call.idleTimeoutMs ?? 60_000,
      },
      exchange,
    )
    return exchange
  }

  const close = async () => {
    await Promise.all([...pools.values()].map((pool) => pool.destroy()))
    pools.clear()
  }

  return {
    check: (url) => void targetOf(url),
    dispatch,
    send: async ({ signal, ...call }) => {
      if (signal && isAborted(signal)) throw new EgressError('aborted', { reason: 'the call was cancelled' })
      return collectAnswer((receiver) => dispatch(call, receiver), signal)
    },
    connect: ({ host, port }) => connectSocket({ host: unbracketed(host).toLowerCase(), port }, gate),
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** Moves an entry behind all others, so that the first is the one used longest ago. */
const usedNow = <Value>(kept: Map<string, Value>, key: string, value: Value): Value => {
  kept.delete(key)
  kept.set(key, value)
  return value
}

const isAborted = (signal: AbortSignal): boolean => signal.aborted

const readTarget = (text: string): Target => {
  const refuse = (reason: string): never => {
    throw new AssayError('egress.bad_url', { url: text.replace(/\/\/[^/@]*@/, '//…@').slice(0, 200), reason })
  }
  if (!URL.canParse(text)) return refuse('it is not a URL')
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return refuse(`${url.protocol} is neither http nor https`)
  if (url.username !== '' || url.password !== '') return refuse('it holds a user name or password')
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port)
  return { origin: url.origin, path: url.pathname + url.search, host: unbracketed(url.hostname), port }
}

/** The only place where a secret becomes text again. */
const openHeaders = (headers: Record<string, HeaderValue>, opened: string[]): string[] => {
  const flat = ['accept-encoding', 'identity']
  for (const name in headers) {
    const value = headers[name]!
    if (typeof value === 'string') {
      flat.push(name, value)
      continue
    }
    const secret = (value instanceof Secret ? value : value.secret).open()
    opened.push(secret)
    flat.push(name, value instanceof Secret ? secret : `${value.scheme} ${secret}`)
  }
  return flat
}
