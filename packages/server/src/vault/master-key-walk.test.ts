import { randomBytes } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Credential, Log, MasterKeyState } from '@assay/core'
import { temporaryDirectory } from '@assay/testkit'
import { expect, test } from 'vitest'
import { makeWorkspace } from '../__fixtures__/callers.ts'
import { startService, type TestService } from '../__fixtures__/service.ts'
import { startGuardedProvider } from './__fixtures__/guarded-provider.ts'

/** Master keys from their first day to their last, with traffic going on, and what no sink may ever hold. */

const canary = 'sk-canary-1f6b0c93a7d2e548'
const keyProgram = join(import.meta.dirname, '__fixtures__/key-program.ts')

type Keys = { keys: MasterKeyState[]; rewrapped?: number; error?: { code: string } }
const keysOf = async (service: TestService): Promise<MasterKeyState[]> =>
  (await service.call<Keys>('GET /api/v1/master-keys')).body.keys
const rotate = (service: TestService) => service.call<Keys>('POST /api/v1/master-keys/rotate', { body: {} })
const forget = (service: TestService, keyId: string) =>
  service.call<Keys>('POST /api/v1/master-keys/forget', { body: { keyId } })
const store = (service: TestService, baseUrl: string, secret = canary) =>
  service.call<Credential>('POST /api/v1/credentials', { body: { provider: 'compatible', baseUrl, secret } })
const ask = (service: TestService) =>
  service.call('POST /v1/chat/completions', {
    body: { model: 'compatible/test-model', messages: [{ role: 'user', content: 'Hi' }] },
  })

test('the master key is turned under load: no request fails, the old key opens nothing and may go', async () => {
  await using provider = await startGuardedProvider(canary)
  await using directory = await temporaryDirectory()
  const path = join(directory.path, 'master.key')
  await writeFile(path, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600 })
  const environment = { ASSAY_EGRESS_ALLOW: provider.host, ASSAY_MASTER_KEY: '', ASSAY_MASTER_KEY_FILE: path }
  await using service = await startService({ environment })
  const { app } = service
  await store(service, provider.baseUrl)
  for (let count = 0; count < 20; count++) {
    const workspaceId = await makeWorkspace(app, `w${count}`)
    await app.vault.digest(workspaceId, 'a data key', 'is made by this')
  }
  const [before] = await keysOf(service)
  expect(before).toMatchObject({ isCurrent: true, dataKeys: 21, source: path })

  const over = new AbortController()
  const statuses: number[] = []
  const load = Array.from({ length: 6 }, async () => {
    while (!over.signal.aborted) {
      // As if a minute had gone by: the data key is opened anew each time.
      app.vault.lock()
      app.credentials.forget(app.local.workspace.id)
      statuses.push((await ask(service)).status)
    }
  })
  for (let turn = 0; turn < 3; turn++) expect((await rotate(service)).body.rewrapped).toBe(21)
  over.abort()
  await Promise.all(load)
  expect(statuses.length).toBeGreaterThan(10)
  expect(statuses.filter((status) => status !== 200)).toEqual([])

  const after = await keysOf(service)
  expect(after).toHaveLength(4)
  expect(after.find(({ isCurrent }) => isCurrent)).toMatchObject({ dataKeys: 21 })
  expect(after.find(({ id }) => id === before!.id)).toMatchObject({ isCurrent: false, dataKeys: 0 })
  const current = after.find(({ isCurrent }) => isCurrent)!.id
  expect((await forget(service, current)).body.error?.code).toBe('vault.master_key_needed')
  for (const { id, isCurrent } of after) if (!isCurrent) expect((await forget(service, id)).status).toBe(200)
  expect(await keysOf(service)).toMatchObject([{ id: current, dataKeys: 21 }])
  expect((await readFile(path, 'utf8')).trim().split('\n')).toHaveLength(1)

  await service.close()
  await using again = await startService({ dataDir: service.config.ASSAY_DATA, environment })
  expect(await ask(again)).toMatchObject({ status: 200 })
}, 120_000)

test('a key that still opens something is kept, and a variable has to be turned by hand', async () => {
  await using provider = await startGuardedProvider(canary)
  await using directory = await temporaryDirectory()
  const [older, newer] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')]
  const start = (ASSAY_MASTER_KEY: string) =>
    startService({ dataDir: directory.path, environment: { ASSAY_EGRESS_ALLOW: provider.host, ASSAY_MASTER_KEY } })
  const first = await start(older)
  await store(first, provider.baseUrl)
  expect((await rotate(first)).body.error?.code).toBe('vault.master_key_fixed')
  await first.close()

  await expect(start(newer), 'the wrong key').rejects.toMatchObject({ code: 'vault.master_key_wrong', exitCode: 2 })
  const both = await start(`${newer},${older}`)
  expect(await ask(both)).toMatchObject({ status: 200 })
  const old = (await keysOf(both)).find(({ isCurrent }) => !isCurrent)!
  expect(old.dataKeys).toBe(1)
  expect((await forget(both, old.id)).body.error?.code).toBe('vault.master_key_needed')
  expect((await rotate(both)).body.rewrapped).toBe(1)
  await both.close()
  await expect(start(older), 'the former key').rejects.toMatchObject({ code: 'vault.master_key_wrong' })
  await using last = await start(newer)
  expect(await ask(last)).toMatchObject({ status: 200 })
}, 120_000)

