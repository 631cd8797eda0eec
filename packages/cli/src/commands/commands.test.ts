import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type AssayProcess, runAssay, startAssay, temporaryDirectory, until } from '@assay/testkit'
import { widthOf } from '../print/width.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCommand } from '../__fixtures__/run-command.ts'

let directory: Awaited<ReturnType<typeof temporaryDirectory>>
let server: AssayProcess
let environment: Record<string, string>

beforeAll(async () => {
  directory = await temporaryDirectory()
  const dataDir = join(directory.path, 'data')
  server = await startAssay({ dataDir })
  environment = { ASSAY_DATA: dataDir }
})

afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
  await directory?.[Symbol.asyncDispose]()
})

const assay = (...words: string[]) => runCommand(words, { environment })
const json = async <Row>(...words: string[]): Promise<Row[]> => {
  const { stdout, stderr, exitCode } = await assay(...words, '--json')
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Row)
}

test('a gateway key is shown once, listed without itself, and revoked by its name', async () => {
  const created = await assay('gateway-keys', 'create', 'shop', '--scope', 'inference', 'read', '--expires', '30d')
  expect(created).toMatchObject({ exitCode: 0 })
  expect(created.stdout).toMatch(/^as_live_\S+\n$/)
  expect(created.stderr).toContain('only its hash is stored')
  const key = created.stdout.trim()

  const listed = await assay('gateway-keys', 'list')
  expect(listed.stdout).toContain('shop')
  expect(listed.stdout).not.toContain(key)

  const withKey = { ASSAY_URL: server.url, ASSAY_API_KEY: key }
  expect(await runCommand(['requests', 'list'], { environment: withKey })).toMatchObject({ exitCode: 0 })
  const forbidden = await runCommand(['gateway-keys', 'list'], { environment: withKey })
  expect(forbidden.exitCode).toBe(4)
  expect(forbidden.stderr).toContain('admin')

  expect(await assay('gateway-keys', 'revoke', 'shop')).toMatchObject({ exitCode: 0 })
  const revoked = await runCommand(['requests', 'list'], { environment: withKey })
  expect(revoked.exitCode).toBe(4)
  expect(revoked.stderr).toMatch(/hint: .*gateway-keys create/)
})

test('a credential comes from standard input and is never printed', async () => {
  const secret = 'sk-something-that-nobody-may-read'
  const added = await runCommand(
    ['keys', 'add', 'compatible', '--url', 'https://models.example.com/v1', '--no-check'],
    {
      environment,
      input: `${secret}\n`,
    },
  )
  expect(added).toMatchObject({ exitCode: 0 })
  const listed = await assay('keys', 'list')
  expect(listed.stdout).toContain('https://models.example.com/v1')
  expect(added.stdout + added.stderr + listed.stdout).not.toContain(secret)
  expect(await assay('keys', 'remove', 'default')).toMatchObject({ exitCode: 0 })
  expect(await json('keys', 'list')).toEqual([])
})

test('an unknown provider is refused with the names of those there are', async () => {
  const { exitCode, stderr } = await assay('keys', 'add', 'copmatible', '--url', 'https://a.example', '--secret', 'x')
  expect(exitCode).toBe(2)
  expect(stderr).toContain('compatible')
})

test('a failure that comes three times is one group, settled by the beginning of its id', async () => {
  for (const order of [17, 4_711, 90_210]) {
    const reported = await assay('failures', 'report', `Cannot read order ${order}`, '--name', 'OrderError')
    expect(reported).toMatchObject({ exitCode: 0, stderr: '' })
  }
  const groups = await json<{ id: string; occurrences: number }>('failures', 'list')
  expect(groups).toMatchObject([{ occurrences: 3 }])
  const { id } = groups[0]!
  expect((await assay('failures', 'list')).stdout).toContain('▁▁▁▁▁▁▁▁▁▁▁▁▁█')

  const shown = await assay('failures', 'show', id.slice(0, 8))
  expect(shown.stdout).toContain('why these belong together')
  expect(await json('failures', 'resolve', id)).toMatchObject([{ state: 'resolved' }])
  expect(await json('failures', 'resolve', '--reopen', id)).toMatchObject([{ state: 'open' }])
  expect(await json('failures', 'mute', id)).toMatchObject([{ state: 'muted' }])
})

