import { constants } from 'node:fs'
import { access, stat, statfs } from 'node:fs/promises'
import { createServer } from 'node:net'
import { dirname, join, resolve } from 'node:path'
import { AssayError, type Config, isAssayError, readConfig, silentLog } from '@assay/core'
import { createEgress } from '@assay/providers'
import { findOwner, type Owner } from '@assay/store'
import { connect } from './connect.ts'
import { askOwner, examineStore } from './readiness.ts'
import type { Terminal } from './terminal/terminal.ts'

/** What one check found, and the way out where there is something to do. */
export type Finding = { name: string; status: 'ok' | 'warn' | 'fail'; detail: string; hint?: string }

type Patient = { config: Config; owner: Owner | null; terminal: Terminal }
type Check = (patient: Patient) => Promise<Finding | Finding[]>

/** Checks everything a start needs, in the order in which a start would meet it. */
export async function* examine(terminal: Terminal): AsyncGenerator<Finding> {
  yield checkNode()
  let config: Config
  try {
    config = readConfig(terminal.environment)
  } catch (error) {
    yield failed('configuration', error)
    return
  }
  yield ok('configuration', 'every variable that is set makes sense')
  const owner = await findOwner(config.ASSAY_DATA).catch(() => null)
  for (const check of checks) yield* [await check({ config, owner, terminal })].flat()
}

const NEEDED_NODE_MAJOR = 24
const NEEDED_FREE_BYTES = 100 * 1024 ** 2
const WANTED_FREE_BYTES = 1024 ** 3

const ok = (name: string, detail: string): Finding => ({ name, status: 'ok', detail })

const failed = (name: string, error: unknown): Finding => ({
  name,
  status: 'fail',
  detail: error instanceof Error ? error.message : String(error),
  ...(isAssayError(error) || hasHint(error) ? { hint: error.hint } : {}),
})

const hasHint = (error: unknown): error is { hint: string } =>
  error instanceof Error && typeof (error as { hint?: unknown }).hint === 'string'

const checkNode = (): Finding => {
  const { node } = process.versions
  if (Number(node.split('.')[0]) >= NEEDED_NODE_MAJOR) return ok('node', `${node} at ${process.execPath}`)
  return { name: 'node', status: 'fail', detail: `${node} is too old`, hint: `Install Node ${NEEDED_NODE_MAJOR}.` }
}

const checkServer: Check = async ({ config: { ASSAY_URL: url }, owner, terminal }) => {
  if (!url && !owner) return ok('server', 'none runs; commands open the data themselves')
  try {
    await using connection = await connect(terminal)
    const { workspace, scopes } = await connection.client.getMe()
    const rights = scopes.length > 0 ? `with ${scopes.join(', ')}` : 'as its owner'
    return ok(
      'server',
      `${url ?? `${owner!.address} (pid ${owner!.pid})`} answers, workspace ${workspace.slug} ${rights}`,
    )
  } catch (error) {
    return failed('server', error)
  }
}

const checkPort: Check = async ({ config: { ASSAY_HOST: host, ASSAY_PORT: port }, owner }) => {
  if (port === 0) return ok('port', 'any free one will be taken')
  if (owner?.address && new URL(owner.address).port === String(port))
    return ok('port', `${port} is held by the running server`)
  const refusal = await new Promise<NodeJS.ErrnoException | null>((answer) => {
    const probe = createServer()
    probe.once('error', answer)
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => answer(null)))
  })
  if (!refusal) return ok('port', `${port} on ${host} is free`)
  if (refusal.code === 'EADDRINUSE') return failed('port', new AssayError('server.address_in_use', { host, port }))
  return {
    name: 'port',
    status: 'fail',
    detail: `${host}:${port}: ${refusal.message}`,
    hint: 'Correct ASSAY_HOST and ASSAY_PORT.',
  }
}

