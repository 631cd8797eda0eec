import type { FailureContext } from './report-of-error.ts'

/** What reporting what nobody caught needs. */
type Reporting = {
  reportFailure: (error: unknown, context?: FailureContext) => void
  flush: (timeoutMs?: number) => Promise<boolean>
}

/** The parts of Node's process that are needed; absent in browsers. */
type NodeProcess = {
  on(event: 'uncaughtException', listener: (error: unknown, origin: string) => void): unknown
  off(event: 'uncaughtException', listener: (error: unknown, origin: string) => void): unknown
  listenerCount(event: 'uncaughtException'): number
  exit(code: number): never
  versions?: { node?: string }
}

/** The parts of a page's window that are needed. */
type Page = {
  addEventListener(type: string, listener: (event: never) => void): void
  removeEventListener(type: string, listener: (event: never) => void): void
}

const LAST_WORDS_MS = 2_000

/** Reports what nobody caught, in Node and in browsers; answers how to stop. */
export const captureUnhandled = (reporting: Reporting): (() => void) => {
  const { process } = globalThis as { process?: NodeProcess }
  if (process?.versions?.node !== undefined) return inNode(process, reporting)
  const page = globalThis as Partial<Page>
  return page.addEventListener && page.removeEventListener ? inPage(page as Page, reporting) : () => {}
}

/** The process ends as it would have without us, once the report is sent; where others listen, that is theirs. */
const inNode = (process: NodeProcess, { reportFailure, flush }: Reporting): (() => void) => {
  let isEnding = false
  const leave = async (): Promise<void> => {
    await flush(LAST_WORDS_MS)
    process.exit(1)
  }
  const onUncaught = (error: unknown, origin: string): void => {
    reportFailure(error, { context: { unhandled: origin } })
    if (isEnding || process.listenerCount('uncaughtException') > 1) return
    isEnding = true
    console.error(error)
    void leave()
  }
  // A rejection that nobody handles arrives here too, under its own origin.
  process.on('uncaughtException', onUncaught)
  return () => void process.off('uncaughtException', onUncaught)
}

const inPage = (page: Page, { reportFailure, flush }: Reporting): (() => void) => {
  const onError = (event: { error?: unknown; message?: unknown }): void =>
    reportFailure(event.error ?? event.message, { context: { unhandled: 'error' } })
  const onRejection = (event: { reason?: unknown }): void =>
    reportFailure(event.reason, { context: { unhandled: 'unhandledrejection' } })
  const onHide = (): void => void flush(LAST_WORDS_MS)
  const listeners = { error: onError, unhandledrejection: onRejection, pagehide: onHide }
  for (const [type, listener] of Object.entries(listeners)) page.addEventListener(type, listener)
  return () => {
    for (const [type, listener] of Object.entries(listeners)) page.removeEventListener(type, listener)
  }
}
