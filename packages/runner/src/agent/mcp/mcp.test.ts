import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { McpServer, silentLog } from '@assay/core'
import { createEgress, type Egress } from '@assay/providers'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { ChosenPlugin } from '../choose-plugins.ts'
import { openersOf, secretsOf } from '../open-plugins.ts'
import { runAgents, type Move } from '../testing/scripted.ts'

const fixture = (name: string) => join(import.meta.dirname, '__fixtures__', name)
const filesystemServer = join(
  dirname(createRequire(import.meta.url).resolve('@modelcontextprotocol/server-filesystem/package.json')),
  'dist/index.js',
)

let folder: string
let egress: Egress
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-mcp-test-'))
  await mkdir(join(folder, 'desk'))
  await writeFile(join(folder, 'desk', 'notes.txt'), 'buy milk')
  egress = createEgress({ allow: ['127.0.0.1/32'], log: silentLog })
})
afterEach(() => rm(join(folder, 'pids'), { force: true }))
afterAll(async () => {
  await egress.close()
  await rm(folder, { recursive: true })
})

const server = (name: string, given: object): ChosenPlugin => ({
  kind: 'server',
  name,
  server: McpServer.parse(given),
  from: 'suite',
})

const withPlugin = (
  plugin: ChosenPlugin,
  {
    moves,
    environment = { PATH: process.env['PATH'] },
    ...suite
  }: { moves: Move[]; environment?: Record<string, string | undefined> } & Record<string, unknown>,
) =>
  runAgents(
    { tests: [{ input: 'go', workspace: 'desk' }], ...suite },
    {
      moves,
      agent: {
        plugins: openersOf([plugin], { egress, environment, suiteFolder: folder, typedIn: folder }),
        secrets: secretsOf([plugin], environment),
        workspace: { suiteFolder: folder, root: join(folder, 'copies') },
      },
    },
  )

const odd = (fault: string, more: object = {}) =>
  server('odd', { command: process.execPath, args: [fixture('odd-server.mjs'), fault, '{{suite}}/pids'], ...more })

const isAlive = async (pid: number): Promise<boolean> => {
  const state = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return state !== '' && !/\) Z/.test(state)
}

/** What the servers started is gone with them. */
const expectNothingLeft = async () => {
  const pids = (await readFile(join(folder, 'pids'), 'utf8')).trim().split('\n').map(Number)
  expect(pids.length).toBeGreaterThanOrEqual(2)
  await expect.poll(async () => (await Promise.all(pids.map(isAlive))).filter(Boolean)).toEqual([])
}

test('the tools of a real server over stdio are used, within the workspace of the case', async () => {
  const real = server('files', { command: process.execPath, args: [filesystemServer, '{{workspace}}'] })
  const moves: Move[] = [
    [{ name: 'list_allowed_directories' }],
    [{ name: 'write_file', args: { path: 'plan.txt', content: 'sleep' } }],
    [
      { name: 'read_text_file', args: { path: 'notes.txt' } },
      { name: 'list_directory', args: { path: '.' } },
    ],
    [{ name: 'read_text_file', args: { path: '/etc/passwd' } }],
    'done',
  ]
  const { result, asked } = await withPlugin(real, { moves })
  expect(result).toMatchObject({ status: 'passed', response: 'done', steps: 5 })
  expect(result.toolCalls!.map(({ name, status }) => [name, status])).toEqual([
    ['list_allowed_directories', 'ok'],
    ['write_file', 'ok'],
    ['read_text_file', 'ok'],
    ['list_directory', 'ok'],
    ['read_text_file', 'denied'],
  ])
  expect(result.toolCalls![2]!.result).toContain('buy milk')
  expect(result.toolCalls![3]!.result).toMatch(/\[FILE\] notes.txt\n\[FILE\] plan.txt/)
  expect(asked[0]!.tools!.length).toBeGreaterThan(8)
  expect(await readFile(join(folder, 'desk', 'notes.txt'), 'utf8')).toBe('buy milk')
}, 30_000)

