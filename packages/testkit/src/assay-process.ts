import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const repository = join(import.meta.dirname, '../../..')
const launcher = join(repository, 'packages/cli/bin/assay.js')

/** Any text of 16 characters or more opens workspace `local` on a headless start. */
export const adminKey = 'a-key-for-tests-only'

/** An `assay serve` in a process of its own, as a user starts it. */
export type AssayProcess = AsyncDisposable & {
  url: string
  process: ChildProcess
  /** Sends JSON to the control plane with the admin key; an answer other than 2xx throws with its text. */
  call<Reply>(method: string, path: string, body?: unknown): Promise<Reply>
  /** Ends it without warning, as a crash or the kernel would. */
  kill(): Promise<void>
  /** Ends it as an operator would; answers its exit code. */
  stop(): Promise<number | null>
}

/** Starts the service on any free port and waits until it listens; what it wrote is in the error when it does not. */
export const startAssay = async (options: {
  dataDir: string
  environment?: Record<string, string>
}): Promise<AssayProcess> => {
  const child = spawn(process.execPath, ['--', launcher, 'serve', '--json'], {
    cwd: repository,
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      ASSAY_PORT: '0',
      ASSAY_DATA: options.dataDir,
      ASSAY_ADMIN_KEY: adminKey,
      ...options.environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const url = await listening(child)
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
    const exited = once(child, 'exit')
    child.kill(signal)
    await exited
    return child.exitCode
  }
  return {
    url,
    process: child,
    call: (method, path, body) => callControlPlane(url, { method, path, body }),
    kill: async () => void (await end('SIGKILL')),
    stop: () => end('SIGTERM'),
    [Symbol.asyncDispose]: async () => void (await end('SIGTERM')),
  }
}

/** Runs one `assay` command to its end. */
export const runAssay = async (
  commandLine: string[],
  options: { environment?: Record<string, string>; input?: string; cwd?: string } = {},
): Promise<{ exitCode: number | null; stdout: string; stderr: string }> => {
  // As its own first line starts it.
  const child = spawn(process.execPath, ['--', launcher, ...commandLine], {
    cwd: options.cwd ?? repository,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], NO_COLOR: '1', ...options.environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  child.stdin.on('error', () => {}) // a command that refuses its arguments never reads
  child.stdin.end(options.input ?? '')
  const [stdout, stderr] = [textOf(child.stdout), textOf(child.stderr)]
  const [exitCode] = (await once(child, 'close')) as [number | null]
  return { exitCode, stdout: await stdout, stderr: await stderr }
}

const listening = (child: ChildProcess): Promise<string> =>
  new Promise((resolve, reject) => {
    let written = ''
    child.stderr!.on('data', (chunk: Buffer) => (written += chunk.toString()))
    child.once('exit', (code, signal) => reject(new Error(`assay serve ended with ${code ?? signal}: ${written}`)))
    createInterface({ input: child.stdout! }).on('line', (line) => {
      written += `${line}\n`
      if (!line.startsWith('{')) return
      const { event, url } = JSON.parse(line) as { event?: string; url?: string }
      if (event === 'listening' && url) resolve(url)
    })
  })

const callControlPlane = async <Reply>(
  url: string,
  { method, path, body }: { method: string; path: string; body: unknown },
): Promise<Reply> => {
  const response = await fetch(url + path, {
    method,
    headers: {
      authorization: `Bearer ${adminKey}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`)
  return (text ? JSON.parse(text) : null) as Reply
}

const textOf = async (stream: NodeJS.ReadableStream): Promise<string> => {
  let text = ''
  for await (const chunk of stream) text += String(chunk)
  return text
}
