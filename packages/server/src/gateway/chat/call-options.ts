import type { IncomingHttpHeaders } from 'node:http'
import {
  AssayError,
  cacheModes,
  complexities,
  MAX_CACHE_TTL_SECONDS,
  MOST_CANDIDATES,
  retentions,
  type CacheOptions,
  type Complexity,
  type Issue,
  type Retention,
} from '@assay/core'

/** What the headers of a request ask for beside its body. */
export type CallOptions = {
  /** `off` asks the named model only; a complexity takes the place of the score. */
  route: Complexity | 'off' | null
  timeoutMs: number
  tags: Record<string, string>
  conversationId: string | null
  cache: CacheOptions
  /** Models to try when the named one fails, in order. */
  fallbacks: readonly string[]
  /** The caller wants to see the cost of a stream, in a comment near its end. */
  showsUsage: boolean
  /** The caller has said how long it waits, so a full line is worth standing in. */
  isPatient: boolean
  /** The application's own user, as the caller names it; kept only as an HMAC. */
  user: string | null
  /** How much of the request the caller wants kept; never more than its key or workspace grants. */
  retention: Retention | null
  /** The credential that is to serve, where the key allows it. */
  credentialId: string | null
}

const MOST_TAGS = 16
const LONGEST_TAG = 64
const LONGEST_CONVERSATION = 200

/**
 * Reads the `x-assay-` headers; throws `input.invalid` naming each that cannot be understood. A whole call may take
 * `wholeMs` at most, and when the caller says nothing.
 */
export const readCallOptions = (headers: IncomingHttpHeaders, wholeMs: number): CallOptions => {
  const issues: Issue[] = []
  const options = {
    route: routeOf(text(headers, 'x-assay-route'), issues),
    timeoutMs: timeoutOf(text(headers, 'x-assay-timeout-ms'), { wholeMs, issues }),
    tags: tagsOf(text(headers, 'x-assay-tags'), issues),
    conversationId: conversationOf(text(headers, 'x-assay-conversation'), issues),
    cache: {
      mode: cacheModeOf(text(headers, 'x-assay-cache'), issues),
      ttlSeconds: cacheTtlOf(text(headers, 'x-assay-cache-ttl'), issues),
    },
    fallbacks: fallbacksOf(text(headers, 'x-assay-fallback'), issues),
    credentialId: credentialOf(text(headers, 'x-assay-credential'), issues),
    retention: retentionOf(text(headers, 'x-assay-retention'), issues),
    showsUsage: text(headers, 'x-assay-usage') === '1',
    isPatient: headers['x-assay-timeout-ms'] !== undefined,
    user: userOf(text(headers, 'x-assay-user'), issues),
  }
  if (issues.length > 0) throw new AssayError('input.invalid', { what: 'request header', issues })
  return options
}

const text = (headers: IncomingHttpHeaders, name: string): string | undefined => {
  const value = headers[name]
  return Array.isArray(value) ? value.join(',') : value
}

const routeOf = (given: string | undefined, issues: Issue[]): CallOptions['route'] => {
  if (given === undefined) return null
  const route = ['off' as const, ...complexities].find((known) => known === given)
  if (route) return route
  issues.push({ path: 'x-assay-route', message: `${quoted(given)} is not off, simple, medium or complex` })
  return null
}

const timeoutOf = (given: string | undefined, { wholeMs, issues }: { wholeMs: number; issues: Issue[] }): number => {
  if (given === undefined) return wholeMs
  const timeoutMs = /^\d{1,9}$/.test(given) ? Number(given) : 0
  if (timeoutMs < 1 || timeoutMs > wholeMs) {
    issues.push({
      path: 'x-assay-timeout-ms',
      message: `${quoted(given)} is not a whole number from 1 to ${wholeMs}`,
    })
  }
  return timeoutMs
}

const tagsOf = (given: string | undefined, issues: Issue[]): Record<string, string> => {
  if (given === undefined || given.trim() === '') return {}
  const pairs = given.split(',').map((pair) => pair.trim())
  if (pairs.length > MOST_TAGS) issues.push({ path: 'x-assay-tags', message: `more than ${MOST_TAGS} tags` })
  const tags: [string, string][] = []
  for (const pair of pairs) {
    const [, name, value] = /^([^=\s]+)=(.*)$/.exec(pair) ?? []
    if (name === undefined || value === undefined || pair.length > LONGEST_TAG) {
      issues.push({
        path: 'x-assay-tags',
        message: `${quoted(pair)} is not name=value of at most ${LONGEST_TAG} characters`,
      })
    } else tags.push([name, value])
  }
  return Object.fromEntries(tags)
}

const conversationOf = (given: string | undefined, issues: Issue[]): string | null => {
  if (given === undefined || given === '') return null
  if (given.length > LONGEST_CONVERSATION) {
    issues.push({ path: 'x-assay-conversation', message: `it is longer than ${LONGEST_CONVERSATION} characters` })
  }
  return given
}

const cacheModeOf = (given: string | undefined, issues: Issue[]): CacheOptions['mode'] => {
  if (given === undefined) return null
  const mode = cacheModes.find((known) => known === given)
  if (mode) return mode
  issues.push({ path: 'x-assay-cache', message: `${quoted(given)} is not on, off, refresh or only` })
  return null
}

const cacheTtlOf = (given: string | undefined, issues: Issue[]): number | null => {
  if (given === undefined) return null
  const seconds = /^\d{1,9}$/.test(given) ? Number(given) : 0
  if (seconds >= 1 && seconds <= MAX_CACHE_TTL_SECONDS) return seconds
  issues.push({
    path: 'x-assay-cache-ttl',
    message: `${quoted(given)} is not a whole number of seconds from 1 to ${MAX_CACHE_TTL_SECONDS}`,
  })
  return null
}

const fallbacksOf = (given: string | undefined, issues: Issue[]): string[] => {
  if (given === undefined) return []
  const names = given.split(',').map((name) => name.trim())
  if (names.every((name) => name !== '') && names.length < MOST_CANDIDATES) return names
  issues.push({ path: 'x-assay-fallback', message: `it is not a list of 1 to ${MOST_CANDIDATES - 1} models` })
  return []
}

const retentionOf = (given: string | undefined, issues: Issue[]): Retention | null => {
  if (given === undefined) return null
  const retention = retentions.find((known) => known === given)
  if (retention) return retention
  issues.push({ path: 'x-assay-retention', message: `${quoted(given)} is not none, metadata or full` })
  return null
}

const LONGEST_USER = 200

const userOf = (given: string | undefined, issues: Issue[]): string | null => {
  if (given === undefined || given === '') return null
  if (given.length > LONGEST_USER) {
    issues.push({ path: 'x-assay-user', message: `it is longer than ${LONGEST_USER} characters` })
  }
  return given
}

const credentialOf = (given: string | undefined, issues: Issue[]): string | null => {
  if (given === undefined || given === '') return null
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(given)) return given.toLowerCase()
  issues.push({ path: 'x-assay-credential', message: `${quoted(given)} is not the id of a credential` })
  return null
}

const quoted = (given: string): string => JSON.stringify(given.slice(0, 80))
