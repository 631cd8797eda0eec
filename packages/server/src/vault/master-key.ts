import { createHash } from 'node:crypto'
import { open, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { AssayError, type Config } from '@assay/core'

const KEY_BYTES = 32

/** The key all data keys are wrapped with. `id` names it without telling anything about it. */
export type MasterKey = { id: string; key: Buffer; source: string }

/**
 * The master key of this start: the file that is named, else the variable, else `master.key` beside the data, which
 * is made on the very first start. One is never made while something sealed exists, since it could not open it.
 */
export const readMasterKey = async (options: {
  config: Config
  hasSealed: boolean
  randomBytes: (size: number) => Uint8Array
}): Promise<MasterKey> => {
  const { config, hasSealed, randomBytes } = options
  const named = config.ASSAY_MASTER_KEY_FILE
  if (named !== undefined) return masterKeyOf(await readSafely(named), named, 'ASSAY_MASTER_KEY_FILE')
  if (config.ASSAY_MASTER_KEY) {
    return masterKeyOf(config.ASSAY_MASTER_KEY.open(), 'ASSAY_MASTER_KEY', 'ASSAY_MASTER_KEY')
  }
  const path = join(config.ASSAY_DATA, 'master.key')
  const found = await readSafely(path).catch(noFile)
  if (found !== null) return masterKeyOf(found, path, 'ASSAY_MASTER_KEY_FILE')
  if (hasSealed) throw new AssayError('vault.master_key_missing', { path })
  const text = Buffer.from(randomBytes(KEY_BYTES)).toString('base64')
  await writeDurably(path, `${text}\n`)
  return masterKeyOf(text, path, 'ASSAY_MASTER_KEY_FILE')
}

const masterKeyOf = (text: string, source: string, variable: string): MasterKey => {
  const trimmed = text.trim()
  const key = Buffer.from(trimmed, /^[0-9a-f]{64}$/i.test(trimmed) ? 'hex' : 'base64')
  if (key.length !== KEY_BYTES) {
    throw new AssayError('config.invalid', {
      issues: [{ path: variable, message: `must be ${KEY_BYTES} bytes in base64 or hex` }],
    })
  }
  const id = createHash('sha256').update('assay master key id').update(key).digest('hex').slice(0, 16)
  return { id, key, source }
}

/** Reads a file that nobody but its owner may read; Windows has no such modes. */
const readSafely = async (path: string): Promise<string> => {
  const mode = (await stat(path)).mode & 0o777
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw new AssayError('vault.master_key_unsafe', { path, mode: mode.toString(8).padStart(4, '0') })
  }
  return readFile(path, 'utf8')
}

const noFile = (error: NodeJS.ErrnoException): null => {
  if (error.code === 'ENOENT') return null
  throw error
}

/** On the disk before anything is sealed with it. */
const writeDurably = async (path: string, text: string): Promise<void> => {
  await using file = await open(path, 'wx', 0o600)
  await file.writeFile(text)
  await file.sync()
  await using folder = await open(join(path, '..'), 'r')
  await folder.sync()
}
