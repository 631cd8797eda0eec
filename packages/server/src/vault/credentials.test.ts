import { randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Credential, Log, Page } from '@assay/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startService, type TestService } from '../__fixtures__/service.ts'

const canary = 'sk-canary-5f0c1a77d3e94b'
const logged: string[] = []
const note = (fields: Record<string, unknown>, message: string): void => {
  logged.push(JSON.stringify(fields), message, String(fields['error']))
}
const log: Log = { debug: note, info: note, warn: note, error: note }

const masterKey = randomBytes(32).toString('base64')
let service: TestService
const answers: string[] = []
beforeAll(async () => {
  service = await startService({ log, environment: { ASSAY_EGRESS_ALLOW: '127.0.0.1:9', ASSAY_MASTER_KEY: masterKey } })
})
afterAll(() => service[Symbol.asyncDispose]())

const call = async <Body = Record<string, unknown>>(route: string, body?: unknown) => {
  const answer = await service.call<Body>(route, body === undefined ? {} : { body })
  answers.push(JSON.stringify(answer.body))
  return answer
}

const create = (more: Record<string, unknown> = {}) =>
  call<Credential & { error: { code: string; details: { id: string } } }>('POST /api/v1/credentials', {
    provider: 'compatible',
    baseUrl: 'http://127.0.0.1:9/v1',
    secret: canary,
    ...more,
  })

test('a credential is stored masked, and the first of a provider is its default', async () => {
  const { status, body } = await create()
  expect(status).toBe(201)
  expect(body).toMatchObject({ name: 'default', hint: 'sk-…e94b', isDefault: true })
  expect(body).not.toHaveProperty('secret')
  expect(await create({ name: 'second', secret: 'another-secret-text' })).toMatchObject({
    status: 201,
    body: { isDefault: false },
  })
})

test('the same name or the same secret for the same place is refused with the id of the one there is', async () => {
  const { body } = await call<Page<Credential>>('GET /api/v1/credentials')
  const first = body.items.find(({ name }) => name === 'default')!
  for (const more of [{ secret: 'some-other-secret' }, { name: 'other' }]) {
    const answer = await create(more)
    expect(answer.status).toBe(409)
    expect(answer.body.error).toMatchObject({ code: 'vault.duplicate', details: { id: first.id } })
  }
})

test('one secret sent ten times at once is stored once', async () => {
  const sent = Array.from({ length: 10 }, (_, index) =>
    create({ name: `parallel ${index}`, secret: 'parallel-secret-1' }),
  )
  const statuses = (await Promise.all(sent)).map(({ status }) => status)
  expect(statuses.toSorted((a, b) => a - b)).toEqual([201, ...Array.from({ length: 9 }, () => 409)])
})

test.each(['http://169.254.169.254/', 'http://2130706433/v1', 'http://[::ffff:127.0.0.1]:1/', 'http://127.0.0.1:22/'])(
  'a base URL that calls may not reach is refused when it is stored: %s',
  async (baseUrl) => {
    expect(await create({ name: 'elsewhere', baseUrl })).toMatchObject({
      status: 400,
      body: { error: { code: 'egress.denied' } },
    })
  },
)

test('the resolver opens the secret for its own place, and for no other', async () => {
  const { app } = service
  const workspaceId = app.local.workspace.id
  const resolved = await app.credentials.resolve(workspaceId, 'compatible')
  expect(resolved?.secret?.open()).toBe(canary)
  expect(JSON.stringify(resolved)).not.toContain('canary')

  const rows = await app.store.inWorkspace(workspaceId, ({ db }) => db.selectFrom('credentials').selectAll().execute())
  const [first, second] = ['default', 'second'].map((name) => rows.find((row) => row.name === name)!)
  for (const moved of [
    { ...first!, sealed: second!.sealed },
    { ...first!, origin: 'https://evil.example' },
    { ...first!, provider: 'openai' as const },
    { ...first!, id: second!.id },
    { ...first!, dataKeyId: app.createId() },
  ]) {
    await expect(app.vault.open(moved)).rejects.toMatchObject({ code: 'vault.unreadable' })
  }
})

test('a row whose origin was changed in the database does not open', async () => {
  const { app } = service
  const workspaceId = app.local.workspace.id
  const move = (origin: string) =>
    app.store.inSystem(({ db }) =>
      db.updateTable('credentials').set({ origin }).where('name', '=', 'default').execute(),
    )
  await move('https://evil.example')
  app.credentials.forget(workspaceId)
  await expect(app.credentials.resolve(workspaceId, 'compatible')).rejects.toMatchObject({ code: 'vault.unreadable' })
  await move('http://127.0.0.1:9')
  expect(await app.credentials.resolve(workspaceId, 'compatible')).not.toBeNull()
})

test('a removed credential is overwritten, and every change has its line in the audit trail', async () => {
  const { app } = service
  const { body } = await call<Page<Credential>>('GET /api/v1/credentials')
  const { id } = body.items.find(({ name }) => name === 'second')!
  expect(await call(`DELETE /api/v1/credentials/${id}`)).toMatchObject({ status: 200 })
  expect(await call(`DELETE /api/v1/credentials/${id}`)).toMatchObject({ status: 404 })
  const { rows, trail } = await app.store.inWorkspace(app.local.workspace.id, async ({ db }) => ({
    rows: await db.selectFrom('credentials').selectAll().where('id', '=', id).execute(),
    trail: await db.selectFrom('audit').selectAll().where('target', '=', id).orderBy('seq').execute(),
  }))
  expect(rows[0]?.sealed).toHaveLength(0)
  expect(trail.map(({ action, actor }) => `${actor} ${action}`)).toEqual([
    'key:operator credential.create',
    'key:operator credential.remove',
  ])
})

test('no answer, log line or file holds the secret', async () => {
  expect(answers.join('\n')).not.toContain(canary)
  expect(logged.join('\n')).not.toContain(canary)
  const { app } = service
  const dump = await app.store.inSystem(async ({ db }) => ({
    credentials: await db.selectFrom('credentials').selectAll().execute(),
    audit: await db.selectFrom('audit').selectAll().execute(),
  }))
  const bytes = dump.credentials.map(({ sealed }) => Buffer.from(sealed).toString('latin1')).join()
  expect(JSON.stringify(dump) + bytes).not.toContain('canary')
  const files = await readdir(app.config.ASSAY_DATA, { recursive: true, withFileTypes: true })
  for (const file of files.filter((entry) => entry.isFile())) {
    const text = await readFile(join(file.parentPath, file.name), 'latin1')
    expect({ file: file.name, holds: text.includes(canary) }).toEqual({ file: file.name, holds: false })
  }
})
