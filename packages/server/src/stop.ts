import type { Server } from 'node:http'
import { SECOND_MS, type Log } from '@assay/core'

const FINISH_MS = 30 * SECOND_MS
const CLOSE_IDLE_EVERY_MS = 50

/** One thing to end, and what it is called when it does not. */
export type Ending = { name: string; end: () => unknown }

/** Ends things in the order given, once; one that fails is logged and does not keep the others open. */
export const endAll = async (endings: readonly Ending[], log: Log): Promise<void> => {
  for (const { name, end } of endings) {
    try {
      await end()
    } catch (error) {
      log.error({ error }, `${name} did not end cleanly`)
    }
  }
}

/**
 * Stops accepting, lets open answers finish for half a minute, then cuts what is left. A connection whose answer has
 * just ended would be kept alive for the next request, which nobody is there to take.
 */
export const finishRequests = async (server: Server): Promise<void> => {
  const closed = server.listening ? new Promise<void>((resolve) => server.close(() => resolve())) : Promise.resolve()
  server.closeIdleConnections()
  const idle = setInterval(() => server.closeIdleConnections(), CLOSE_IDLE_EVERY_MS)
  const deadline = setTimeout(() => server.closeAllConnections(), FINISH_MS)
  await closed
  clearInterval(idle)
  clearTimeout(deadline)
}
