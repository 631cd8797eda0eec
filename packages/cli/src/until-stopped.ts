const INTERRUPTED = 130
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Resolves at the first signal to stop; a second one ends the process at once. Where `stdout` is given, nobody reading it
 * any more is such a signal too.
 */
export const untilStopped = (stdout?: NodeJS.WritableStream): Promise<'stopped'> =>
  new Promise((resolve) => {
    stdout?.once('error', () => resolve('stopped'))
    let isStopping = false
    for (const signal of signals) {
      process.on(signal, () => {
        if (isStopping) process.exit(INTERRUPTED)
        isStopping = true
        resolve('stopped')
      })
    }
  })
