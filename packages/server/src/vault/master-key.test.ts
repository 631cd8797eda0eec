import { randomBytes } from 'node:crypto'
import { chmod, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readConfig } from '@assay/core'
import { temporaryDirectory } from '@assay/testkit'
import { expect, test } from 'vitest'
import { readMasterKey } from './master-key.ts'

const read = (environment: Record<string, string>, hasSealed = false) =>
  readMasterKey({ config: readConfig(environment), hasSealed, randomBytes })

test('the first start makes a key that only its owner can read, and the next one finds it', async () => {
  await using directory = await temporaryDirectory()
  const first = await read({ ASSAY_DATA: directory.path })
  const path = join(directory.path, 'master.key')
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  expect(await read({ ASSAY_DATA: directory.path }, true)).toEqual(first)
})

test('where something is sealed already, no key is made', async () => {
  await using directory = await temporaryDirectory()
  await expect(read({ ASSAY_DATA: directory.path }, true)).rejects.toMatchObject({ code: 'vault.master_key_missing' })
  await expect(stat(join(directory.path, 'master.key'))).rejects.toThrow('ENOENT')
})

test('a key that others can read is refused with the way out', async () => {
  await using directory = await temporaryDirectory()
  const path = join(directory.path, 'my.key')
  await writeFile(path, randomBytes(32).toString('hex'))
  await chmod(path, 0o640)
  const environment = { ASSAY_DATA: directory.path, ASSAY_MASTER_KEY_FILE: path }
  await expect(read(environment)).rejects.toMatchObject({
    code: 'vault.master_key_unsafe',
    hint: expect.stringContaining('chmod 600') as string,
  })
  await chmod(path, 0o400)
  expect((await read(environment)).key).toEqual(Buffer.from(await readFile(path, 'utf8'), 'hex'))
})

test('a key of the wrong length is refused without being shown', async () => {
  await expect(read({ ASSAY_MASTER_KEY: 'canary-not-32-bytes' })).rejects.toThrow(
    /ASSAY_MASTER_KEY: must be 32 bytes(?!.*canary)/,
  )
})

test('base64 and hex of one key are one key', async () => {
  const bytes = randomBytes(32)
  const [hex, base64] = await Promise.all([
    read({ ASSAY_MASTER_KEY: bytes.toString('hex') }),
    read({ ASSAY_MASTER_KEY: bytes.toString('base64') }),
  ])
  expect(hex).toEqual(base64)
})
