import { execFileSync } from 'node:child_process'
import { rm, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { silentLog } from '@assay/core'
import { requestOf, temporaryDirectory } from '@assay/testkit'
import { expect, test } from 'vitest'
import { openSpool, type Spool } from './spool.ts'

const MEBIBYTE = 1_048_576

/** Only root may mount a disk small enough to fill, and not in every container. */
test.skipIf(!canMount())(
  'on a full disk records go to the room kept for that, then are refused, and freed space heals it (skipped where no small disk can be mounted)',
  async () => {
    await using directory = await temporaryDirectory()
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', directory.path])
    try {
      const dir = join(directory.path, 'spool')
      const spool = await openSpool({ dir, maxBytes: 1e9, log: silentLog, reserveBytes: MEBIBYTE })
      const acknowledged: string[] = []
      const write = (): Promise<boolean> => tryAppend(spool, acknowledged)
      expect(await write()).toBe(true)
      await spool.next().then((segment) => segment!.drop())
      acknowledged.length = 0

      const ballast = join(directory.path, 'ballast')
      await fill(directory.path, ballast)
      let taken = 0
      while (await write()) taken++
      expect(taken).toBeGreaterThan(500) // a mebibyte of records of less than 2 KB
      await expect(spool.append({ kind: 'close', request: requestOf() })).rejects.toMatchObject({
        code: 'store.disk_full',
      })

      await rm(ballast)
      expect(await write()).toBe(true)
      await spool.close()
      const again = await openSpool({ dir, maxBytes: 1e9, log: silentLog, reserveBytes: MEBIBYTE })
      expect(await readIds(again)).toEqual(acknowledged)
      expect(again.badCount()).toBe(0)
      await again.close()
    } finally {
      execFileSync('umount', ['-l', directory.path])
    }
  },
)

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
