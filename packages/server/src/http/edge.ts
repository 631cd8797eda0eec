import type { IncomingMessage } from 'node:http'
import { AssayError } from '@assay/core'

/** What both planes refuse before they look at a request: the same sentences, each in its own error shape. */
export type Edge = {
  /** The names this server answers to; null when any will do. */
  knownHosts: ReadonlySet<string> | null
  /** Connections that need no Host: the owner's socket and calls from within the process. */
  isLocal: (request: IncomingMessage) => boolean
}

/** Throws when the request is one that two readers could understand in two ways, or is meant for somebody else. */
export const refuseAtEdge = (request: IncomingMessage, { knownHosts, isLocal }: Edge): void => {
  const url = request.url ?? ''
  if (!url.startsWith('/') && url !== '*') throw badRequest('its target is not in origin form')
  const hosts = countOf(request, 'host')
  if (hosts > 1) throw badRequest('it has more than one Host header')
  const encoding = request.headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity') {
    throw new AssayError('input.unsupported_encoding', { encoding: encoding.slice(0, 50) })
  }
  if (knownHosts === null || isLocal(request)) return
  const host = hostNameOf(request.headers.host ?? '')
  if (!knownHosts.has(host) && !isLoopbackName(host)) throw badRequest('its Host header names another server')
}

/** Which names a server answers to. On loopback any other name is a page that rebinds its own name to this machine. */
export const knownHostsOf = ({
  host,
  publicUrl,
}: {
  host: string
  publicUrl: string | undefined
}): Edge['knownHosts'] =>
  publicUrl === undefined && !isLoopbackName(host)
    ? null
    : new Set([host.toLowerCase(), ...(publicUrl === undefined ? [] : [new URL(publicUrl).hostname])])

/**
 * True for the data plane's paths, by the raw bytes of the target, so that an encoded twin is simply not found. A target
 * with a host before its path is refused, but in the words of the plane that it meant.
 */
export const isDataPlanePath = (url: string): boolean =>
  /^(?:[A-Za-z]+:\/\/[^/?#]*)?\/(v1|v1beta|passthrough)(\/|\?|$)/.test(url)

const badRequest = (reason: string): AssayError => new AssayError('input.bad_request', { reason })

const countOf = ({ rawHeaders }: IncomingMessage, name: string): number => {
  let count = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const text = rawHeaders[index]!
    if (text.length === name.length && text.toLowerCase() === name) count++
  }
  return count
}

/** `[::1]:8378` as `::1`, `Example.org:80` as `example.org`. */
const hostNameOf = (host: string): string => {
  const bracketed = /^\[([^\]]+)\](:\d+)?$/.exec(host)
  return (bracketed?.[1] ?? host.replace(/:\d*$/, '')).toLowerCase()
}

export const isLoopbackName = (host: string): boolean =>
  host === 'localhost' || host.endsWith('.localhost') || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
