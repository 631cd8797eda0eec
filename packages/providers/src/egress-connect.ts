import { AssayError } from '@assay/core'
import { lookup } from 'node:dns/promises'
import { connect as openSocket, isIP, type Socket } from 'node:net'
import type { buildConnector } from 'undici'
import { forbiddenBecause, unbracketed, type Allowance } from './egress-address.ts'
import { buildConnector as connectorOf } from './undici-parts.ts'

/** Finds the addresses of a host name; `node:dns` outside of tests. */
export type Resolve = (host: string) => Promise<string[]>

/** Resolves as the machine itself does, its hosts file included. */
export const resolveBySystem: Resolve = async (host) =>
  (await lookup(host, { all: true })).map(({ address }) => address)

/** What the operator lets through, and who is told of each address that is not. */
export type Gate = { allowance: Allowance; onDenied?: (() => void) | undefined }

/** Throws `egress.denied` when an address of the host may not be called at this port. */
export const assertAllowed = (
  address: string,
  place: { host: string; port: number },
  { allowance, onDenied }: Gate,
): void => {
  if (allowance.allows(place.host, place.port) || allowance.allows(address, place.port)) return
  if (allowance.allowsAddress(address)) return
  const reason = forbiddenBecause(address)
  if (reason === null) return
  onDenied?.()
  throw new AssayError('egress.denied', {
    host: place.host,
    reason: address === place.host ? `the address is ${reason}` : `it resolves to ${address}, which is ${reason}`,
  })
}

type Connector = buildConnector.connector
type Checked = Gate & { resolve: Resolve; connectTimeoutMs: number }

/** A plain socket to an address that was checked, tried one address after the other within the time of one. */
export const connectSocket = async (place: { host: string; port: number }, options: Checked): Promise<Socket> => {
  const addresses = await addressesOf(place.host, place.port, options)
  if (addresses instanceof Error) throw addresses
  const untilMs = Date.now() + options.connectTimeoutMs
  let failure: Error = Object.assign(new Error(`${place.host} has no address`), { code: 'ENOTFOUND' })
  for (const host of addresses) {
    try {
      return await socketTo({ host, port: place.port, timeoutMs: Math.max(1, untilMs - Date.now()) })
    } catch (error) {
      failure = error as Error
    }
  }
  throw failure
}

const socketTo = ({ host, port, timeoutMs }: { host: string; port: number; timeoutMs: number }): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = openSocket({ host, port })
    const deadline = setTimeout(() => socket.destroy(new Error('the connection took too long')), timeoutMs)
    socket.once('error', (error) => {
      clearTimeout(deadline)
      reject(error)
    })
    socket.once('connect', () => {
      clearTimeout(deadline)
      socket.removeAllListeners('error')
      resolve(socket)
    })
  })

/**
 * Connects to exactly an address that was checked: the name is resolved here, every address of it must be allowed, and
 * the socket is opened to the address, so that a second look-up cannot give another one. The look-up and all tries
 * together have the time of one connection.
 */
export const createConnector = (options: Checked): Connector => {
  const open = connectorOf({ timeout: options.connectTimeoutMs })
  const connectTo = async (...[target, callback]: Parameters<Connector>): Promise<void> => {
    const host = unbracketed(target.hostname).toLowerCase()
    const port = Number(target.port) || (target.protocol === 'https:' ? 443 : 80)
    let isOver = false
    const finish: buildConnector.Callback = (...[error, socket]: [Error | null, Socket | null]) => {
      if (isOver) return void socket?.destroy()
      isOver = true
      clearTimeout(deadline)
      if (socket) callback(null, socket)
      else callback(error ?? new Error('no socket'), null)
    }
    const late = Object.assign(new Error('the connection took too long'), { code: 'UND_ERR_CONNECT_TIMEOUT' })
    const deadline = setTimeout(() => finish(late, null), options.connectTimeoutMs)
    const addresses = await addressesOf(host, port, options)
    if (addresses instanceof Error) return finish(addresses, null)
    const openAt = (address: string, next: buildConnector.Callback) => {
      if (!isOver) open({ ...target, ...sniOf(host, target), hostname: address }, next)
    }
    tryEach(addresses, openAt, finish)
  }
  return (target, callback) => void connectTo(target, callback)
}

const addressesOf = async (
  host: string,
  port: number,
  { resolve, ...gate }: Gate & { resolve: Resolve },
): Promise<string[] | Error> => {
  try {
    const addresses = isIP(host) === 0 ? await resolve(host) : [host]
    for (const address of addresses) assertAllowed(address, { host, port }, gate)
    return addresses
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

/** The certificate must be that of the name, though the socket is opened to its address. */
const sniOf = (host: string, { servername }: { servername?: string }): { servername?: string } => {
  if (servername) return { servername }
  return isIP(host) === 0 ? { servername: host } : {}
}

const tryEach = (
  addresses: string[],
  open: (address: string, callback: buildConnector.Callback) => void,
  callback: buildConnector.Callback,
): void => {
  const [address, ...others] = addresses
  if (address === undefined) {
    callback(Object.assign(new Error('no address'), { code: 'ENOTFOUND' }), null)
    return
  }
  open(address, (...[error, socket]: [Error | null, Socket | null]) => {
    if (error && others.length > 0) tryEach(others, open, callback)
    else if (socket) callback(null, socket)
    else callback(error ?? new Error('no socket'), null)
  })
}
