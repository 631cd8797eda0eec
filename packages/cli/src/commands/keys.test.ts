import { join } from 'node:path'
import type { Credential, MasterKeyState } from '@assay/core'
import { startAssay, startFakeProvider, temporaryDirectory, type AssayProcess, type FakeProvider } from '@assay/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCommand } from '../__fixtures__/run-command.ts'

const [first, second] = ['sk-cli-first-secret-1', 'sk-cli-second-secret2']
let provider: FakeProvider
let directory: Awaited<ReturnType<typeof temporaryDirectory>>
let server: AssayProcess
let environment: Record<string, string>
let url: string

beforeAll(async () => {
  provider = await startFakeProvider({ keys: [first, second], models: ['m'] })
  const { host } = provider
  url = provider.baseUrl
  directory = await temporaryDirectory()
  const dataDir = join(directory.path, 'data')
  server = await startAssay({ dataDir, environment: { ASSAY_EGRESS_ALLOW: host } })
  environment = { ASSAY_DATA: dataDir }
})
afterAll(async () => {
  await provider?.close()
  await server?.[Symbol.asyncDispose]()
  await directory?.[Symbol.asyncDispose]()
})

const assay = (words: string[], more: { input?: string; environment?: Record<string, string> } = {}) =>
  runCommand(['keys', ...words], { ...more, environment: { ...environment, ...more.environment } })
const json = async <Row>(...words: string[]): Promise<Row[]> =>
  (await assay([...words, '--json'])).stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Row)

test('a key is asked about before it is stored, and never printed', async () => {
  const wrong = await assay(['add', 'compatible', '--url', url], { input: 'sk-nobody-knows-this\n' })
  expect(wrong).toMatchObject({ exitCode: 2, stdout: '' })
  expect(wrong.stderr).toMatch(/unauthorized.*\n.*hint: .*copied whole/s)
  const added = await assay(
    ['add', 'compatible', '--url', url, '--name', 'a', '--from-env', 'MY_KEY', '--max-age', '90'],
    {
      environment: { MY_KEY: first },
    },
  )
  expect(added).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('used by default') as string })
  const loud = await assay(['add', 'compatible', '--url', url, '--name', 'b', '--secret', second])
  expect(loud.stderr).toContain('history of your shell')
  expect(loud.stderr).toContain('assay keys default')
  const [list, shown] = [await assay(['list']), await assay(['show', 'a'])]
  expect(list.stdout).toMatch(/compatible +a +sk-…et-1.* yes +active/)
  expect(shown.stdout).toMatch(/secret due +in 89 d/)
  expect(JSON.stringify([added, loud, list, shown])).not.toContain(first)
})

test('the default moves, a name changes, a key is checked and replaced, and what is off says so', async () => {
  expect((await assay(['default', 'b'])).stdout).toBe('b serves compatible by default.\n')
  expect((await assay(['rename', 'b', 'production'])).stdout).toContain('production')
  expect((await assay(['check', 'production'])).stdout).toMatch(/Accepted in \d+ ms, 1 model\./)
  expect(await assay(['rotate', 'production', '--grace', '1h'], { input: 'sk-nobody-knows-this' })).toMatchObject({
    exitCode: 2,
  })
  expect(await assay(['rotate', 'production', '--grace', 'soon'], { input: first })).toMatchObject({ exitCode: 2 })
  expect(await assay(['update', 'production', '--status', 'inactive'])).toMatchObject({ exitCode: 0 })
  expect(await json<Credential>('list')).toMatchObject([{ name: 'production', status: 'inactive' }, { name: 'a' }])
  const moved = await assay(['update', 'a', '--url', 'http://169.254.169.254/v1'], { input: first })
  expect(moved).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('169.254.169.254') as string })
  const removed = await assay(['remove', 'production'])
  expect(removed.stderr).toContain('no other was made the default')
})

test('the master key is turned, the former one may go, and each is counted', async () => {
  const [before] = await json<MasterKeyState>('status')
  expect(before).toMatchObject({ isCurrent: true, dataKeys: 1 })
  const turned = await assay(['rotate-master'])
  expect(turned.stderr).toContain('1 data keys were wrapped anew')
  expect(turned.stdout).toContain('may go')
  expect(await assay(['rotate-master', '--forget', before!.id])).toMatchObject({ exitCode: 0 })
  expect(await json<MasterKeyState>('status')).toMatchObject([{ isCurrent: true, dataKeys: 1 }])
  expect(await assay(['check', 'a'])).toMatchObject({ exitCode: 0 })
})
