import { createRequire } from 'node:module'

// The whole of undici takes three times as long to load as the two parts of it that are used: fetch, web sockets, caches
// and mocks come with it.
const require = createRequire(import.meta.url)

/** Connections to one origin. */
export const Pool = require('undici/lib/dispatcher/pool.js') as typeof import('undici').Pool
export type Pool = import('undici').Pool

/** Makes what opens a pool's sockets. */
export const buildConnector = require('undici/lib/core/connect.js') as typeof import('undici').buildConnector
