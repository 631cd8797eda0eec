import { createHash, randomUUID } from 'node:crypto'
import { chmodSync, lstatSync, mkdirSync, realpathSync } from 'node:fs'
import { link, readdir, readFile, rename, rm, unlink, writeFile } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AssayError } from '@assay/core'
import { makeFolders } from './make-folders.ts'
import { isAlive, type ProcessIdentity, readOwnIdentity } from './process-identity.ts'

/** Who holds a data directory. */
export type Owner = { pid: number; address: string; socketPath: string }

/** A data directory that is this process's alone until the lock is released. */
export type Lock = {
  /** Answers for as long as this process lives; connections wait here for a server to be given to. */
  socket: Server
  setAddress(address: string): Promise<void>
  release(): Promise<void>
}

type LockRecord = ProcessIdentity & { address: string; version: string; socketPath: string; released?: true }

/** Unix sockets have names of at most 107 bytes on Linux and 103 on macOS. */
const LONGEST_SOCKET_PATH = 100
const ANSWER_TIMEOUT_MS = 2_000

/**
 * Takes a data directory, or says who has it.
 *
 * Each owner is one generation: a file `lock/<n>` that only one process can link, holding who it is, and a socket
 * that answers while it lives. The owner is whoever linked the highest number. A stale generation is never removed by
 * those who find it, only followed by the next, so that of any number of processes that meet it one succeeds. The
 * files `db.lock` and `db.sock` are second names of the current generation's.
 */
export const takeLock = async (
  dataDir: string,
  { address = '', version }: { address?: string; version: string },
): Promise<Lock> => {
  const folder = join(dataDir, 'lock')
  makeFolders(folder)
  for (;;) {
    const last = await readLast(folder)
    if (last?.record && (await isHeld(last.record))) throw lockedBy(dataDir, last.record)
    const lock = await tryGeneration(dataDir, { generation: (last?.generation ?? 0) + 1, address, version })
    if (lock !== null) return lock
  }
}

/** Who holds the data directory now; null when nobody does. */
export const findOwner = async (dataDir: string): Promise<Owner | null> => {
  const record = (await readLast(join(dataDir, 'lock')))?.record ?? null
  if (record === null || !(await isHeld(record))) return null
  const { pid, address, socketPath } = record
  return { pid, address, socketPath }
}

/** Where the owner of a data directory listens; in the directory for temporary files when the name is too long there. */
export const socketPathOf = (dataDir: string): string => join(socketFolder(dataDir), 'db.sock')

/** Null when another process was faster. */
const tryGeneration = async (
  dataDir: string,
  options: { generation: number; address: string; version: string },
): Promise<Lock | null> => {
  const { generation, version } = options
  const folder = join(dataDir, 'lock')
  const socketPath = socketPathOf(dataDir)
  const socket = await listen(freshSocketPath(dataDir))
  const listeningAt = socket.address() as string
  const record: LockRecord = { ...readOwnIdentity(), address: options.address, version, socketPath: listeningAt }
  const write = async (current: LockRecord): Promise<string> => {
    const draft = join(folder, `draft-${randomUUID()}`)
    await writeFile(draft, `${JSON.stringify(current, null, 2)}\n`, { mode: 0o600 })
    return draft
  }
  const file = join(folder, String(generation))
  const draft = await write(record)
  try {
    await link(draft, file) // fails when the generation is taken: the one step that decides
  } catch (error) {
    await close(socket)
    await unlink(draft)
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return null
    throw error
  }
  // A process that slept may link a number whose successors came and cleaned up; then it is not the highest.
  if ((await readGenerations(folder)).some((other) => other > generation)) {
    await close(socket)
    await Promise.all([unlink(draft), rm(file, { force: true })])
    return null
  }
  await rename(draft, join(dataDir, 'db.lock'))
  await nameAgain(listeningAt, socketPath)
  await removeEarlier(dataDir, generation)
  return {
    socket,
    setAddress: async (address) => {
      await rename(await write({ ...record, address }), file)
      await nameAgain(file, join(dataDir, 'db.lock'))
    },
    release: async () => {
      // Before anybody may follow: afterwards the names are the successor's.
      await Promise.all([rm(join(dataDir, 'db.lock'), { force: true }), rm(socketPath, { force: true })])
      await rename(await write({ ...record, released: true }), file)
      await close(socket)
    },
  }
}