test('a report may be a file, and a wrong one names its field', async () => {
  const reported = await runCommand(['failures', 'report', '--file', '-', '--json'], {
    environment,
    input: JSON.stringify({ name: 'RangeError', message: 'out of range', eventId: 'one' }),
  })
  expect(JSON.parse(reported.stdout)).toMatchObject({ duplicate: false })
  const wrong = await runCommand(['failures', 'report', '--file', '-'], { environment, input: '{"mesage":"typo"}' })
  expect(wrong.exitCode).toBe(2)
  expect(wrong.stderr).toContain('mesage')
})

test('requests show what the gateway did', async () => {
  const { key } = await server.call<{ key: string }>('POST', '/api/v1/gateway-keys', { name: 'caller' })
  const answer = await fetch(`${server.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'auto', messages: [{ role: 'user', content: 'What is a mutex?' }] }),
  })
  await answer.text()
  const id = answer.headers.get('x-assay-request-id')!
  await until('the request in the log', async () =>
    (await json<{ id: string }>('requests', 'list')).find((row) => row.id === id),
  )
  const listed = await assay('requests', 'list', '--since', '1h')
  expect(listed.stdout).toMatch(/auto → sim\/\S+ +simple/)
  const shown = await assay('requests', 'show', id)
  expect(shown.stdout).toMatch(/complexity +simple/)
  const narrow = await runCommand(['requests', 'list'], { environment: { ...environment, COLUMNS: '90' } })
  for (const line of narrow.stdout.split('\n')) expect(widthOf(line)).toBeLessThanOrEqual(90)
})

test('an id that nobody has ends with 2 and says what it was looked for as', async () => {
  for (const [command, what] of [
    ['requests', 'request'],
    ['failures', 'failure group'],
    ['tests', 'regression test'],
  ] as const) {
    const { exitCode, stderr } = await assay(command, 'show', 'ffffffff')
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(what) })
  }
})

test('tests run names what matches nothing', async () => {
  const { exitCode, stderr } = await assay('tests', 'run', '--tag', 'nothing-has-this')
  expect(exitCode).toBe(2)
  expect(stderr).toContain('nothing-has-this')
})

test('open gives a link that signs in once', async () => {
  const { stdout, exitCode } = await assay('open')
  expect(exitCode).toBe(0)
  expect(stdout.trim()).toMatch(new RegExp(`^${server.url}/`))
  const [a, b] = await Promise.all([assay('open'), assay('open')])
  expect(a.stdout).not.toBe(b.stdout)
})

test('doctor finds nothing wrong beside a running server, and says who holds the data', async () => {
  const { exitCode, stdout } = await runCommand(['doctor'], { environment: { ...environment, ASSAY_PORT: '0' } })
  expect(stdout).not.toContain('fail')
  expect(stdout).toContain(String(server.process.pid))
  expect(exitCode).toBe(0)
})

test('doctor names a taken port and an unsafe master key, and ends with 2', async () => {
  const blocker = createServer()
  await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve))
  const { port } = blocker.address() as AddressInfo
  const { exitCode, stdout } = await runCommand(['doctor', '--json'], {
    environment: {
      ASSAY_DATA: join(directory.path, 'none'),
      ASSAY_PORT: String(port),
      ASSAY_MASTER_KEY_FILE: '/etc/hostname',
    },
  })
  blocker.close()
  const findings = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { name: string; status: string })
  expect(exitCode).toBe(2)
  expect(findings.filter(({ status }) => status === 'fail').map(({ name }) => name)).toEqual(['port', 'master key'])
})

test('serve on a taken port says so and ends with 2', async () => {
  const { exitCode, stderr } = await runAssay(['serve'], {
    environment: { ASSAY_DATA: join(directory.path, 'other'), ASSAY_PORT: new URL(server.url).port },
  })
  expect(exitCode).toBe(2)
  expect(stderr).toContain(new URL(server.url).port)
  expect(stderr).toContain('ASSAY_PORT')
})
