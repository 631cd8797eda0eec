import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type AssayProcess, adminKey, startAssay, temporaryDirectory, until } from '@assay/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCommand } from '../__fixtures__/run-command.ts'
import { widthOf } from '../print/width.ts'

let directory: Awaited<ReturnType<typeof temporaryDirectory>>
let server: AssayProcess
let environment: Record<string, string>

beforeAll(async () => {
  directory = await temporaryDirectory()
  const dataDir = join(directory.path, 'data')
  server = await startAssay({ dataDir })
  environment = { ASSAY_DATA: dataDir }
  await server.call('PATCH', '/api/v1/retention', { retention: 'full' })
})
afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
  await directory?.[Symbol.asyncDispose]()
})

const assay = (...words: string[]) => runCommand(words, { environment, cwd: directory.path })
const json = async <Row>(...words: string[]): Promise<Row[]> => {
  const { stdout, stderr, exitCode } = await assay(...words, '--json')
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Row)
}
const send = async (body: object, { key = adminKey, ...headers }: { key?: string; [name: string]: string } = {}) => {
  const answer = await fetch(`${server.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  await answer.text()
  return answer.headers.get('x-assay-request-id')!
}
const user = (content: string) => [{ role: 'user', content }]
const ids = async (...filter: string[]) =>
  (await json<{ id: string }>('requests', 'list', ...filter)).map(({ id }) => id)
const logged = (id: string) =>
  until('the request in the log', async () => ((await ids()).includes(id) ? id : undefined))

test('every filter of the log is one of the command, and a key may be told by its name', async () => {
  const { key } = await server.call<{ key: string }>('POST', '/api/v1/gateway-keys', { name: 'checkout' })
  const failed = await send({
    model: 'sim/fault',
    messages: [{ role: 'system', content: '{"status":400}' }, ...user('x')],
  })
  const tagged = await send(
    { model: 'sim/echo', temperature: 0, messages: user('a marked one') },
    { key, 'x-assay-tags': 'team=search', 'x-assay-conversation': 'c-1' },
  )
  await logged(tagged)
  await logged(failed)
  for (const filter of [
    ['--status', 'completed'],
    ['--provider', 'sim', '--model', 'echo'],
    ['--key', 'checkout'],
    ['--complexity', 'simple', '--cache', 'miss'],
    ['--tag', 'team=search'],
    ['--tag', 'team'],
    ['--conversation', 'c-1'],
    ['--text', 'marked'],
    ['--since', '1h', '--text', 'marked'],
  ]) {
    expect([filter, await ids(...filter)]).toEqual([filter, [tagged]])
  }
  expect(await ids('--status', 'failed')).toEqual([failed])
  expect(await ids('--until', '1h')).toEqual([])
  const mistakes: [string[], string][] = [
    [['--status', 'done'], 'completed, failed'],
    [['--since', '1h', '--until', '2h'], '--since'],
    [['--since', 'yesterday'], 'yesterday'],
    [['--key', 'chekout'], 'chekout'],
  ]
  for (const [words, told] of mistakes) {
    const { exitCode, stderr } = await assay('requests', 'list', ...words)
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(told)])
  }
})

test.each([100, 60, 30])('no line is wider than a terminal of %i columns', async (columns) => {
  const id = await send({ model: 'auto', messages: user('A prompt of many words that goes on and on '.repeat(9)) })
  await logged(id)
  for (const words of [['list'], ['show', id]]) {
    const { stdout } = await runCommand(['requests', ...words], {
      environment: { ...environment, COLUMNS: String(columns) },
    })
    for (const line of stdout.split('\n')) expect([line, widthOf(line) <= columns]).toEqual([line, true])
  }
})

test('show tells where a request went and why, what it saved, what was asked and answered, and what people say', async () => {
  const id = await send({ model: 'auto', messages: user('Design a microservices architecture') })
  await logged(id)
  await assay('requests', 'vote', id, 'down', '--comment', 'too short')
  const { stdout } = await assay('requests', 'show', id.slice(-8))
  expect(stdout).toMatch(/route +price: the cheapest model that fits/)
  expect(stdout).toMatch(/saving +\$[\d.]+ \(\d+ %\)/)
  expect(stdout).toMatch(/0\.50 {2}task/)
  expect(stdout).toMatch(/down · \S+ · .*too short/)
  expect(stdout).toMatch(/user\n {2}Design a microservices architecture\nanswer\n {2}\S/)
})

test('the log becomes a file, whole or not at all, and never in the place of another unasked', async () => {
  const all = await ids('--limit', '200')
  const rows = (text: string) =>
    text
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { id: string }).id)
  expect(rows((await assay('requests', 'export', '--format', 'ndjson')).stdout)).toEqual(all)
  const file = join(directory.path, 'log.csv')
  expect(await json('requests', 'export', '--out', file)).toMatchObject([{ file, format: 'csv', rows: all.length }])
  expect(await readFile(file, 'utf8')).toMatch(/^at,id,status,/)
  const again = await assay('requests', 'export', '--out', file)
  expect([again.exitCode, again.stderr]).toEqual([2, expect.stringContaining('--yes')])
  expect(await assay('requests', 'export', '--out', file, '--yes', '--status', 'cancelled')).toMatchObject({
    exitCode: 0,
    stderr: expect.stringContaining('No request matches'),
  })
  expect(await assay('requests', 'export', '--out', 'none/log.csv')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('folder of none/log.csv'),
  })
  expect((await readdir(directory.path)).filter((name) => name.endsWith('.part'))).toEqual([])
})

test('a replay says first what it would call and what that costs, and with --yes shows what changed', async () => {
  const id = await send({ model: 'sim/smart', messages: user('Explain mutexes') })
  await logged(id)
  const before = (await ids('--limit', '200')).length
  expect(await json('requests', 'replay', id, '--model', 'sim/fast')).toMatchObject([
    { dryRun: true, model: 'sim/fast', messages: 1, costNanoUsd: expect.any(Number) },
  ])
  expect(await json('requests', 'replay', id, '--model', 'sim/unheard')).toMatchObject([{ costNanoUsd: null }])
  expect((await assay('requests', 'replay', id)).stderr).toContain('--yes')
  expect((await ids('--limit', '200')).length).toBe(before)
  expect((await assay('requests', 'replay', id, '--yes')).stdout).toContain('The same text.')
  const other = await assay('requests', 'replay', id, '--model', 'sim/echo', '--yes')
  expect(other.stdout).toMatch(/\[-.+-\]/)
  expect(other.stdout).toMatch(/\{\+.*mutexes\+\}/)
})

test('a case is printed as a suite, appended to one, or kept as a regression test', async () => {
  const id = await send({ model: 'sim/smart', messages: user('Which day is it?') })
  await logged(id)
  expect((await assay('requests', 'test-case', id, '--name', 'day')).stdout).toMatch(/^name: day\n/)
  const to = join(directory.path, 'suite.yaml')
  expect(await json('requests', 'test-case', id, '--to', to, '--name', 'one')).toMatchObject([{ isNew: true }])
  expect(await json('requests', 'test-case', id, '--to', to, '--name', 'two')).toMatchObject([
    { isNew: false, cases: ['two'] },
  ])
  expect((await assay('requests', 'test-case', id, '--to', to, '--name', 'two')).stderr).toContain('--name')
  expect(await assay('test', to)).toMatchObject({ exitCode: 0 })
  const [saved] = await json<{ test: { id: string } }>('requests', 'test-case', id, '--save', '--name', 'three')
  expect(await json('tests', 'show', saved!.test.id)).toMatchObject([{ name: 'three', state: 'draft' }])
})

test('without a kept body it says what is missing and how to keep it', async () => {
  const id = await send({ model: 'sim/echo', messages: user('private') }, { 'x-assay-retention': 'none' })
  await logged(id)
  for (const words of [
    ['replay', id],
    ['replay', id, '--yes'],
    ['test-case', id],
  ]) {
    const { exitCode, stderr } = await assay('requests', ...words)
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('retention')])
  }
  expect((await assay('requests', 'show', id)).stdout).toContain('Not kept')
})

test('tail tells each request once as it ends, and goes on after the server was away', async () => {
  const { port } = new URL(server.url)
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, '../../bin/assay.js'), 'requests', 'tail', '--last', '0', '--text', 'tailed', '--json'],
    { env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ASSAY_URL: server.url, ASSAY_API_KEY: adminKey } },
  )
  const lines: { event: string; id: string; promptPreview: string }[] = []
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(JSON.parse(line) as (typeof lines)[number]))
  try {
    const first = await until('the first of them', async () => {
      await send({ model: 'sim/echo', messages: user('tailed first') })
      await send({ model: 'sim/echo', messages: user('not of interest') })
      return lines[0]
    })
    expect(first).toMatchObject({ event: 'request', promptPreview: 'tailed first' })
    await server[Symbol.asyncDispose]()
    server = await startAssay({ dataDir: environment['ASSAY_DATA']!, environment: { ASSAY_PORT: port } })
    const id = await send({ model: 'sim/echo', messages: user('tailed again') })
    await until('the one behind the gap', async () => lines.find((line) => line.id === id))
    expect(new Set(lines.map((line) => line.id)).size).toBe(lines.length)
    expect(lines.every(({ promptPreview }) => promptPreview.startsWith('tailed'))).toBe(true)
  } finally {
    child.kill('SIGINT')
  }
  expect(await once(child, 'exit')).toEqual([130, null])
})
