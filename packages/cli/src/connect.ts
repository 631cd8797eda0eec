import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Client } from '@assay/client'
import type { Config } from '@assay/core'
import type { Terminal } from './terminal/terminal.ts'

/** A way to the control plane, and what must be closed after it. */
export type Connection = AsyncDisposable & {
  client: Client
  /** `server`: the one of ASSAY_URL. `owner`: the process that has the data open. `self`: this process, for as long as it runs. */
  through: 'server' | 'owner' | 'self'
}

export type ConnectOptions = {
  /** This command needs jobs to be worked on, so that it does so itself when no server runs. */
  background?: boolean
  /** Told of the data directory when there was none and this command is about to make it. */
  onNewData?: (dataDir: string) => void
}

/**
 * Finds the control plane: the server of `ASSAY_URL`, else the running owner of the data directory, else the
 * application itself, composed in this process as the owner of the workspace `local`.
 */
export const connect = async (
  terminal: Pick<Terminal, 'environment'>,
  { background = false, onNewData }: ConnectOptions = {},
): Promise<Connection> => {
  const { readConfig } = await import('@assay/core')
  const config = readConfig(terminal.environment)
  if (config.ASSAY_URL) return connectToServer(config, config.ASSAY_URL)
  const { findOwner } = await import('@assay/store')
  const owner = await findOwner(config.ASSAY_DATA)
  if (owner) return connectToOwner(owner)
  if (!config.DATABASE_URL && !existsSync(join(config.ASSAY_DATA, 'db'))) onNewData?.(config.ASSAY_DATA)
  return connectToSelf(config, background)
}

const connectToServer = async ({ ASSAY_API_KEY: key }: Config, url: string): Promise<Connection> => {
  const { createClient } = await import('@assay/client')
  return { client: createClient({ url, ...(key ? { key: key.open() } : {}) }), through: 'server', ...nothingToClose }
}

const connectToOwner = async (owner: { address: string; socketPath: string }): Promise<Connection> => {
  const [{ createClient }, { socketFetch }] = await Promise.all([import('@assay/client'), import('./socket-fetch.ts')])
  // While the owner still starts it has no address; the socket decides where the call goes, not the name.
  const client = createClient({ url: owner.address || 'http://localhost', fetch: socketFetch(owner.socketPath) })
  return { client, through: 'owner', ...nothingToClose }
}

const connectToSelf = async (config: Config, background: boolean): Promise<Connection> => {
  const [{ createClient }, { appFetch, composeApp }, { silentLog }] = await Promise.all([
    import('@assay/client'),
    import('@assay/server'),
    import('@assay/core'),
  ])
  const app = await composeApp(config, { log: silentLog, background })
  return {
    client: createClient({ url: 'http://localhost', fetch: appFetch(app) }),
    through: 'self',
    [Symbol.asyncDispose]: () => app.close(),
  }
}

const nothingToClose = { [Symbol.asyncDispose]: async () => {} }
