import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'

/** A program that serves tools, with everything it started itself. */
export type Child = {
  process: ChildProcessWithoutNullStreams
  /** What it said on standard error last. */
  lastWords(): string
  /** Closes its input, asks it to end, then ends it and whatever it left running. */
  end(): Promise<void>
}

/** How a program is started. */
export type ChildCommand = { command: string; args: readonly string[]; cwd: string; env: Record<string, string> }

const GRACE_MS = 1_000
const MOST_WORDS = 2_000

/** Starts a program in a process group of its own; one that cannot be started throws why. */
export const startChild = async ({ command, args, cwd, env }: ChildCommand): Promise<Child> => {
  const started = spawn(command, [...args], { cwd, env, stdio: 'pipe', detached: true })
  let words = ''
  started.stderr.setEncoding('utf8').on('data', (text: string) => (words = (words + text).slice(-MOST_WORDS)))
  // Told by the exit; a broken pipe must not end this process.
  for (const stream of [started.stdin, started.stdout, started.stderr]) stream.on('error', () => {})
  await once(started, 'spawn')
  started.on('error', () => {})
  running.add(started)
  return {
    process: started,
    lastWords: () => words.trim(),
    end: async () => {
      started.stdin.end()
      if (!(await isGone(started))) {
        killGroup(started, 'SIGTERM')
        await isGone(started)
      }
      // It may be gone and what it started not.
      killGroup(started, 'SIGKILL')
      running.delete(started)
    },
  }
}

/** Programs that must not outlive this process, however it ends. */
const running = new Set<ChildProcessWithoutNullStreams>()

process.on('exit', () => {
  for (const child of running) killGroup(child, 'SIGKILL')
})

const isGone = async (child: ChildProcessWithoutNullStreams): Promise<boolean> => {
  const isOver = () => child.exitCode !== null || child.signalCode !== null
  if (isOver()) return true
  const waiting = new AbortController()
  try {
    await Promise.race([
      once(child, 'exit', { signal: waiting.signal }),
      sleep(GRACE_MS, null, { signal: waiting.signal }),
    ])
  } finally {
    waiting.abort()
  }
  return isOver()
}

const killGroup = ({ pid }: ChildProcessWithoutNullStreams, signal: 'SIGTERM' | 'SIGKILL'): void => {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch {
    // The group is gone.
  }
}
