import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { silentLog } from '@assay/core'
import { temporaryDirectory } from '@assay/testkit'
import { expect, test } from 'vitest'
import { hasDatabase } from './data-directory.ts'
import { openDatabase } from './open-database.ts'

test('a start removes no files from a directory that has lost its PG_VERSION, and names it', async () => {
  await using directory = await temporaryDirectory()
  const db = join(directory.path, 'db')
  await mkdir(join(db, 'base'), { recursive: true })
  await writeFile(join(db, 'base/1'), 'rows')
  await expect(openDatabase({ dataDir: directory.path, log: silentLog })).rejects.toMatchObject({
    code: 'store.unreachable',
    message: expect.stringContaining(db),
  })
  expect(await readFile(join(db, 'base/1'), 'utf8')).toBe('rows')
})

test('an empty directory is no obstacle', async () => {
  await using directory = await temporaryDirectory()
  await mkdir(join(directory.path, 'db'))
  const database = await openDatabase({ dataDir: directory.path, log: silentLog })
  expect(hasDatabase(join(directory.path, 'db'))).toBe(true)
  await database.close()
})
