import { routes, type Api, type Contract, type ContractCall, type ContractReply } from '@assay/core'
import { errorOfAnswer, timedOut, unreachable } from './client-error.ts'
import { followEvents, type Events } from './events.ts'
import { exportsOf, type ExportRequests } from './request-export.ts'

/** Every route as a function of its parameters, typed by its contract, the live events and the log as a file. */
export type Client = { [Name in keyof Api]: Call<Api[Name]> } & {
  events: Events
  exportRequests: ExportRequests
}

/** Stops a call from outside, or after a time of its own; adds headers to it. */
export type CallOptions = { signal?: AbortSignal; timeoutMs?: number; headers?: Record<string, string> }

type Call<Definition extends Contract> = (
  ...given: {} extends Given<Definition>
    ? [call?: Given<Definition>, options?: CallOptions]
    : [call: Given<Definition>, options?: CallOptions]
) => Promise<ContractReply<Definition>>

/** What a caller must give; a query that may be empty may be left out. */
type Given<Definition extends Contract> =
  ContractCall<Definition> extends { query: infer Query }
    ? {} extends Query
      ? Omit<ContractCall<Definition>, 'query'> & { query?: Query }
      : ContractCall<Definition>
    : ContractCall<Definition>

export type ClientOptions = {
  /** Where the server is; a path in it stands before every route. */
  url: string
  /** A gateway key; in a browser the session's cookie takes its place. */
  key?: string
  fetch?: typeof globalThis.fetch
  /** How long one call may take. */
  timeoutMs?: number
}

const TIMEOUT_MS = 30_000

/** A typed client for one server. A call ends in its reply, or throws a `ClientError` that says what to do. */
export const createClient = ({ url, key, timeoutMs = TIMEOUT_MS, ...options }: ClientOptions): Client => {
  const base = url.replace(/\/+$/, '')
  // Looked up for each call: a page's own fetch must not be bound to this object.
  const send: typeof globalThis.fetch = (...given) => (options.fetch ?? globalThis.fetch)(...given)
  const headers: Record<string, string> = key ? { authorization: `Bearer ${key}` } : {}
  const calls = Object.entries(routes).map(([name, route]) => [
    name,
    (given: Parts = {}, callOptions: CallOptions = {}) =>
      call({ send, base, route, given, timeoutMs, ...callOptions, headers: { ...headers, ...callOptions.headers } }),
  ])
  return {
    ...Object.fromEntries(calls),
    events: followEvents({ send, base, headers }),
    exportRequests: exportsOf({ send, base, headers, timeoutMs }),
  } as Client
}

type Parts = { params?: Record<string, unknown>; query?: Record<string, unknown>; body?: unknown }

type Sending = {
  send: typeof globalThis.fetch
  base: string
  headers: Record<string, string>
  route: string
  given: Parts
  timeoutMs: number
  signal?: AbortSignal
}

const call = async ({ send, base, headers, route, given, timeoutMs, signal }: Sending): Promise<unknown> => {
  const [method = 'get', path = '/'] = route.split(' ')
  const url = base + fillIn(path, given.params) + queryText(given.query)
  const timeout = AbortSignal.timeout(timeoutMs)
  const isEmpty = given.body === undefined
  try {
    const response = await send(url, {
      method: method.toUpperCase(),
      headers: { accept: 'application/json', ...headers, ...(isEmpty ? {} : { 'content-type': 'application/json' }) },
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      ...(isEmpty ? {} : { body: JSON.stringify(given.body) }),
    })
    if (!response.ok) throw await errorOfAnswer(response)
    const text = await response.text()
    return text === '' ? null : JSON.parse(text)
  } catch (error) {
    throw asClientError(error, { base, timeoutMs, timeout, signal })
  }
}

const asClientError = (
  error: unknown,
  circumstances: { base: string; timeoutMs: number; timeout: AbortSignal; signal: AbortSignal | undefined },
): unknown => {
  const { base, timeoutMs, timeout, signal } = circumstances
  if (signal?.aborted) return signal.reason
  if (timeout.aborted) return timedOut(base, timeoutMs)
  // `fetch` rejects with a TypeError when there was no answer; a body that is no JSON is a SyntaxError.
  return error instanceof TypeError || error instanceof SyntaxError || isSystemError(error)
    ? unreachable(base, error)
    : error
}

const isSystemError = (error: unknown): boolean => error instanceof Error && 'code' in error && 'errno' in error

const fillIn = (path: string, params: Record<string, unknown> = {}): string =>
  path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(params[name])))

type Plain = string | number | boolean | null | undefined

const queryText = (query: Record<string, unknown> = {}): string => {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query as Record<string, Plain>)) {
    if (value !== undefined && value !== null) search.append(name, String(value))
  }
  const text = search.toString()
  return text === '' ? '' : `?${text}`
}
