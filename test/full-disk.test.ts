import { execFileSync } from 'node:child_process'
import { rm, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page, RequestRecord } from '@assay/core'
import { adminKey, type AssayProcess, startAssay, temporaryDirectory, until } from '@assay/testkit'
import { expect, test } from 'vitest'

const canMount = process.getuid?.() === 0 && process.platform === 'linux' && canMountMemory()

/** Only root may mount a disk small enough to fill, and not in every container. */
test.skipIf(!canMount)(
  'on a full disk answers go on, drops are counted, and freed space heals it (skipped where no small disk can be mounted)',
  async () => {
    await using directory = await temporaryDirectory()
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=192m', 'tmpfs', directory.path])
    try {
      await using assay = await startAssay({ dataDir: join(directory.path, 'data') })
      expect(await ask(assay)).toMatchObject({ status: 200 })

      const ballast = join(directory.path, 'ballast')
      await fill(directory.path, ballast)
      const answers = await Promise.all(Array.from({ length: 20 }, () => ask(assay)))
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))

      await rm(ballast)
      await until('readiness after space was freed', async () =>
        (await fetch(`${assay.url}/readyz`)).status === 200 ? true : undefined,
      )
      const { id } = await ask(assay)
      await until('a new request in the log', async () => {
        const { items } = await assay.call<Page<RequestRecord>>('GET', '/api/v1/requests')
        return items.find((row) => row.id === id)
      })
    } finally {
      execFileSync('umount', ['-l', directory.path])
    }
  },
  120_000,
)

const ask = async (assay: AssayProcess): Promise<{ status: number; id: string | null }> => {
  const response = await fetch(`${assay.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'sim/echo', messages: [{ role: 'user', content: 'still there?' }] }),
  })
  await response.arrayBuffer()
  return { status: response.status, id: response.headers.get('x-assay-request-id') }
}

/** Writes until nothing is left. */
const fill = async (disk: string, path: string): Promise<void> => {
  const { bavail, bsize } = await statfs(disk)
  await writeFile(path, Buffer.alloc(bavail * bsize)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOSPC') throw error
  })
}

function canMountMemory(): boolean {
  try {
    execFileSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
