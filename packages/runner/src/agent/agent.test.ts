import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Suite, textOf } from '@assay/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { wantsAgent } from './framework.ts'
import { filesystemPlugin } from './plugins/filesystem.ts'
import { memoryPlugin } from './plugins/memory.ts'
import type { OpenPlugin } from './plugin.ts'
import { runAgents, type Move } from './testing/scripted.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-agent-test-'))
  await mkdir(join(folder, 'desk', 'sub'), { recursive: true })
  await writeFile(join(folder, 'desk', 'notes.txt'), 'one\ntwo\nthree')
  await writeFile(join(folder, 'secret.txt'), 'not for agents')
  await symlink('../secret.txt', join(folder, 'desk', 'way-out'))
})
afterAll(() => rm(folder, { recursive: true }))

const input = [{ id: 'a', input: 'go', workspace: 'desk' }]
const agent = () => ({
  plugins: [filesystemPlugin],
  workspace: { suiteFolder: folder, root: join(folder, 'copies') },
})

test('the tools are offered, run, and what they said is told to the model', async () => {
  const moves: Move[] = [
    [{ name: 'write_file', args: { path: 'new.txt', content: 'hello' } }],
    [
      { name: 'read_text_file', args: { path: 'new.txt' } },
      { name: 'list_directory', args: { path: '.' } },
    ],
    'done',
  ]
  const { result, asked } = await runAgents({ tests: input }, { moves, agent: agent() })
  expect(result).toMatchObject({ status: 'passed', response: 'done', steps: 3, costNanoUsd: 3_000_000 })
  expect(result.usage).toMatchObject({ inputTokens: 30, outputTokens: 15 })
  expect(result.toolCalls).toMatchObject([
    { name: 'write_file', args: { path: 'new.txt', content: 'hello' }, status: 'ok', step: 1 },
    { name: 'read_text_file', status: 'ok', step: 2, result: 'hello', resultBytes: 5 },
    { name: 'list_directory', status: 'ok', step: 2, result: '[DIR] sub\n[FILE] new.txt\n[FILE] notes.txt' },
  ])
  const names = asked[0]!.tools!.map((tool) => (tool['function'] as { name: string }).name)
  expect(names).toContain('write_file')
  expect(asked[2]!.messages.map((message) => `${message.role}: ${textOf(message)}`)).toEqual([
    'user: go',
    'assistant: ',
    'tool: Wrote 5 bytes to new.txt.',
    'assistant: ',
    'tool: hello',
    'tool: [DIR] sub\n[FILE] new.txt\n[FILE] notes.txt',
  ])
})

test('each case has a copy of the workspace, nothing of the original changes, and no copy stays', async () => {
  const moves: Move[] = [
    [{ name: 'read_file', args: { path: 'notes.txt' } }],
    [{ name: 'write_file', args: { path: 'notes.txt', content: 'changed' } }],
    'done',
  ]
  const tests = [input[0], { ...input[0], id: 'b' }, { ...input[0], id: 'c' }]
  const { results } = await runAgents({ tests }, { moves, agent: agent() })
  expect(results.map(({ toolCalls }) => toolCalls![0]!.result)).toEqual(Array(3).fill('one\ntwo\nthree'))
  expect(await readFile(join(folder, 'desk', 'notes.txt'), 'utf8')).toBe('one\ntwo\nthree')
  expect(await readdir(join(folder, 'copies'))).toEqual([])
})

test.each([
  ['a path above', '../secret.txt'],
  ['an absolute path', '/etc/passwd'],
  ['a path through a folder that is not there', 'nowhere/../../secret.txt'],
  ['a path with an end of text in it', 'notes.txt\0.md'],
])('%s is denied', async (_, path) => {
  const moves: Move[] = [[{ name: 'read_file', args: { path } }], 'done']
  const { result } = await runAgents({ tests: input }, { moves, agent: agent() })
  expect(result.toolCalls).toMatchObject([{ status: 'denied', args: { path } }])
})

