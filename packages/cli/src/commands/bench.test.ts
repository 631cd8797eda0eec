import { readFile } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { runAssay, startAssay, temporaryDirectory } from '@assay/testkit'
import { afterEach, beforeEach, expect, test } from 'vitest'

let directory: Awaited<ReturnType<typeof temporaryDirectory>>
beforeEach(async () => {
  directory = await temporaryDirectory()
})
afterEach(() => directory[Symbol.asyncDispose]())

const assay = (words: string[], environment: Record<string, string> = {}) =>
  runAssay(['bench', ...words], { environment: { ASSAY_DATA: join(directory.path, 'data'), ...environment } })
const history = async (): Promise<
  { id: string; rows: { error: string | null; asked: number; answered: number }[] }[]
> =>
  (await readFile(join(directory.path, 'data/bench/history.jsonl'), 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

/** A chat completions server that says what a test tells it. */
const startModel = async (play: (response: ServerResponse, count: number) => void) => {
  let count = 0
  const seen: { headers: Record<string, unknown>; body: Record<string, unknown> }[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    seen.push({ headers: request.headers, body: JSON.parse(Buffer.concat(chunks).toString()) })
    play(response, ++count)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    seen,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}

const answer = (response: ServerResponse, content: string): void => {
  response.setHeader('content-type', 'application/json')
  const choices = [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }]
  const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 }
  response.end(JSON.stringify({ id: 'x', object: 'chat.completion', created: 1, model: 'm', choices, usage }))
}

test('without any key each provider is passed over by name, and the way out is told', async () => {
  const { exitCode, stderr } = await assay([])
  expect(exitCode).toBe(2)
  for (const provider of ['openai', 'google', 'anthropic']) expect(stderr).toContain(`skipped ${provider}: no key`)
  expect(stderr).toContain('--providers sim')
})

test('a run is a table, JSON and a line of history, and the second is compared with the first', async () => {
  const first = await assay(['--providers', 'sim', '--delay', '0'])
  expect([first.exitCode, first.stdout]).toEqual([0, expect.stringContaining('27 of 27 calls answered')])
  const second = await assay(['--providers', 'sim', '--delay', '0', '--json'])
  const told = JSON.parse(second.stdout)
  const runs = await history()
  expect(runs).toHaveLength(2)
  expect(told).toMatchObject({
    id: runs[1]!.id,
    comparedWith: runs[0]!.id,
    rows: [{ asked: 9 }, { asked: 9 }, { asked: 9 }],
  })
  const trend = await assay(['--history', '--models', 'sim/fast'])
  expect(trend.stdout).toMatch(/sim\/fast +simple +2/)
})

test('a run stops before it would cost more than it may', async () => {
  const { exitCode, stdout, stderr } = await assay([
    '--models',
    'sim/smart',
    '--delay',
    '0',
    '--max-cost',
    '0.002',
    '--json',
  ])
  const { rows, stoppedBy } = JSON.parse(stdout)
  expect([exitCode, stoppedBy]).toEqual([0, 'max_cost'])
  const spent = rows.reduce((sum: number, row: { costNanoUsd: number }) => sum + row.costNanoUsd, 0)
  expect(spent).toBeLessThanOrEqual(2_000_000)
  expect(stderr).toBe('')
})

test('a provider that fails is a row with its error, and the others go on', async () => {
  await using model = await startModel((response) => {
    response.statusCode = 500
    response.end('{"error":{"message":"out of order"}}')
  })
  const environment = { OPENAI_BASE_URL: model.url, OPENAI_API_KEY: 'sk-test-1234567890' }
  const words = ['--models', 'openai/gpt-4o-mini,sim/fast', '--levels', 'simple', '--repeat', '1', '--delay', '0']
  const { exitCode, stdout } = await assay(words, environment)
  expect([exitCode, stdout]).toEqual([0, expect.stringContaining('out of order')])
  const [run] = await history()
  expect(run!.rows.map(({ answered }) => answered).toSorted((a, b) => a - b)).toEqual([0, 3])
})

test('a provider that asks to wait is waited for', async () => {
  await using model = await startModel((response, count) => {
    if (count > 1) return answer(response, 'Paris 42 yes')
    response.writeHead(429, { 'retry-after': '1', 'content-type': 'application/json' })
    response.end('{"error":{"message":"slow down"}}')
  })
  const environment = { OPENAI_BASE_URL: model.url, OPENAI_API_KEY: 'sk-test-1234567890' }
  const words = ['--models', 'openai/gpt-4o-mini', '--levels', 'simple', '--repeat', '1', '--delay', '0', '--json']
  const { rows } = JSON.parse((await assay(words, environment)).stdout)
  expect(rows).toMatchObject([{ asked: 3, answered: 3, passRate: 1, error: null }])
  expect(model.seen).toHaveLength(4)
  expect(model.seen[0]!.body).toMatchObject({ temperature: 0, max_tokens: 64 })
})

test('a provider whose key is in the vault is asked through the gateway, and no answer comes from its cache', async () => {
  await using model = await startModel((response) => answer(response, 'Paris 42 yes'))
  const allow = { ASSAY_EGRESS_ALLOW: new URL(model.url).host, ASSAY_ADMIN_KEY: 'as-admin-key-0123456789' }
  await using server = await startAssay({ dataDir: join(directory.path, 'served'), environment: allow })
  const environment = { ASSAY_URL: server.url, ASSAY_API_KEY: allow.ASSAY_ADMIN_KEY }
  const added = await fetch(`${server.url}/api/v1/credentials`, {
    method: 'POST',
    headers: { authorization: `Bearer ${allow.ASSAY_ADMIN_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ provider: 'openai', name: 'one', baseUrl: model.url, secret: 'sk-test-1234567890' }),
  })
  expect(added.status).toBe(201)
  const words = ['--providers', 'openai', '--levels', 'simple', '--repeat', '2', '--delay', '0', '--json']
  const { exitCode, stdout } = await assay(words, environment)
  expect([exitCode, JSON.parse(stdout).rows[0]]).toMatchObject([0, { asked: 6, answered: 6 }])
  expect(model.seen).toHaveLength(6)
})

test('what cannot be is refused by name', async () => {
  expect((await assay(['--levels', 'hard'])).stderr).toContain('there is no level hard')
  expect((await assay(['--repeat', '0'])).stderr).toContain('whole number')
  expect((await assay(['--providers', 'opneai'])).stderr).toContain('No current chat model of opneai')
  expect((await assay(['--providers', 'sim', '--baseline', 'nowhere.json'])).stderr).toContain(
    'nowhere.json cannot be read',
  )
})
