import { randomBytes } from 'node:crypto'
import { chmod, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readConfig } from '@assay/core'
import { temporaryDirectory } from '@assay/testkit'
import { expect, test } from 'vitest'
import { openKeyring } from './keyring.ts'
import { addMasterKey, dropMasterKey } from './master-key.ts'
import type { Place } from './seal.ts'

const open = (environment: Record<string, string>, hasSealed = false) =>
  openKeyring({ config: readConfig(environment), hasSealed, randomBytes })

const place: Place = {
  workspaceId: 'w',
  table: 'data_keys',
  rowId: '1',
  column: 'wrapped',
  provider: '',
  origin: '',
  keyId: '',
}
const plain = randomBytes(32)

test('the first start makes a key that only its owner can read, and the next one finds it', async () => {
  await using directory = await temporaryDirectory()
  const first = await open({ ASSAY_DATA: directory.path })
  const path = join(directory.path, 'master.key')
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  const second = await open({ ASSAY_DATA: directory.path }, true)
  expect(await second.unwrap(await first.wrap(plain, place), place)).toEqual(plain)
})

test('where something is sealed already, no key is made', async () => {
  await using directory = await temporaryDirectory()
  await expect(open({ ASSAY_DATA: directory.path }, true)).rejects.toMatchObject({ code: 'vault.master_key_missing' })
  await expect(stat(join(directory.path, 'master.key'))).rejects.toThrow('ENOENT')
})

test('a key that others can read is refused with the way out', async () => {
  await using directory = await temporaryDirectory()
  const path = join(directory.path, 'my.key')
  await writeFile(path, randomBytes(32).toString('hex'))
  await chmod(path, 0o640)
  const environment = { ASSAY_DATA: directory.path, ASSAY_MASTER_KEY_FILE: path }
  await expect(open(environment)).rejects.toMatchObject({
    code: 'vault.master_key_unsafe',
    hint: expect.stringContaining('chmod 600') as string,
  })
  await chmod(path, 0o400)
  expect((await open(environment)).current().source).toBe(path)
})

test('a key of the wrong length is refused without being shown', async () => {
  await expect(open({ ASSAY_MASTER_KEY: 'canary-not-32-bytes' })).rejects.toThrow(
    /ASSAY_MASTER_KEY: must be 32 bytes(?!.*canary)/,
  )
})

test('base64 and hex of one key are one key', async () => {
  const bytes = randomBytes(32)
  const [hex, base64] = await Promise.all([
    open({ ASSAY_MASTER_KEY: bytes.toString('hex') }),
    open({ ASSAY_MASTER_KEY: bytes.toString('base64') }),
  ])
  expect(hex.current().id).toBe(base64.current().id)
})

test('the first key wraps, and all open what they wrapped: command, file, variable, file beside the data', async () => {
  await using directory = await temporaryDirectory()
  const [older, newer] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')]
  const before = await open({ ASSAY_MASTER_KEY: older })
  const wrapped = await before.wrap(plain, place)
  const ring = await open({ ASSAY_DATA: directory.path, ASSAY_MASTER_KEY: `${newer},${older}` }, true)
  expect(await ring.unwrap(wrapped, place)).toEqual(plain)
  expect(ring.current().id).not.toBe(before.current().id)
  const file = join(directory.path, 'named.key')
  await writeFile(file, `# of 2026\n${older}\n`, { mode: 0o600 })
  const both = await open({ ASSAY_MASTER_KEY_FILE: file, ASSAY_MASTER_KEY: newer })
  expect(both.current()).toMatchObject({ id: before.current().id, source: file })
  expect(both.sources().map(({ source }) => source)).toEqual([file, 'ASSAY_MASTER_KEY'])
})

test('a file gets a new key before its others and loses an old one, and stays readable by its owner alone', async () => {
  await using directory = await temporaryDirectory()
  const path = join(directory.path, 'master.key')
  const ring = await open({ ASSAY_DATA: directory.path })
  const first = ring.current().id
  const wrapped = await ring.wrap(plain, place)
  await addMasterKey(path, randomBytes)
  await ring.reload()
  expect(ring.current().id).not.toBe(first)
  expect(await ring.unwrap(wrapped, place)).toEqual(plain)
  await dropMasterKey(path, first, randomBytes)
  await ring.reload()
  expect(await ring.unwrap(wrapped, place)).toBeNull()
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  expect((await readFile(path, 'utf8')).trim().split('\n')).toHaveLength(1)
})
