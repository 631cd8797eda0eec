const [INTERRUPTED, TERMINATED] = [130, 143]

/** Ctrl-C once ends the run in order, a second time ends the process; so does being told to end. */
export const listenForInterrupt = (onInterrupt: () => void): { signal: AbortSignal } & Disposable => {
  const controller = new AbortController()
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(INTERRUPTED)
    controller.abort()
    onInterrupt()
  }
  // Without a listener the process would be gone before it could end what it started.
  const onTerminate = () => process.exit(TERMINATED)
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onTerminate)
  process.on('SIGHUP', onTerminate)
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      process.removeListener('SIGINT', onSignal)
      process.removeListener('SIGTERM', onTerminate)
      process.removeListener('SIGHUP', onTerminate)
    },
  }
}