test('a link that leaves the workspace is not copied, and one made in it is not followed', async () => {
  const linking: OpenPlugin = async ({ workspace }) => ({
    name: 'linking',
    tools: [{ name: 'link', description: '', inputSchema: { type: 'object' } }],
    call: async () => {
      await symlink(folder, join(workspace, 'up'))
      return { status: 'ok', text: 'linked' }
    },
    [Symbol.asyncDispose]: async () => {},
  })
  const moves: Move[] = [
    [{ name: 'list_directory', args: { path: '.' } }, { name: 'link' }],
    [
      { name: 'read_file', args: { path: 'up/secret.txt' } },
      { name: 'write_file', args: { path: 'up/planted.txt', content: 'x' } },
      { name: 'move_file', args: { source: 'notes.txt', destination: 'up/gone.txt' } },
    ],
    'done',
  ]
  const { result } = await runAgents(
    { tests: input },
    { moves, agent: { ...agent(), plugins: [filesystemPlugin, linking] } },
  )
  expect(result.toolCalls![0]!.result).not.toContain('way-out')
  expect(result.toolCalls!.slice(2).map(({ status }) => status)).toEqual(['denied', 'denied', 'denied'])
  expect(await readdir(folder)).not.toContain('planted.txt')
})

test('the step limit ends the case as failed, with the calls that were made', async () => {
  const moves: Move[] = [[{ name: 'list_directory', args: { path: '.' } }]]
  const { result } = await runAgents({ tests: input, limits: { steps: 2 } }, { moves, agent: agent() })
  expect(result).toMatchObject({ status: 'failed', reason: 'limit.steps', error: { code: 'limit.steps' }, steps: 2 })
  expect(result.toolCalls).toHaveLength(2)
  expect(result.costNanoUsd).toBe(2_000_000)
})

test.each([
  ['limit.tokens', { tokens: 20 }],
  ['limit.cost', { costUsd: 0.0015 }],
])('%s ends the case within the loop', async (code, limits) => {
  const moves: Move[] = [[{ name: 'list_directory', args: { path: '.' } }]]
  const { result, asked } = await runAgents({ tests: input, limits }, { moves, agent: agent() })
  expect(result).toMatchObject({ status: 'failed', reason: code })
  expect(asked).toHaveLength(2)
})

test('what a tool says beyond its limit is cut and marked, and counted whole', async () => {
  const moves: Move[] = [
    [{ name: 'write_file', args: { path: 'big.txt', content: 'é'.repeat(1_000) } }],
    [{ name: 'read_file', args: { path: 'big.txt' } }],
    'done',
  ]
  const { result, asked } = await runAgents(
    { tests: input, limits: { toolResultBytes: 101 } },
    { moves, agent: agent() },
  )
  expect(result.toolCalls![1]).toMatchObject({ resultBytes: 2_000 })
  expect(textOf(asked[2]!.messages.at(-1)!)).toBe(`${'é'.repeat(50)}\n[cut: the first 100 of 2000 bytes]`)
})

test('a fault alters the call it is for: an error, an answer, a delay', async () => {
  const call = { name: 'read_file', args: { path: 'notes.txt' } }
  const faults = [
    { tool: 'read_file', on: 2, error: 'the disk is gone' },
    { tool: 'read_file', on: 3, body: { made: 'up' } },
    { tool: 'read_file', on: 4, delayMs: 30 },
  ]
  const moves: Move[] = [[call], [call], [call], [call], 'done']
  const { result } = await runAgents({ tests: [{ ...input[0], faults }] }, { moves, agent: agent() })
  expect(result.toolCalls!.map(({ status, result }) => [status, result])).toEqual([
    ['ok', 'one\ntwo\nthree'],
    ['error', 'the disk is gone'],
    ['ok', '{"made":"up"}'],
    ['ok', 'one\ntwo\nthree'],
  ])
  expect(result.toolCalls![3]!.durationMs).toBeGreaterThan(25)
})

