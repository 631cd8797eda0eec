import { createHash } from 'node:crypto'
import { chmod, open, readFile, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { AssayError, type Config } from '@assay/core'
import { seal, unseal, type Place } from './seal.ts'

const KEY_BYTES = 32

type RandomBytes = (size: number) => Uint8Array

/** What a key wrapped, and the id of the key that unwraps it. */
export type Wrapped = { kekId: string; wrapped: Uint8Array }

/** A key that data keys are wrapped with. `id` names it without telling anything about it. */
export type MasterKey = {
  id: string
  source: string
  /** True for what `wrap` of this key made. */
  made(kekId: string): boolean
  wrap(plain: Uint8Array, place: Place): Promise<Wrapped>
  /** Null when the key, the place or one bit differs. */
  unwrap(wrapped: Wrapped, place: Place): Promise<Buffer | null>
}

/** Where master keys of this start come from, the current one first; a file may be written, a variable not. */
export type KeySource = { source: string; path: string | null; keys: MasterKey[] }

/** The master keys at hand: the file that is named, then the variable, then `master.key` beside the data. */
export const readMasterKeys = async (config: Config, randomBytes: RandomBytes): Promise<KeySource[]> => {
  const { ASSAY_MASTER_KEY_FILE: named, ASSAY_MASTER_KEY: variable } = config
  const beside = join(config.ASSAY_DATA, 'master.key')
  const read = async (path: string): Promise<KeySource> => ({
    source: path,
    path,
    keys: keysOf(await readSafely(path), { source: path, variable: 'ASSAY_MASTER_KEY_FILE', randomBytes }),
  })
  return [
    ...(named === undefined ? [] : [await read(named)]),
    ...(variable === undefined
      ? []
      : [
          {
            source: 'ASSAY_MASTER_KEY',
            path: null,
            keys: keysOf(variable.open(), { source: 'ASSAY_MASTER_KEY', variable: 'ASSAY_MASTER_KEY', randomBytes }),
          },
        ]),
    ...(named === beside ? [] : await read(beside).then((source) => [source], noFile)),
  ]
}

/** Makes the first key of an installation beside its data. */
export const makeMasterKey = async (config: Config, randomBytes: RandomBytes): Promise<KeySource> => {
  const path = join(config.ASSAY_DATA, 'master.key')
  const text = newKeyText(randomBytes)
  await writeDurably(path, `${text}\n`, 'wx')
  return { source: path, path, keys: [localKey(text, { source: path, variable: '', randomBytes })] }
}

/** Puts a new key before those of a file, which stay for what they opened so far. */
export const addMasterKey = async (path: string, randomBytes: RandomBytes): Promise<void> => {
  const former = await readSafely(path)
  await replaceFile(path, `${newKeyText(randomBytes)}\n${former.trimEnd()}\n`)
}

/** Takes one key out of a file. */
export const dropMasterKey = async (path: string, keyId: string, randomBytes: RandomBytes): Promise<void> => {
  const parsed = { source: path, variable: 'ASSAY_MASTER_KEY_FILE', randomBytes }
  const kept = wordsOf(await readSafely(path)).filter((text) => localKey(text, parsed).id !== keyId)
  await replaceFile(path, `${kept.join('\n')}\n`)
}

type Parsed = { source: string; variable: string; randomBytes: RandomBytes }

const keysOf = (text: string, parsed: Parsed): MasterKey[] => {
  const words = wordsOf(text)
  return (words.length === 0 ? [''] : words).map((word) => localKey(word, parsed))
}

/** Keys stand in lines or between commas; a line that begins with # is a remark. */
const wordsOf = (text: string): string[] =>
  text
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('#'))
    .flatMap((line) => line.split(','))
    .map((word) => word.trim())
    .filter(Boolean)

const localKey = (text: string, { source, variable, randomBytes }: Parsed): MasterKey => {
  const key = Buffer.from(text, /^[0-9a-f]{64}$/i.test(text) ? 'hex' : 'base64')
  if (key.length !== KEY_BYTES) {
    throw new AssayError('config.invalid', {
      issues: [{ path: variable, message: `must be ${KEY_BYTES} bytes in base64 or hex` }],
    })
  }
  const id = createHash('sha256').update('assay master key id').update(key).digest('hex').slice(0, 16)
  return {
    id,
    source,
    made: (kekId) => kekId === id,
    wrap: async (plain, place) => ({
      kekId: id,
      wrapped: seal(plain, { key, place: { ...place, keyId: id }, randomBytes }),
    }),
    unwrap: async ({ kekId, wrapped }, place) => unseal(wrapped, { key, place: { ...place, keyId: kekId } }),
  }
}

const newKeyText = (randomBytes: RandomBytes): string => Buffer.from(randomBytes(KEY_BYTES)).toString('base64')

/** Reads a file that nobody but its owner may read; Windows has no such modes. */
const readSafely = async (path: string): Promise<string> => {
  const mode = (await stat(path)).mode & 0o777
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw new AssayError('vault.master_key_unsafe', { path, mode: mode.toString(8).padStart(4, '0') })
  }
  return readFile(path, 'utf8')
}

const noFile = (error: NodeJS.ErrnoException): [] => {
  if (error.code === 'ENOENT') return []
  throw error
}

/** Whole or not at all, whenever the power goes. */
const replaceFile = async (path: string, text: string): Promise<void> => {
  const { mode } = await stat(path)
  const beside = `${path}.new`
  await writeDurably(beside, text, 'w')
  await chmod(beside, mode & 0o777)
  await rename(beside, path)
  await syncFolder(path)
}

/** On the disk before anything is sealed with it. */
const writeDurably = async (path: string, text: string, flags: 'w' | 'wx'): Promise<void> => {
  await using file = await open(path, flags, 0o600)
  await file.writeFile(text)
  await file.sync()
  await syncFolder(path)
}

const syncFolder = async (path: string): Promise<void> => {
  await using folder = await open(join(path, '..'), 'r')
  await folder.sync()
}