test('a real server over HTTP is used, with a header from a variable that the agent never sees', async () => {
  const process_ = spawn(process.execPath, [fixture('http-server.mjs')], { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    const [line] = (await once(process_.stdout, 'data')) as [Buffer]
    const url = `http://127.0.0.1:${Number(String(line))}`
    const sums = server('sums', {
      url: `${url}/mcp`,
      headers: { authorization: 'Bearer {{env.SUMS}}' },
      timeoutMs: 500,
    })
    const moves: Move[] = [
      [{ name: 'add', args: { a: 2, b: 40 } }],
      [{ name: 'whoami' }],
      [{ name: 'refuse' }, { name: 'wait' }],
      'done',
    ]
    const environment = { SUMS: 'sk-canary-5678' }
    const { result, asked } = await withPlugin(sums, { moves, environment })
    expect(result.toolCalls!.map(({ name, status, result }) => [name, status, result])).toEqual([
      ['add', 'ok', '42'],
      ['whoami', 'ok', 'you are Bearer [redacted]'],
      ['refuse', 'denied', 'Access denied - not for you'],
      ['wait', 'timeout', expect.stringContaining('timed out')],
    ])
    expect(JSON.stringify([asked, result])).not.toContain('canary')
    const open = await egress.send({ method: 'GET', url: `${url}/sessions`, headers: {} })
    expect(await open.text()).toBe('0')
  } finally {
    process_.kill()
  }
}, 30_000)

test('an address that is not allowed is refused, and one where nobody listens is told', async () => {
  const moves: Move[] = ['never']
  const denied = await withPlugin(server('far', { url: 'http://169.254.169.254/mcp' }), { moves })
  expect(denied.result).toMatchObject({ status: 'error', error: { code: 'egress.denied' } })
  const nobody = withPlugin(server('far', { url: 'http://127.0.0.1:9/mcp' }), { moves })
  await expect(nobody).rejects.toThrow(/plugin far did not get ready: .*127\.0\.0\.1:9/)
})

test('a program that dies at its start ends the run once, with its last words', async () => {
  const ran = withPlugin(odd('dies at start'), { moves: ['never'], tests: [{ input: 'one' }, { input: 'two' }] })
  await expect(ran).rejects.toMatchObject({
    code: 'suite.plugin_unready',
    message: expect.stringMatching(/odd did not get ready: .*ended with 3; it said: no configuration at all/),
  })
  await expectNothingLeft()
})

test('a program that dies in a call ends the case, and the call is in the record', async () => {
  const { result } = await withPlugin(odd('dies in a call'), { moves: [[{ name: 'act' }], 'never'] })
  expect(result).toMatchObject({ status: 'error', toolCalls: [{ name: 'act', status: 'error' }] })
  expect(result.error!.message).toMatch(/is gone in the middle of act: .*ended with 9; it said: out of memory/)
  await expectNothingLeft()
})

test('a program that never gets ready ends with the time of its case, and nothing of it goes on', async () => {
  const { result } = await withPlugin(odd('never ready'), { moves: ['never'], limits: { timeoutMs: 400 } })
  expect(result).toMatchObject({ status: 'error', reason: 'limit.time' })
  expect(result.durationMs).toBeLessThan(5_000)
  await expectNothingLeft()
})

test('a call that hangs is a timeout that the agent is told of', async () => {
  const moves: Move[] = [[{ name: 'act' }], 'gave up']
  const { result } = await withPlugin(odd('hangs', { timeoutMs: 200 }), { moves })
  expect(result).toMatchObject({ status: 'passed', response: 'gave up', toolCalls: [{ status: 'timeout' }] })
  await expectNothingLeft()
})

test('a program that greets on standard output is understood all the same', async () => {
  const { result } = await withPlugin(odd('greets'), { moves: [[{ name: 'act' }], 'done'] })
  expect(result.toolCalls).toMatchObject([{ status: 'ok', result: 'done' }])
})

test('a program sees a fixed environment, what it was promised, and its workspace', async () => {
  const environment = {
    PATH: process.env['PATH'],
    HOME: '/home/x',
    OPENAI_API_KEY: 'sk-never',
    TOKEN: 'tok',
    NODE_OPTIONS: '--no-warnings',
  }
  const plugin = odd('hangs', { env: { GIVEN: '{{env.TOKEN}}!', LEVEL: 'debug' } })
  const { result } = await withPlugin(plugin, { moves: [[{ name: 'env' }], 'done'], environment })
  const [env, cwd] = JSON.parse(result.toolCalls![0]!.result!) as [Record<string, string>, string]
  expect(env).toEqual({
    PATH: process.env['PATH'],
    HOME: '/home/x',
    GIVEN: 'tok!',
    LEVEL: 'debug',
    TEST_WORKSPACE_PATH: cwd,
  })
  expect(cwd).toMatch(/copies\/assay-workspace-/)
})

test('a command that does not exist is told', async () => {
  const ran = withPlugin(server('x', { command: 'no-such-program-here' }), { moves: ['never'] })
  await expect(ran).rejects.toThrow(/plugin x did not get ready: spawn no-such-program-here ENOENT/)
})