const checkData: Check = async ({ config: { ASSAY_DATA: path } }) => {
  const directory = resolve(path)
  try {
    const found = await stat(directory).catch(() => null)
    const place = found ? directory : await nearestExisting(directory)
    await access(place, constants.W_OK | constants.X_OK)
    if (!found) return ok('data', `${directory} will be made at the first start`)
    if (!found.isDirectory()) throw new Error(`${directory} is not a directory`)
    if ((found.mode & 0o077) === 0) return ok('data', directory)
    return {
      name: 'data',
      status: 'warn',
      detail: `${directory} may be entered by others (mode ${(found.mode & 0o777).toString(8)})`,
      hint: `Run \`chmod 700 ${directory}\`.`,
    }
  } catch (error) {
    return { ...failed('data', error), hint: 'Point ASSAY_DATA at a directory that you may write.' }
  }
}

const nearestExisting = async (path: string): Promise<string> => {
  const parent = dirname(path)
  if (parent === path || (await stat(parent).catch(() => null))) return parent
  return nearestExisting(parent)
}

const checkLock: Check = async ({ owner }) =>
  ok('lock', owner ? `held by pid ${owner.pid}${owner.address ? ` at ${owner.address}` : ''}` : 'free')

const checkDatabase: Check = async ({ config, owner }) => {
  const { ASSAY_DATA: dataDir, DATABASE_URL: databaseUrl } = config
  const isThere = await stat(join(dataDir, 'db')).catch(() => null)
  if (!owner && !databaseUrl && !isThere) return ok('database', 'embedded, will be made at the first start')
  try {
    const found = await (owner ? askOwner(owner) : examineStore(config))
    return found.map(({ name, ok: isFine, detail }): Finding => ({ name, status: isFine ? 'ok' : 'fail', detail }))
  } catch (error) {
    if (!isAssayError(error, 'store.schema_mismatch')) return failed('database', error)
    return { name: 'database', status: 'warn', detail: error.message, hint: error.hint }
  }
}

const checkDisk: Check = async ({ config: { ASSAY_DATA: path } }) => {
  const directory = resolve(path)
  const { bavail, bsize } = await statfs(
    (await stat(directory).catch(() => null)) ? directory : await nearestExisting(directory),
  )
  const freeBytes = bavail * bsize
  const detail = `${(freeBytes / 1024 ** 3).toFixed(1)} GiB free under ${directory}`
  if (freeBytes >= WANTED_FREE_BYTES) return ok('disk', detail)
  return { name: 'disk', status: freeBytes < NEEDED_FREE_BYTES ? 'fail' : 'warn', detail, hint: 'Free some space.' }
}

const checkMasterKey: Check = async ({ config }) => {
  if (config.ASSAY_MASTER_KEY) return ok('master key', 'from ASSAY_MASTER_KEY')
  const path = config.ASSAY_MASTER_KEY_FILE ?? join(config.ASSAY_DATA, 'master.key')
  const found = await stat(path).catch(() => null)
  if (!found && config.ASSAY_MASTER_KEY_FILE)
    return failed('master key', new AssayError('vault.master_key_missing', { path }))
  if (!found) return ok('master key', `${path} will be made at the first start`)
  const mode = found.mode & 0o777
  if ((mode & 0o077) === 0) return ok('master key', path)
  return failed('master key', new AssayError('vault.master_key_unsafe', { path, mode: mode.toString(8) }))
}

const checkEgress: Check = async ({ config: { ASSAY_EGRESS_ALLOW: allow } }) => {
  try {
    await createEgress({ allow, log: silentLog }).close()
    return ok('egress', allow.length > 0 ? `private addresses allowed: ${allow.join(', ')}` : 'public addresses only')
  } catch (error) {
    return failed('egress', error)
  }
}

/** A clock that stands before this installation was made is wrong, and with it every expiry. */
const checkClock: Check = async ({ terminal }) => {
  const now = terminal.now()
  const { mtimeMs } = await stat(new URL('../package.json', import.meta.url))
  if (now >= mtimeMs) return ok('clock', new Date(now).toISOString())
  return {
    name: 'clock',
    status: 'fail',
    detail: `${new Date(now).toISOString()} is before this installation was made`,
    hint: 'Set the clock of this machine.',
  }
}

const checks: Check[] = [
  checkServer,
  checkPort,
  checkData,
  checkLock,
  checkDatabase,
  checkDisk,
  checkMasterKey,
  checkEgress,
  checkClock,
]
