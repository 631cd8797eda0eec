import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { CaseResult } from '@assay/core'
import { runAssay, temporaryDirectory } from '@assay/testkit'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'

type Seen = { method: string; path: string; headers: IncomingHttpHeaders; body: string }
type Reply = { status?: number; headers?: Record<string, string>; body: string }

let directory: Awaited<ReturnType<typeof temporaryDirectory>>
let server: Server
let url: string
const seen: Seen[] = []
let reply: (request: Seen) => Reply = () => ({ body: '' })

beforeAll(async () => {
  directory = await temporaryDirectory()
  server = createServer((incoming, outgoing) => {
    let body = ''
    incoming.on('data', (chunk: Buffer) => (body += chunk.toString()))
    incoming.on('end', () => {
      const request = { method: incoming.method ?? '', path: incoming.url ?? '', headers: incoming.headers, body }
      seen.push(request)
      const { status = 200, headers = {}, body: text } = reply(request)
      outgoing.writeHead(status, headers).end(text)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterAll(async () => {
  server.close()
  await directory[Symbol.asyncDispose]()
})

beforeEach(() => {
  seen.length = 0
  reply = ({ body }) => ({ body: JSON.stringify({ said: (JSON.parse(body) as { prompt: string }).prompt }) })
})

let number = 0
/** Runs a suite, and answers its results. */
const run = async (
  suite: object,
  { words = [], environment = {}, name = 'assay.json', files = {} }: RunGiven = {},
): Promise<Ran> => {
  const folder = join(directory.path, String(++number))
  for (const [file, text] of Object.entries({ [name]: JSON.stringify(suite), ...files })) {
    await mkdir(dirname(join(folder, file)), { recursive: true })
    await writeFile(join(folder, file), text)
  }
  const { exitCode, stdout, stderr } = await runAssay(['test', join(folder, name), '--json', ...words], {
    environment: { ASSAY_DATA: join(folder, 'data'), ASSAY_EGRESS_ALLOW: new URL(url).host, ...environment },
  })
  const events = stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { event: string } & CaseResult)
  return { exitCode, stderr, results: events.filter(({ event }) => event === 'result') }
}
type RunGiven = {
  words?: string[]
  environment?: Record<string, string>
  name?: string
  files?: Record<string, string>
}
type Ran = { exitCode: number | null; stderr: string; results: CaseResult[] }

const at = (config: object) => ({ id: `${url}/ask`, label: 'mine', config })
const hello = { input: 'hello', assert: [{ type: 'equals', value: 'hello' }] }

test('an address is asked with its body, and the answer is taken from where it stands', async () => {
  const { exitCode, results } = await run(
    {
      env: ['SHOP_KEY'],
      providers: [
        at({
          method: 'put',
          headers: { Authorization: 'Bearer {{env.SHOP_KEY}}' },
          queryParams: { lang: '{{lang}}' },
          body: { prompt: 'Say: {{prompt}}', list: '{{list}}', count: '{{count}}', text: '{{list | json}} ok' },
          transformResponse: '$.said',
        }),
      ],
      tests: [
        {
          input: 'hi',
          vars: { lang: 'a b', list: [1, { a: 2 }], count: 3 },
          assert: [{ type: 'equals', value: 'Say: hi' }],
        },
      ],
    },
    { environment: { SHOP_KEY: 'shop-secret-123' } },
  )
  expect(exitCode).toBe(0)
  expect(seen).toMatchObject([
    { method: 'PUT', path: '/ask?lang=a%20b', headers: { authorization: 'Bearer shop-secret-123' } },
  ])
  expect(JSON.parse(seen[0]!.body)).toEqual({
    prompt: 'Say: hi',
    list: [1, { a: 2 }],
    count: 3,
    text: '[1,{"a":2}] ok',
  })
  expect(results[0]).toMatchObject({ model: 'mine', response: 'Say: hi', httpStatus: 200, status: 'passed' })
  expect(results[0]!.latencyMs).toBeGreaterThanOrEqual(0)
})

test('an address on the command line needs no configuration', async () => {
  reply = ({ body }) => ({ body: (JSON.parse(body) as { prompt: string }).prompt })
  const { exitCode } = await run(
    { tests: [hello] },
    { words: ['-m', `${url}/x`], environment: { ASSAY_EGRESS_ALLOW: '' } },
  )
  expect(exitCode).toBe(0)
})

test('a private address that only stands in the file is refused, one from the environment is not', async () => {
  const suite = (id: string) => ({ env: ['SHOP_URL'], providers: [{ id, label: 'mine' }], tests: [{ input: 'hello' }] })
  const none = { ASSAY_EGRESS_ALLOW: '', SHOP_URL: url }
  const refused = await run(suite(url), { environment: { ASSAY_EGRESS_ALLOW: '' } })
  expect(refused.results[0]).toMatchObject({ status: 'error', error: { code: 'egress.denied' } })
  expect(seen).toHaveLength(0)
  expect((await run(suite('{{env.SHOP_URL}}/ask'), { environment: none })).exitCode).toBe(0)
  expect(seen).toHaveLength(1)
})

test('what an address does wrong is told, without what must not be read', async () => {
  const suite = (config: object) => ({ env: ['SHOP_KEY'], providers: [at(config)], tests: [hello] })
  const given = { environment: { SHOP_KEY: 'shop-secret-123' }, words: ['--max-retries', '0'] }
  const errorOf = async (config: object) => (await run(suite(config), given)).results[0]?.error?.message
  reply = ({ headers }) => ({ status: 500, body: `no: ${String(headers['x-key'])}` })
  expect(await errorOf({ headers: { 'X-Key': '{{env.SHOP_KEY}}' } })).toBe(
    `POST ${url}/ask gave no answer: HTTP 500: no: {{env.SHOP_KEY}}.`,
  )
  reply = () => ({ status: 302, headers: { location: 'http://elsewhere.example/' }, body: '' })
  expect(await errorOf({})).toContain('HTTP 302, to http://elsewhere.example/; redirects are not followed')
  reply = () => ({ body: '{"choices":[{"text":"a"}]}' })
  expect(await errorOf({ transformResponse: '$.choices[1].text' })).toContain('there is no [1] in a list of 1')
  expect(await errorOf({ transformResponse: 'json.answer.text' })).toContain(
    'there is no answer in an object with choices',
  )
  expect(await errorOf({ transformResponse: 'json.nope.trim()' })).toContain('transformResponse failed: TypeError')
})

test('an overload is asked again, and a status that counts as an answer is one', async () => {
  reply = () => (seen.length < 3 ? { status: 429, headers: { 'retry-after': '0' }, body: '' } : { body: 'hello' })
  const { exitCode, results } = await run({ providers: [at({})], tests: [hello] })
  expect({ exitCode, attempts: results[0]?.attempts }).toEqual({ exitCode: 0, attempts: 3 })
  reply = () => ({ status: 404, body: 'hello' })
  expect((await run({ providers: [at({ validateStatus: 'status < 500' })], tests: [hello] })).exitCode).toBe(0)
})

test('when nobody listens the run ends with 5, and with 4 when the key is refused', async () => {
  const closed = { providers: ['http://127.0.0.1:9/x'], tests: [hello] }
  const words = ['--max-retries', '0']
  expect((await run(closed, { words, environment: { ASSAY_EGRESS_ALLOW: '127.0.0.1:9' } })).exitCode).toBe(5)
  reply = () => ({ status: 401, body: 'who are you' })
  expect((await run({ providers: [at({})], tests: [hello] }, { words })).exitCode).toBe(4)
})

test.each([
  [{ body: { a: '{{gone}}' } }, 'gone'],
  [{ headers: { a: '{{env.HOME}}' } }, 'env.HOME'],
  [{ transformResponse: '$..said' }, 'is no path'],
  [{ methode: 'GET' }, 'methode'],
  [{ method: 'HEAD' }, 'method'],
])('%j is refused before anything is asked', async (config, word) => {
  const { exitCode, stderr } = await run({ providers: [at(config)], tests: [hello] })
  expect({ exitCode, asked: seen.length }).toEqual({ exitCode: 2, asked: 0 })
  expect(stderr).toContain(word)
})

test('a conversation goes out turn by turn', async () => {
  reply = ({ body }) => ({ body: String((JSON.parse(body) as { messages: unknown[] }).messages.length) })
  const { results, exitCode } = await run({
    providers: [at({ body: { messages: '{{messages}}' } })],
    tests: [
      {
        steps: [
          { input: 'a', assert: [{ type: 'equals', value: '1' }] },
          { input: 'b', assert: [{ type: 'equals', value: '3' }] },
        ],
      },
    ],
  })
  expect(results[0]?.verdicts.map(({ pass }) => pass)).toEqual([true, true])
  expect(exitCode).toBe(0)
})

test('the providers of promptfoo for addresses and JavaScript mean the same', async () => {
  reply = ({ body, path }) => ({
    status: path === '/raw' ? 418 : 200,
    body: JSON.stringify({ output: body, usage: { in: 4, out: 2 } }),
  })
  const suite = {
    prompts: ['Say {{word}}'],
    providers: [
      {
        id: 'https',
        label: 'shape',
        config: {
          url: `${url}/shape`,
          body: { q: '{{prompt}}', ids: '{{ids | dump}}', json: '{{json}}' },
          transformResponse:
            '({ output: json.output, tokenUsage: { prompt: json.usage.in, completion: json.usage.out }, cost: 0.5 })',
        },
      },
      {
        id: `${url}/get`,
        label: 'get',
        config: { method: 'GET', queryParams: { q: '{{prompt}}' }, transformResponse: '(json, text) => text.length' },
      },
      {
        id: 'http',
        label: 'raw',
        config: {
          request: `POST /raw HTTP/1.1\nHost: ${new URL(url).host}\nContent-Type: application/json\n\n{"q": "{{prompt}}"}`,
          transformResponse: 'file://pick.js:output',
        },
      },
      { id: 'file://provider.mjs', label: 'script', config: { loud: true } },
      'file://plain.cjs',
    ],
    tests: [{ vars: { word: 'a "quoted" word', ids: { '0': 1 }, json: '{"a":1}' } }],
  }
  const files = {
    'pick.js': 'module.exports = { output: (json, text, context) => context.response.status + json.output }',
    'provider.mjs':
      'export default class Loud {\n  constructor({ config }) { this.config = config }\n  id = () => "loud"\n  callApi = async (prompt, context) => ({ output: this.config.loud ? prompt.toUpperCase() + context.vars.word.length : prompt })\n}',
    'plain.cjs': 'module.exports = async (prompt) => prompt.length',
  }
  const { results, stderr } = await run(suite, { name: 'promptfooconfig.json', files })
  expect(stderr).toBe('')
  const said = Object.fromEntries(results.map(({ model, response }) => [model, response]))
  expect(said).toEqual({
    shape: '{"q":"Say a \\"quoted\\" word","ids":{"0":1},"json":{"a":1}}',
    get: String('{"output":"","usage":{"in":4,"out":2}}'.length),
    raw: '418{"q":"Say a \\"quoted\\" word"}',
    script: 'SAY A "QUOTED" WORD15',
    'file://plain.cjs': '19',
  })
  expect(results.find(({ model }) => model === 'shape')).toMatchObject({
    usage: { inputTokens: 4, outputTokens: 2 },
    costNanoUsd: 500_000_000,
  })
})

test.each([
  ['file://provider.py', 'export', 'provider.py is a program that cannot be run here'],
  ['file://provider.js', "const fs = require('fs')", 'uses require, which the sandbox has not'],
  ['file://provider.mjs', "import fs from 'node:fs'\nexport default () => 1", 'uses import, which the sandbox has not'],
  ['exec: python provider.py', '', 'is a provider that is not supported'],
  ['file://gone.js', '', 'there is no file gone.js'],
])('the provider %s is refused by name', async (id, text, message) => {
  const file = id.replace('file://', '').replace('gone', 'other')
  const suite = { prompts: ['a'], providers: [id], tests: [{}] }
  const { exitCode, stderr } = await run(suite, { name: 'promptfooconfig.json', files: { [file]: text } })
  expect(exitCode).toBe(2)
  expect(stderr).toContain(message)
  expect(stderr).toMatch(/promptfooconfig.json:1:\d+/)
})

test('a script that goes wrong is an error of its case', async () => {
  const suite = { prompts: ['a'], providers: ['file://provider.js'], tests: [{}] }
  const of = async (text: string) =>
    (await run(suite, { name: 'promptfooconfig.json', files: { 'provider.js': text } })).results[0]?.error?.message
  expect(await of('module.exports = () => fetch("http://x")')).toContain("'fetch' is not defined")
  expect(await of('module.exports = () => ({ error: "no luck" })')).toContain('file://provider.js failed: no luck')
  expect(await of('module.exports = 3')).toContain('exports neither a function nor an object')
})
