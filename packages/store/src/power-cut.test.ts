import { execFileSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { constants } from 'node:fs'
import { copyFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { silentLog } from '@assay/core'
import { temporaryDirectory } from '@assay/testkit'
import { describe, expect, test } from 'vitest'
import { expectAll, startWriter } from './__fixtures__/writer.ts'
import { openStore } from './open-store.ts'

/**
 * A power cut, as far as a running machine can make one: the data lie on a file system inside an image, which writes
 * by itself only once in ten minutes. The image is copied while the writer runs; what was not synced is not in it.
 */
const cuts = 3

const run = (command: string, ...options: string[]): string =>
  execFileSync(command, options, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim()

const reason = whyNot()

describe.skipIf(reason !== null)(`a power cut${reason === null ? '' : ` (skipped: ${reason})`}`, () => {
  test.each(Array.from({ length: cuts }, (_, index) => index + 1))(
    'cut %i: every acknowledged row and record is there after it',
    async () => {
      await using directory = await temporaryDirectory()
      const image = join(directory.path, 'disk.img')
      run('truncate', '--size=256M', image)
      run('mkfs.ext4', '-q', '-F', image)
      const acknowledged = await mounted(image, join(directory.path, 'before'), async (folder) => {
        const writer = await startWriter(join(folder, 'data'))
        try {
          await delay(randomInt(200, 1_500))
          writer.process.kill('SIGSTOP')
          const count = await settledCount(writer.acknowledged)
          await copyFile(image, `${image}.cut`, constants.COPYFILE_FICLONE)
          return writer.acknowledged.slice(0, count)
        } finally {
          await writer.kill()
        }
      })
      expect(acknowledged.length).toBeGreaterThan(0)
      await mounted(`${image}.cut`, join(directory.path, 'after'), async (folder) => {
        const dataDir = join(folder, 'data')
        await using store = await openStore({ dataDir, log: silentLog })
        await expectAll(store, { dataDir, acknowledged })
      })
    },
    120_000,
  )
})

/** What the stopped process had said is still on its way through the pipe for a moment. */
const settledCount = async (acknowledged: string[]): Promise<number> => {
  await delay(200)
  return acknowledged.length
}

/** Mounts an image for as long as something is done in it. `commit` keeps the journal from writing by itself. */
const mounted = async <Result>(
  image: string,
  folder: string,
  work: (folder: string) => Promise<Result>,
): Promise<Result> => {
  await mkdir(folder)
  const device = run('losetup', '--find', '--show', image)
  try {
    run('mount', '-t', 'ext4', '-o', 'commit=600,noatime', device, folder)
    try {
      return await work(folder)
    } finally {
      run('umount', '--lazy', folder)
    }
  } finally {
    run('losetup', '--detach', device)
  }
}

function whyNot(): string | null {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'needs root on Linux'
  try {
    run('mkfs.ext4', '-V')
    run('losetup', '--find')
    return null
  } catch (error) {
    return `no loop device or no mkfs.ext4: ${(error as Error).message.split('\n')[0]}`
  }
}