test('calls of tools that do not exist, or with arguments that are no JSON, are errors the model is told of', async () => {
  const moves: Move[] = [
    [{ name: 'fly' }, { name: 'read_file', args: '{"path":' }, { name: 'read_file', args: { path: 3 } }],
    'done',
  ]
  const { result, asked } = await runAgents({ tests: input }, { moves, agent: agent() })
  expect(result.status).toBe('passed')
  expect(result.toolCalls!.map(({ name, status }) => [name, status])).toEqual([
    ['fly', 'error'],
    ['read_file', 'error'],
    ['read_file', 'error'],
  ])
  expect(asked[1]!.messages.filter(({ role }) => role === 'tool')).toHaveLength(3)
})

test('calls without ids, or with the same one twice, find their results', async () => {
  const call = (path: string) => ({ name: 'write_file', args: { path, content: path }, id: '' })
  const moves: Move[] = [
    [call('a'), call('b')],
    [
      { ...call('c'), id: 'same' },
      { ...call('d'), id: 'same' },
    ],
    'done',
  ]
  const { result, asked } = await runAgents({ tests: input }, { moves, agent: agent() })
  expect(result.toolCalls).toHaveLength(4)
  const ids = asked[2]!.messages.flatMap((message) => ('tool_call_id' in message ? [message['tool_call_id']] : []))
  expect(new Set(ids).size).toBe(4)
})

test('a tool that hangs ends with its case, and is recorded as a timeout', async () => {
  const closed: string[] = []
  const hanging: OpenPlugin = async () => ({
    name: 'hanging',
    tools: [{ name: 'wait', description: '', inputSchema: { type: 'object' } }],
    call: () => new Promise(() => {}),
    [Symbol.asyncDispose]: async () => void closed.push('hanging'),
  })
  const moves: Move[] = [[{ name: 'wait' }], 'done']
  const suite = { tests: [{ input: 'go' }], limits: { timeoutMs: 100 } }
  const { result } = await runAgents(suite, { moves, agent: { plugins: [hanging] } })
  expect(result).toMatchObject({
    status: 'failed',
    reason: 'limit.time',
    toolCalls: [{ name: 'wait', status: 'timeout' }],
  })
  expect(result.durationMs).toBeLessThan(2_000)
  expect(closed).toEqual(['hanging'])
})

test('a plugin that throws ends the case as an error, with its call in the record', async () => {
  const dying: OpenPlugin = async () => ({
    name: 'dying',
    tools: [{ name: 'die', description: '', inputSchema: { type: 'object' } }],
    call: async () => {
      throw new Error('gone')
    },
    [Symbol.asyncDispose]: async () => {},
  })
  const moves: Move[] = [[{ name: 'die' }], 'never said']
  const { result, asked } = await runAgents({ tests: [{ input: 'go' }] }, { moves, agent: { plugins: [dying] } })
  expect(result).toMatchObject({ status: 'error', error: { message: 'gone' }, toolCalls: [{ status: 'error' }] })
  expect(asked).toHaveLength(1)
})

test('secrets never reach the model, its records or what keeps its calls', async () => {
  const seen: string[] = []
  const telling: OpenPlugin = async () => ({
    name: 'telling',
    tools: [{ name: 'tell', description: '', inputSchema: { type: 'object' } }],
    call: async () => ({ status: 'ok', text: 'the key is sk-canary-1234.' }),
    [Symbol.asyncDispose]: async () => {},
  })
  const { result, asked } = await runAgents(
    { tests: [{ input: 'go' }] },
    {
      moves: [[{ name: 'tell' }], 'done'],
      agent: {
        plugins: [telling],
        secrets: ['sk-canary-1234'],
        aroundTools: (next) => async (call) => {
          const answer = await next(call)
          seen.push(answer.text)
          return answer
        },
      },
    },
  )
  expect(JSON.stringify([result, asked, seen])).not.toContain('canary')
  expect(seen).toEqual(['the key is [redacted].'])
})

