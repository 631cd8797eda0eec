import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { temporaryDirectory } from '@assay/testkit'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findOwner, socketPathOf, takeLock } from './lock.ts'
import { readOwnIdentity } from './process-identity.ts'

let directory: Awaited<ReturnType<typeof temporaryDirectory>>
let children: ChildProcess[] = []

beforeEach(async () => void (directory = await temporaryDirectory()))
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL')
  children = []
  await directory[Symbol.asyncDispose]()
})

/** Another process that tries to take the lock, once or several times at once; what it says, and itself. */
const contend = async (tries = 1): Promise<{ child: ChildProcess; said: string[] }> => {
  const script = join(import.meta.dirname, '__fixtures__/hold-lock.ts')
  const flags = ['-C', 'assay-source', script, directory.path, String(tries)]
  const child = spawn(process.execPath, flags, { stdio: ['pipe', 'pipe', 'inherit'] })
  children.push(child)
  const [said] = (await once(child.stdout, 'data')) as [Buffer]
  return { child, said: JSON.parse(said.toString()) as string[] }
}

const kill = async (child: ChildProcess): Promise<void> => {
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}

test('who comes second is told the process and address of the first', async () => {
  const { child } = await contend()
  const second = await takeLock(directory.path, { version: '0' }).catch((error: unknown) => error)
  expect(second).toMatchObject({
    code: 'store.locked',
    details: { path: directory.path, owner: `process ${child.pid} at http://127.0.0.1:${child.pid}` },
  })
  expect(await findOwner(directory.path)).toMatchObject({ pid: child.pid, address: `http://127.0.0.1:${child.pid}` })
})

test('an owner that is stopped still holds', async () => {
  const { child } = await contend()
  child.kill('SIGSTOP')
  await expect(takeLock(directory.path, { version: '0' })).rejects.toMatchObject({ code: 'store.locked' })
  child.kill('SIGCONT')
})

test('of twenty that meet a stale lock at once, exactly one gets it', async () => {
  await kill((await contend()).child)
  expect(await findOwner(directory.path)).toBeNull()
  const contenders = await Promise.all([5, 5, 5, 5].map(contend))
  const said = contenders.flatMap((contender) => contender.said)
  const owner = contenders.find((contender) => contender.said.includes('held'))!
  expect(said.filter((text) => text === 'held')).toHaveLength(1)
  expect(said.filter((text) => text.includes(`process ${owner.child.pid}`))).toHaveLength(19)
})

test('a lock that was released is free at once, also for the same process, and leaves no socket', async () => {
  for (let round = 0; round < 3; round++) {
    const lock = await takeLock(directory.path, { version: '0' })
    await expect(takeLock(directory.path, { version: '0' })).rejects.toMatchObject({ code: 'store.locked' })
    await lock.release()
  }
  expect(await findOwner(directory.path)).toBeNull()
  expect(existsSync(join(directory.path, 'db.lock'))).toBe(false)
  const files = await readdir(join(directory.path, 'lock'))
  expect(files.filter((name) => name.endsWith('.sock'))).toEqual([])
})

test('whoever follows during a release keeps the names that others find the owner by', async () => {
  for (let round = 0; round < 20; round++) {
    const lock = await takeLock(directory.path, { version: '0' })
    const releasing = lock.release()
    const follow = (): ReturnType<typeof takeLock> => takeLock(directory.path, { version: '0' }).catch(follow)
    const next = await follow()
    await releasing
    expect(existsSync(join(directory.path, 'db.lock'))).toBe(true)
    expect(existsSync(socketPathOf(directory.path))).toBe(true)
    await next.release()
  }
})

test('the socket lets in nobody but its user, and hands a connection to a server once there is one', async () => {
  const lock = await takeLock(directory.path, { version: '0' })
  const path = socketPathOf(directory.path)
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  const early = connect(path).on('error', () => {}) // refused with a reset or an end
  await once(early, 'close')
  lock.socket.on('connection', (connection) => connection.end('served'))
  const [answer] = (await once(connect(path), 'data')) as [Buffer]
  expect(answer.toString()).toBe('served')
  await lock.setAddress('http://127.0.0.1:8378')
  expect(await findOwner(directory.path)).toMatchObject({ pid: process.pid, address: 'http://127.0.0.1:8378' })
  expect(JSON.parse(await readFile(join(directory.path, 'db.lock'), 'utf8'))).toMatchObject({
    address: 'http://127.0.0.1:8378',
  })
  await lock.release()
})

test('a path too long for a socket gets one elsewhere, and is locked all the same', async () => {
  const long = join(directory.path, 'a-rather-long-name-of-a-directory'.repeat(4))
  await mkdir(long, { recursive: true })
  const lock = await takeLock(long, { version: '0' })
  expect(Buffer.byteLength(socketPathOf(long))).toBeLessThan(100)
  await expect(takeLock(long, { version: '0' })).rejects.toMatchObject({ code: 'store.locked' })
  expect(await findOwner(long)).toMatchObject({ pid: process.pid })
  await lock.release()
  await rm(join(socketPathOf(long), '..'), { recursive: true, force: true })
})

test('without a socket the process is asked for: alive holds, dead does not, one that cannot be asked for holds', async () => {
  const folder = join(directory.path, 'lock')
  await mkdir(folder)
  const own = readOwnIdentity()
  const record = { ...own, address: '', version: '0', socketPath: join(folder, 'gone.sock') }
  const isHeld = async (changes: object): Promise<boolean> => {
    await writeFile(join(folder, '1'), JSON.stringify({ ...record, ...changes }))
    return (await findOwner(directory.path)) !== null
  }
  expect(await isHeld({})).toBe(true)
  expect(await isHeld({ startTime: '1' })).toBe(own.startTime === null)
  expect(await isHeld({ pid: 2 ** 22 + 1 })).toBe(false)
  expect(await isHeld({ pidNamespace: 'pid:[1]' })).toBe(true)
  expect(await isHeld({ bootId: 'another' })).toBe(own.bootId === null)
  expect(await isHeld({ bootId: 'another', host: 'elsewhere' })).toBe(true)
  expect(await isHeld({ released: true })).toBe(false)
})

test('a record that a power cut left empty holds nothing', async () => {
  await mkdir(join(directory.path, 'lock'))
  await writeFile(join(directory.path, 'lock', '7'), '')
  const lock = await takeLock(directory.path, { version: '0' })
  expect(await readdir(join(directory.path, 'lock'))).toContain('8')
  await lock.release()
})
