import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CaseResult } from '@assay/core'
import { runAssay, temporaryDirectory } from '@assay/testkit'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'

const KEY = 'sk-secret-of-the-test'

let directory: Awaited<ReturnType<typeof temporaryDirectory>>
let server: Server
let url: string
const seen: { path: string; authorization: string; model: string }[] = []

type Asked = { model?: string; messages?: { role: string; content: string }[]; tools?: unknown[]; q?: string }

/** A compatible server: it writes a file when it has tools, else it says what it was told, and the key it was sent. */
const answerOf = ({ model, messages = [], tools }: Asked, authorization: string) => {
  const said = messages.at(-1)!
  const call = {
    id: 'c1',
    type: 'function',
    function: { name: 'write_file', arguments: '{"path":"a.txt","content":"hi"}' },
  }
  const message =
    tools && said.role === 'user'
      ? { role: 'assistant', content: null, tool_calls: [call] }
      : { role: 'assistant', content: `${said.content} ${authorization}` }
  const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 }
  return { id: 'x', object: 'chat.completion', model, choices: [{ index: 0, message, finish_reason: 'stop' }], usage }
}

beforeAll(async () => {
  directory = await temporaryDirectory()
  server = createServer((incoming, outgoing) => {
    let body = ''
    incoming.on('data', (chunk: Buffer) => (body += chunk.toString()))
    incoming.on('end', () => {
      const asked = JSON.parse(body) as Asked
      const { authorization = '' } = incoming.headers
      seen.push({ path: incoming.url ?? '', authorization, model: asked.model ?? '' })
      outgoing.setHeader('content-type', 'application/json').setHeader('set-cookie', `session=${KEY}`)
      const reply = asked.messages ? answerOf(asked, authorization) : { said: `${asked.q} ${authorization}` }
      outgoing.end(JSON.stringify(reply))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterAll(async () => {
  server.close()
  await directory[Symbol.asyncDispose]()
})

beforeEach(() => void (seen.length = 0))

let number = 0
const folderOf = async (suite: object): Promise<string> => {
  const folder = join(directory.path, String(++number))
  await mkdir(folder)
  await writeFile(join(folder, 'assay.json'), JSON.stringify(suite))
  return folder
}
const run = async (folder: string, words: string[], environment: Record<string, string> = {}) => {
  const { exitCode, stdout, stderr } = await runAssay(['test', join(folder, 'assay.json'), '--json', ...words], {
    environment: { ASSAY_DATA: join(folder, 'data'), ...environment },
  })
  const results = stdout
    .split('\n')
    .filter((line) => line.startsWith('{"event":"result"'))
    .map((line) => JSON.parse(line) as CaseResult)
  return { exitCode, stderr, results }
}
const filesOf = async (folder: string): Promise<Record<string, string>> => {
  const names = (await readdir(folder)).toSorted()
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')])),
  )
}

const proxied = () => ({ LITELLM_PROXY_URL: url, LITELLM_API_KEY: KEY })

test('what a model said is given back without a call and without a key, and no secret is in the files', async () => {
  const folder = await folderOf({
    env: ['SHOP_TOKEN'],
    providers: ['litellm/any-model'],
    tests: [{ id: 'a', input: 'hello {{env.SHOP_TOKEN}}', repeat: 2, assert: [{ type: 'icontains', value: 'HELLO' }] }],
  })
  const cassettes = join(folder, 'cassettes')
  const recorded = await run(folder, ['--record', cassettes], { ...proxied(), SHOP_TOKEN: 'shop-token-1' })
  expect({ exitCode: recorded.exitCode, asked: seen.length }).toEqual({ exitCode: 0, asked: 2 })
  expect(recorded.results[0]?.response).toBe(`hello shop-token-1 Bearer ${KEY}`)

  const files = await filesOf(cassettes)
  expect(Object.keys(files)).toHaveLength(2)
  const text = Object.values(files).join('')
  expect(text).not.toContain(KEY)
  expect(text).not.toContain('shop-token-1')
  expect(text).toContain('hello {{env.SHOP_TOKEN}}')

  const replayed = await run(folder, ['--replay', cassettes])
  expect({ exitCode: replayed.exitCode, asked: seen.length }).toEqual({ exitCode: 0, asked: 2 })
  expect(replayed.results[0]).toMatchObject({
    cached: true,
    response: 'hello {{env.SHOP_TOKEN}} Bearer {{env.LITELLM_API_KEY}}',
  })
  expect(replayed.results[0]?.latencyMs).toBe(recorded.results[0]?.latencyMs)

  await run(folder, ['--record', cassettes], { ...proxied(), SHOP_TOKEN: 'shop-token-2' })
  expect(seen).toHaveLength(4)
  expect(await filesOf(cassettes)).toEqual(files)
})

test('a request that was not recorded fails naming the nearest one and what differs', async () => {
  const suite = (input: string) => ({
    providers: ['litellm/m'],
    tests: [
      { id: 'a', input },
      { id: 'b', input: 'other' },
    ],
  })
  const folder = await folderOf(suite('hello'))
  const cassettes = join(folder, 'cassettes')
  await run(folder, ['--record', cassettes], proxied())
  await writeFile(join(folder, 'assay.json'), JSON.stringify(suite('hello there')))
  const { exitCode, results } = await run(folder, ['--replay', cassettes])
  expect(exitCode).toBe(100)
  expect(results.find(({ caseKey }) => caseKey === 'a')?.error).toEqual({
    code: 'suite.replay_missing',
    message: expect.stringMatching(
      /The nearest is model-\w+\.json: messages\[0\]\.content was "(hello|other)" and is "hello there"\./,
    ) as unknown,
  })
  expect(results.find(({ caseKey }) => caseKey === 'b')?.status).toBe('passed')
  const none = await run(folder, ['--replay', join(folder, 'nowhere')])
  expect(none).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('There is no folder') as unknown })
  const both = await run(folder, ['--replay', cassettes, '--record', cassettes])
  expect(both).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('exclude each other') as unknown })
})

test('what an address said is given back, whatever its key and place are now', async () => {
  const config = {
    headers: { authorization: 'Bearer {{env.SHOP_KEY}}' },
    body: { q: '{{prompt}}' },
    transformResponse: '$.said',
  }
  const folder = await folderOf({
    env: ['SHOP_URL', 'SHOP_KEY'],
    providers: [{ id: '{{env.SHOP_URL}}/ask', label: 'shop', config }],
    tests: [{ input: 'hi', assert: [{ type: 'starts-with', value: 'hi' }] }],
  })
  const cassettes = join(folder, 'cassettes')
  expect((await run(folder, ['--record', cassettes], { SHOP_URL: url, SHOP_KEY: KEY })).exitCode).toBe(0)
  const text = Object.values(await filesOf(cassettes)).join('')
  expect(text).not.toContain(KEY)
  expect(text).toContain('"url": "{{env.SHOP_URL}}/ask"')
  const { exitCode, results } = await run(folder, ['--replay', cassettes])
  expect({ exitCode, asked: seen.length }).toEqual({ exitCode: 0, asked: 1 })
  expect(results[0]).toMatchObject({ cached: true, httpStatus: 200 })
})

test('tools are not run again: their calls are replayed, and assertions see them', async () => {
  const folder = await folderOf({
    providers: ['litellm/m'],
    tests: [
      {
        input: 'write',
        assert: [
          { type: 'trajectory:tool-args-match', value: { name: 'write_file', args: { path: 'a.txt' } } },
          { type: 'trajectory:tool-status', value: 'ok' },
          { type: 'trajectory:step-count', value: { type: 'message', min: 2, max: 2 } },
        ],
      },
    ],
  })
  const cassettes = join(folder, 'cassettes')
  const words = ['-p', 'filesystem']
  const recorded = await run(folder, [...words, '--record', cassettes], proxied())
  expect(recorded.results[0]).toMatchObject({ status: 'passed', toolCalls: [{ name: 'write_file', status: 'ok' }] })
  expect(Object.keys(await filesOf(cassettes)).map((name) => name.split('-')[0])).toEqual(['model', 'model', 'tool'])
  const replayed = await run(folder, [...words, '--replay', cassettes])
  expect(replayed.results[0]).toMatchObject({
    status: 'passed',
    toolCalls: [{ name: 'write_file', status: 'replayed' }],
  })
  expect(seen).toHaveLength(2)
})

test('a proxy takes every model by the name it was given, and is the way for those without a key', async () => {
  const folder = await folderOf({ tests: [{ input: 'hi' }] })
  const asked = async (words: string[], environment: Record<string, string>) => {
    seen.length = 0
    const { exitCode } = await run(folder, ['--no-cache', ...words], environment)
    return { exitCode, ...seen[0] }
  }
  const path = '/v1/chat/completions'
  const own = { LITELLM_PROXY_URL: url }
  const at = (model: string, key: string) => ({ exitCode: 0, path, model, authorization: `Bearer ${key}` })
  expect(await asked(['-m', 'claude-sonnet-4'], own)).toEqual(at('claude-sonnet-4', 'anything'))
  expect(await asked(['-f', 'litellm', '-m', 'my/own:model'], proxied())).toEqual(at('my/own:model', KEY))
  const withKey = { ...proxied(), OPENAI_API_KEY: 'sk-mine', OPENAI_BASE_URL: `${url}/own` }
  expect(await asked(['-m', 'gpt-4o'], withKey)).toEqual({ ...at('gpt-4o', 'sk-mine'), path: '/own/chat/completions' })
  expect(await asked(['-f', 'compatible', '-m', 'gpt-4o'], withKey)).toEqual(at('gpt-4o', KEY))
})