test('a program may hold the master key: it wraps, it turns its own keys, and without it nothing starts', async () => {
  await using provider = await startGuardedProvider(canary)
  await using directory = await temporaryDirectory()
  const keyFile = join(directory.path, 'keys')
  await writeFile(keyFile, 'kms-key-1\n')
  const start = (command: string | undefined) =>
    startService({
      dataDir: join(directory.path, 'data'),
      environment: {
        ASSAY_EGRESS_ALLOW: provider.host,
        ASSAY_MASTER_KEY: '',
        ...(command === undefined ? {} : { ASSAY_MASTER_KEY_COMMAND: command }),
      },
    })
  const command = `${process.execPath} ${keyProgram} ${keyFile}`
  const service = await start(command)
  await store(service, provider.baseUrl)
  expect(await ask(service)).toMatchObject({ status: 200 })
  expect(await keysOf(service)).toMatchObject([
    { id: 'kms:kms-key-1', source: 'ASSAY_MASTER_KEY_COMMAND', isCurrent: true, dataKeys: 1 },
  ])
  await writeFile(keyFile, 'kms-key-1\nkms-key-2\n')
  expect((await rotate(service)).body.rewrapped).toBe(1)
  expect((await keysOf(service)).find(({ isCurrent }) => isCurrent)).toMatchObject({ id: 'kms:kms-key-2', dataKeys: 1 })
  await service.close()

  await writeFile(keyFile, 'broken\n')
  await expect(start(command)).rejects.toMatchObject({ code: 'vault.master_key_unreachable' })
  await writeFile(keyFile, 'slow\n')
  const startedAt = performance.now()
  await expect(start(command)).rejects.toThrow('did not answer within 2000 ms')
  expect(performance.now() - startedAt).toBeLessThan(15_000)
  await expect(start(undefined)).rejects.toMatchObject({ code: 'vault.master_key_missing' })
  await writeFile(keyFile, 'kms-key-2\n')
  await using again = await start(command)
  expect(await ask(again)).toMatchObject({ status: 200 })
}, 120_000)

test('after checks, rotations, refusals and errors, no file, log, dump, metric or answer holds the secret', async () => {
  await using provider = await startGuardedProvider(canary)
  await using directory = await temporaryDirectory()
  const logged: string[] = []
  const note = (fields: Record<string, unknown>, message: string): void => {
    logged.push(JSON.stringify(fields), message, String(fields['error']), String((fields['error'] as Error)?.stack))
  }
  const log: Log = { debug: note, info: note, warn: note, error: note }
  const environment = { ASSAY_EGRESS_ALLOW: provider.host, ASSAY_MASTER_KEY: randomBytes(32).toString('hex') }
  const service = await startService({ dataDir: directory.path, log, environment })
  const answers: string[] = []
  const call = async (route: string, body?: unknown) => {
    const answer = await service.call<unknown>(route, body === undefined ? {} : { body })
    answers.push(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body))
    return answer.body as Credential
  }
  const { id } = await call('POST /api/v1/credentials?check=true', {
    provider: 'compatible',
    baseUrl: provider.baseUrl,
    secret: canary,
  })
  const base = `/api/v1/credentials/${id}`
  await call('POST /api/v1/credentials', { provider: 'compatible', baseUrl: provider.baseUrl, secret: canary })
  await call('POST /api/v1/credentials', { provider: canary, baseUrl: 'nonsense', secret: [canary] })
  await call(`PATCH ${base}`, { baseUrl: 'http://169.254.169.254/', secret: canary })
  const question = { model: 'compatible/test-model', messages: [{ role: 'user', content: 'Hi' }] }
  await call('POST /v1/chat/completions', question)
  // The provider quotes the key it refuses.
  provider.refuse(canary)
  for (let turn = 0; turn < 4; turn++) await call('POST /v1/chat/completions', question)
  await call(`POST ${base}/check`)
  provider.accept('sk-another-secret-0815')
  await call(`POST ${base}/rotate`, { secret: 'sk-another-secret-0815', graceMs: 60_000 })
  for (const path of ['/api/v1/credentials', '/api/v1/requests', '/api/v1/failures', '/api/v1/alerts', '/metrics']) {
    await call(`GET ${path}`)
  }
  const dump = await service.app.store.inSystem(async ({ db }) => {
    const tables = await Promise.all(
      (['credentials', 'dataKeys', 'audit', 'requests', 'failures', 'alerts'] as const).map((table) =>
        db.selectFrom(table).selectAll().execute(),
      ),
    )
    return JSON.stringify(tables, (_, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
    )
  })
  await service.close()
  const sinks: Record<string, string> = { answers: answers.join('\n'), log: logged.join('\n'), dump }
  for (const entry of await readdir(directory.path, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name)
    if (entry.isFile()) sinks[file] = await readFile(file, 'latin1')
  }
  expect(Object.keys(sinks).length).toBeGreaterThan(20)
  const encodings = [canary, Buffer.from(canary).toString('base64').slice(4, -4), Buffer.from(canary).toString('hex')]
  const leaks = Object.entries(sinks).filter(([, text]) => encodings.some((form) => text.includes(form)))
  expect(leaks.map(([name]) => name)).toEqual([])
}, 120_000)