test('a conversation of several turns keeps its workspace and counts its steps over all of them', async () => {
  const tests = [{ steps: [{ input: 'write it' }, { input: 'read it' }], workspace: 'desk' }]
  const moves: Move[] = [
    [{ name: 'write_file', args: { path: 'kept.txt', content: 'still here' } }],
    'written',
    [{ name: 'read_file', args: { path: 'kept.txt' } }],
    'read',
  ]
  const { result } = await runAgents({ tests }, { moves, agent: agent() })
  expect(result).toMatchObject({ status: 'passed', response: 'written\n\nread', steps: 4 })
  expect(result.toolCalls!.map(({ step, result }) => [step, result])).toEqual([
    [1, 'Wrote 10 bytes to kept.txt.'],
    [3, 'still here'],
  ])
})

test('a tool that the suite declares ends the loop as a call that stays open', async () => {
  const tools = [{ type: 'function', function: { name: 'pay', parameters: { type: 'object' } } }]
  const tests = [{ input: 'go', assert: [{ type: 'tool-call-f1', value: ['pay'] }] }]
  const moves: Move[] = [[{ name: 'list_directory', args: { path: '.' } }], [{ name: 'pay', args: { amount: 3 } }]]
  const { result } = await runAgents({ tools, tests }, { moves, agent: agent() })
  expect(result).toMatchObject({ status: 'passed', steps: 2 })
})

test('what is remembered lasts for the case and no longer', async () => {
  const entities = [{ name: 'Ada', entityType: 'person', observations: ['likes maps'] }]
  const moves: Move[] = [
    [{ name: 'read_graph' }],
    [{ name: 'create_entities', args: { entities } }],
    [{ name: 'search_nodes', args: { query: 'MAPS' } }],
    'done',
  ]
  const tests = [
    { id: 'a', input: 'go' },
    { id: 'b', input: 'go' },
  ]
  const { results } = await runAgents({ tests }, { moves, agent: { plugins: [memoryPlugin] } })
  for (const { toolCalls } of results) {
    expect(toolCalls![0]!.result).toBe('{"entities":[],"relations":[]}')
    expect(toolCalls![2]!.result).toContain('Ada')
  }
})

test('names that two plugins share carry the plugin in front', async () => {
  const named =
    (name: string): OpenPlugin =>
    async () => ({
      name,
      tools: [{ name: 'search', description: '', inputSchema: { type: 'object' } }],
      call: async () => ({ status: 'ok', text: name }),
      [Symbol.asyncDispose]: async () => {},
    })
  const moves: Move[] = [[{ name: 'b__search' }], 'done']
  const { result } = await runAgents(
    { tests: [{ input: 'go' }] },
    { moves, agent: { plugins: [named('a'), named('b')] } },
  )
  expect(result.toolCalls).toMatchObject([{ name: 'b__search', result: 'b' }])
})

test('a tool that is only declared answers what a fault says of it; a call that no fault answers is an error', async () => {
  const declared = { type: 'function', function: { name: 'balance' } }
  const suite = { tools: [declared], faults: [{ tool: 'balance', on: 1, body: 5 }], tests: [{ input: 'go' }] }
  expect(wantsAgent(Suite.parse(suite))).toBe(true)
  expect(wantsAgent(Suite.parse({ ...suite, faults: [] }))).toBe(false)
  const call = [{ name: 'balance' }]
  const { result } = await runAgents(suite, { moves: [call, call, 'It is 5.'], agent: { plugins: [] } })
  expect(result).toMatchObject({
    response: 'It is 5.',
    toolCalls: [
      { name: 'balance', status: 'ok', result: '5' },
      { name: 'balance', status: 'error', result: expect.stringContaining('no tool balance') },
    ],
  })
})
