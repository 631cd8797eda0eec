import type { AddressInfo } from 'node:net'
import { AssayError, type Config, type Log } from '@assay/core'
import type { App } from './app.ts'
import { composeApp } from './open-app.ts'

export type ServeOptions = {
  log: Log
  /** Takes the next free port when the wanted one is taken, instead of refusing. */
  takeNextPort?: boolean
}

/** A running service. */
export type Service = {
  url: string
  /** Signs the local owner in to the pages, once. */
  signInUrl: string
  app: App
  close(): Promise<void>
}

const PORTS_TO_TRY = 100

/** Opens the data, listens, and answers when the service can be used. */
export const serve = async (config: Config, { log, takeNextPort = false }: ServeOptions): Promise<Service> => {
  const app = await composeApp(config, { log })
  try {
    const url = await listen(app, takeNextPort ? PORTS_TO_TRY : 1)
    const { makeSignInLink } = await import('./workspace/sign-in.ts')
    const { workspace, ownerId } = app.local
    const { url: signInUrl } = await makeSignInLink(app, { workspaceId: workspace.id, personId: ownerId })
    return { url, signInUrl, app, close: app.close }
  } catch (error) {
    await app.close()
    throw error
  }
}

const listen = async (app: App, tries: number): Promise<string> => {
  const { ASSAY_HOST: host, ASSAY_PORT: wanted } = app.config
  for (let port = wanted; ; port++) {
    try {
      await listenOn(app, { host, port })
      break
    } catch (error) {
      const isTaken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
      if (!isTaken) throw error
      if (port - wanted + 1 >= tries) throw new AssayError('server.address_in_use', { host, port }, { cause: error })
    }
  }
  const { port } = app.httpServer.address() as AddressInfo
  const url = `http://${host.includes(':') ? `[${host}]` : reachable(host)}:${port}`
  app.setListeningUrl(url)
  await app.store.setOwnerAddress(url)
  return url
}

const listenOn = (app: App, { host, port }: { host: string; port: number }): Promise<void> => {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  app.httpServer.once('error', reject)
  app.httpServer.listen({ host, port }, () => {
    app.httpServer.off('error', reject)
    resolve()
  })
  return promise
}

/** An address that stands for all of the machine's is not one to go to. */
const reachable = (host: string): string => (host === '0.0.0.0' ? '127.0.0.1' : host)
