import { execFileSync, spawnSync } from 'node:child_process'
import { readdir, rm, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { silentLog } from '@assay/core'
import { requestOf, temporaryDirectory, until } from '@assay/testkit'
import { expect, test } from 'vitest'
import { openSpool, type Spool } from './spool.ts'

const MEBIBYTE = 1_048_576

/** Only root may mount a disk small enough to fill, and not in every container. */
const why = '(skipped where no small disk can be mounted)'

test.skipIf(!canMount())(
  `on a full disk records go to the room kept for that, then are refused, and freed space heals it ${why}`,
  async () => {
    await using disk = await smallDisk()
    const spool = await openOn(disk.path)
    const acknowledged: string[] = []
    const write = (): Promise<boolean> => tryAppend(spool, acknowledged)
    expect(await write()).toBe(true)
    await spool.next().then((segment) => segment!.drop())
    acknowledged.length = 0

    const ballast = join(disk.path, 'ballast')
    await fill(disk.path, ballast)
    let taken = 0
    while (await write()) taken++
    expect(taken).toBeGreaterThan(500) // a mebibyte of records of less than 2 KB
    await expect(spool.append({ kind: 'close', request: requestOf() })).rejects.toMatchObject({
      code: 'store.disk_full',
    })

    await rm(ballast)
    expect(await write()).toBe(true)
    await spool.close()
    const again = await openOn(disk.path)
    expect(await readIds(again)).toEqual(acknowledged)
    expect(again.badCount()).toBe(0)
    await again.close()
  },
)

test.skipIf(!canMount())(
  `a disk that only the spool can free is freed as the database takes it, and requests still open are not lost ${why}`,
  async () => {
    await using disk = await smallDisk()
    const spool = await openOn(disk.path)
    const [refused, long] = [requestOf({ status: 'open' }), requestOf({ status: 'open' })]
    for (const request of [refused, long]) await spool.append({ kind: 'open', request })
    const acknowledged = await fillUp(spool, disk.path)
    await expect(spool.append({ kind: 'close', request: refused })).rejects.toMatchObject({ code: 'store.disk_full' })

    expect(await readIds(spool)).toEqual(acknowledged)
    expect(spool.sizeBytes()).toBeLessThan(10_000)
    expect(await tryAppend(spool, [])).toBe(true)
    const again = await openOn(disk.path) // the first one is not closed, as after a kill
    // The first one still lives and takes room for its reserve, so that the second may have to ask again.
    const found: string[] = []
    await until('the request that was open', async () => {
      found.push(...(await readIds(again)))
      return found.includes(long.id) ? true : undefined
    })
    await Promise.all([spool.close(), again.close()])
  },
)

test.skipIf(!canMount())(
  `the service starts on a full disk, and what was open then is incomplete once there is room ${why}`,
  async () => {
    await using disk = await smallDisk()
    const first = await openOn(disk.path)
    const left = requestOf({ status: 'open' })
    await first.append({ kind: 'open', request: left })
    const acknowledged = await fillUp(first, disk.path)

    const second = await openOn(disk.path)
    expect(await readIds(second)).toEqual([...acknowledged, left.id])
    await Promise.all([first.close(), second.close()])
  },
)

test.skipIf(!canMount())(`records that a full disk refuses leave no files behind ${why}`, async () => {
  await using disk = await smallDisk()
  const spool = await openOn(disk.path)
  await fillUp(spool, disk.path)
  const before = await readdir(join(disk.path, 'spool'))
  for (let index = 0; index < 50; index++) expect(await tryAppend(spool, [])).toBe(false)
  expect(await readdir(join(disk.path, 'spool'))).toEqual(before)
  await spool.close()
})

test.skipIf(!canMount())(`the room kept by an earlier process serves the next one on a full disk ${why}`, async () => {
  await using disk = await smallDisk()
  await openOn(disk.path).then((spool) => spool.close())
  await fill(disk.path, join(disk.path, 'ballast'))
  const spool = await openOn(disk.path)
  expect(await tryAppend(spool, [])).toBe(true)
  await spool.close()
})

test.skipIf(!canMount() || !hasStrace())(
  `nothing is acknowledged before the new names of directory and segment are on the disk ${why}`,
  async () => {
    await using disk = await smallDisk()
    const script = join(import.meta.dirname, '__fixtures__/append-on-full-disk.ts')
    const trace = ['-f', '-y', '-e', 'trace=mkdir,rename,fsync,fdatasync,write']
    const node = [process.execPath, '-C', 'assay-source', script, disk.path]
    const { stderr } = spawnSync('strace', [...trace, ...node], { encoding: 'utf8', maxBuffer: 1e9 })
    const calls = stderr.split('\n')
    const named = calls.findIndex((call) => call.includes(`rename("${disk.path}/a/spool/reserve",`))
    const told = calls.findIndex((call) => call.includes('"acknowledged'))
    expect(named).toBeGreaterThan(0)
    expect(told).toBeGreaterThan(named)
    const isSync = (path: string) => (call: string) => call.includes('fsync(') && call.includes(`<${path}>`)
    expect(calls.slice(named, told).some(isSync(`${disk.path}/a/spool`))).toBe(true)
    expect(calls.slice(0, named).some(isSync(`${disk.path}/a`))).toBe(true)
    expect(calls.slice(0, named).some(isSync(disk.path))).toBe(true)
  },
  60_000,
)

const smallDisk = async () => {
  const directory = await temporaryDirectory()
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', directory.path])
  return {
    path: directory.path,
    [Symbol.asyncDispose]: async () => {
      execFileSync('umount', ['-l', directory.path])
      await directory[Symbol.asyncDispose]()
    },
  }
}

/** A spool whose reserve is made. */
const openOn = async (disk: string): Promise<Spool> => {
  const dir = join(disk, 'spool')
  const spool = await openSpool({
    dir,
    maxBytes: 1e9,
    log: silentLog,
    reserveBytes: MEBIBYTE,
    segmentBytes: MEBIBYTE / 2,
  })
  const { bavail, bsize } = await statfs(disk)
  if (bavail * bsize > 2 * MEBIBYTE) {
    await until('the reserve', async () => ((await readdir(dir)).includes('reserve') ? true : undefined), {
      everyMs: 5,
    })
  }
  return spool
}

/** Fills the disk and the room kept for that; answers the ids of what was acknowledged. */
const fillUp = async (spool: Spool, disk: string): Promise<string[]> => {
  const acknowledged: string[] = []
  await tryAppend(spool, acknowledged)
  await fill(disk, join(disk, 'ballast'))
  while (await tryAppend(spool, acknowledged)) continue
  return acknowledged
}

const tryAppend = async (spool: Spool, acknowledged: string[]): Promise<boolean> => {
  const request = requestOf()
  try {
    await spool.append({ kind: 'close', request })
  } catch {
    return false
  }
  acknowledged.push(request.id)
  return true
}

const readIds = async (spool: Spool): Promise<string[]> => {
  const ids: string[] = []
  for (let segment = await spool.next(); segment !== null; segment = await spool.next()) {
    for (const record of await segment.read()) if (record.kind === 'close') ids.push(record.request.id)
    await segment.drop()
  }
  return ids
}

/** Writes until nothing is left. */
const fill = async (disk: string, path: string): Promise<void> => {
  const { bavail, bsize } = await statfs(disk)
  await writeFile(path, Buffer.alloc(bavail * bsize)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOSPC') throw error
  })
}

function canMount(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false
  try {
    execFileSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

function hasStrace(): boolean {
  return spawnSync('strace', ['-V']).status === 0
}
