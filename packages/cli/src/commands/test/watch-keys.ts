import type { Terminal } from '../../terminal/terminal.ts'

const CTRL_C = '\u0003'
const CTRL_D = '\u0004'

/** Single keys at a terminal; where there is none, nothing is read. Disposing of it gives the terminal back. */
export const listenForKeys = (
  { stdin }: Pick<Terminal, 'stdin'>,
  on: { quit: () => void; rerun: () => void; failed: () => void },
): Disposable => {
  if (!stdin.isTTY || !stdin.setRawMode) return { [Symbol.dispose]: () => {} }
  const actions: Record<string, () => void> = {
    q: on.quit,
    [CTRL_D]: on.quit,
    r: on.rerun,
    f: on.failed,
    // In raw mode the terminal sends the key and no signal.
    [CTRL_C]: () => void process.emit('SIGINT'),
  }
  const onData = (chunk: Buffer | string) => {
    for (const key of String(chunk)) actions[key.toLowerCase()]?.()
  }
  stdin.setRawMode(true)
  stdin.on('data', onData)
  stdin.resume()
  return {
    [Symbol.dispose]: () => {
      stdin.removeListener('data', onData)
      stdin.setRawMode?.(false)
      stdin.pause()
    },
  }
}
