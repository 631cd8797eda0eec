const INTERRUPTED = 130
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Resolves at the first signal to stop; a second one ends the process at once. */
export const untilStopped = (): Promise<'stopped'> =>
  new Promise((resolve) => {
    let isStopping = false
    for (const signal of signals) {
      process.on(signal, () => {
        if (isStopping) process.exit(INTERRUPTED)
        isStopping = true
        resolve('stopped')
      })
    }
  })