/** The newest generation and what it says; one that is not readable was cut by a power failure and holds nothing. */
const readLast = async (folder: string): Promise<{ generation: number; record: LockRecord | null } | null> => {
  const generation = (await readGenerations(folder)).at(-1)
  if (generation === undefined) return null
  const text = await readFile(join(folder, String(generation)), 'utf8').catch(() => '')
  try {
    return { generation, record: JSON.parse(text) as LockRecord }
  } catch {
    return { generation, record: null }
  }
}

const readGenerations = async (folder: string): Promise<number[]> => {
  const names = await readdir(folder).catch(() => [])
  return names
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .toSorted((a, b) => a - b)
}

/** A socket that answers has an owner, even a stopped one; one that refuses has none. Without a socket the process is asked for. */
const isHeld = async (record: LockRecord): Promise<boolean> => {
  if (record.released) return false
  const answer = await knock(record.socketPath)
  if (answer !== 'missing') return answer === 'answers'
  return isAlive(record) !== false
}

const knock = (path: string): Promise<'answers' | 'refuses' | 'missing'> =>
  new Promise((resolve) => {
    const connection = connect(path)
    const settle = (answer: 'answers' | 'refuses' | 'missing'): void => {
      clearTimeout(timer)
      connection.destroy()
      resolve(answer)
    }
    // A stopped owner's queue of connections may be full: no answer is not a refusal.
    const timer = setTimeout(() => settle('answers'), ANSWER_TIMEOUT_MS)
    connection.once('connect', () => settle('answers'))
    connection.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') settle('missing')
      else settle(error.code === 'ECONNREFUSED' ? 'refuses' : 'answers')
    })
  })

const lockedBy = (path: string, { pid, address, host }: LockRecord): AssayError<'store.locked'> => {
  const place = host === readOwnIdentity().host ? '' : ` on ${host}`
  return new AssayError('store.locked', {
    path,
    owner: `process ${pid}${place}${address === '' ? '' : ` at ${address}`}`,
  })
}

const listen = async (path: string): Promise<Server> => {
  const server = createServer((connection) => {
    connection.on('error', () => {}) // who only asks whether anybody lives here hangs up at once
    if (server.listenerCount('connection') === 1) connection.destroy() // nobody serves here yet
  })
  const listening = Promise.withResolvers<void>()
  server.once('error', listening.reject)
  server.listen(path, listening.resolve)
  await listening.promise
  chmodSync(path, 0o600)
  server.unref()
  return server
}

const close = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve())
  })

/** Gives a file a second name, in place of what had it. */
const nameAgain = async (file: string, name: string): Promise<void> => {
  const draft = `${name}.${randomUUID().slice(0, 8)}`
  await link(file, draft)
  await rename(draft, name)
}

const removeEarlier = async (dataDir: string, generation: number): Promise<void> => {
  const folder = join(dataDir, 'lock')
  for (const earlier of await readGenerations(folder)) {
    if (earlier >= generation) continue
    const record = await readFile(join(folder, String(earlier)), 'utf8')
      .then((text) => JSON.parse(text) as LockRecord)
      .catch(() => null)
    if (record !== null) await rm(record.socketPath, { force: true })
    await rm(join(folder, String(earlier)), { force: true })
  }
}

const freshSocketPath = (dataDir: string): string => {
  const folder = socketFolder(dataDir)
  return join(folder === dataDir ? join(dataDir, 'lock') : folder, `${randomUUID().slice(0, 8)}.sock`)
}

/** In the data directory, unless the path is too long for a socket; then in a directory of this user's own. */
const socketFolder = (dataDir: string): string => {
  const inside = join(dataDir, 'lock', '12345678.sock')
  if (Buffer.byteLength(inside) <= LONGEST_SOCKET_PATH) return dataDir
  const name = createHash('sha256').update(realpathSync(dataDir)).digest('hex').slice(0, 16)
  const folder = join(tmpdir(), `assay-${process.getuid?.() ?? 'user'}-${name}`)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const { uid, mode } = lstatSync(folder)
  const isOurs = process.getuid === undefined || (uid === process.getuid() && (mode & 0o077) === 0)
  if (isOurs) return folder
  throw new AssayError('store.locked', { path: folder, owner: `user ${uid}` })
}
