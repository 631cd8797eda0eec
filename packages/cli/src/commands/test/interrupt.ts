const INTERRUPTED = 130

/** Ctrl-C once ends the run in order, a second time ends the process. */
export const listenForInterrupt = (onInterrupt: () => void): { signal: AbortSignal } & Disposable => {
  const controller = new AbortController()
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(INTERRUPTED)
    controller.abort()
    onInterrupt()
  }
  process.on('SIGINT', onSignal)
  return { signal: controller.signal, [Symbol.dispose]: () => process.removeListener('SIGINT', onSignal) }
}
