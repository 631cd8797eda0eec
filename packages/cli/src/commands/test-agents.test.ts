import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { PassThrough } from 'node:stream'
import { McpServer, type CaseResult } from '@assay/core'
import type { ChosenPlugin } from '@assay/runner'
import { runAssay, temporaryDirectory } from '@assay/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createOutput } from '../terminal/output.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { confirmPlugins } from './test/confirm.ts'

const filesystemServer = join(
  dirname(createRequire(import.meta.url).resolve('@modelcontextprotocol/server-filesystem/package.json')),
  'dist/index.js',
)

type Move = string | { name: string; args?: unknown }[]
type Said = { role: string; content: unknown }

/** A provider whose user says, as JSON, what its model is to do step by step; in two dialects. */
const createProvider = (): Server & { asked: Record<string, unknown>[] } => {
  const asked: Record<string, unknown>[] = []
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += String(chunk)
    const body = JSON.parse(text) as { messages: Said[] }
    asked.push(body)
    const answer = request.url!.endsWith('/messages') ? messagesAnswer(body) : chatAnswer(body)
    response.setHeader('content-type', 'application/json').end(JSON.stringify(answer))
  })
  return Object.assign(server, { asked })
}

const moveOf = ({ messages }: { messages: Said[] }): Move => {
  const first = messages.find(({ role }) => role === 'user')!.content
  const script = typeof first === 'string' ? first : (first as { text: string }[])[0]!.text
  const moves = JSON.parse(script) as Move[]
  return moves[messages.filter(({ role }) => role === 'assistant').length] ?? moves.at(-1)!
}

const chatAnswer = (body: { messages: Said[] }) => {
  const move = moveOf(body)
  const calls = typeof move === 'string' ? [] : move
  const toolCalls = calls.map(({ name, args = {} }, index) => ({
    id: `call_${body.messages.length}_${index}`,
    type: 'function',
    function: { name, arguments: JSON.stringify(args) },
  }))
  return {
    id: 'x',
    model: 'fake',
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: typeof move === 'string' ? move : null,
          ...(calls.length > 0 && { tool_calls: toolCalls }),
        },
        finish_reason: calls.length > 0 ? 'tool_calls' : 'stop',
      },
    ],
    usage: { prompt_tokens: 10, completion_tokens: 5 },
  }
}

const messagesAnswer = (body: { messages: Said[] }) => {
  const move = moveOf(body)
  return {
    id: 'msg',
    type: 'message',
    role: 'assistant',
    model: 'fake',
    content:
      typeof move === 'string'
        ? [{ type: 'text', text: move }]
        : move.map(({ name, args = {} }, index) => ({
            type: 'tool_use',
            id: `toolu_${body.messages.length}_${index}`,
            name,
            input: args,
          })),
    stop_reason: typeof move === 'string' ? 'end_turn' : 'tool_use',
    usage: { input_tokens: 10, output_tokens: 5 },
  }
}

let directory: Awaited<ReturnType<typeof temporaryDirectory>>
let provider: ReturnType<typeof createProvider>
let environment: Record<string, string>
beforeAll(async () => {
  directory = await temporaryDirectory()
  provider = createProvider()
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`
  environment = {
    OPENAI_BASE_URL: `${origin}/v1`,
    ANTHROPIC_BASE_URL: origin,
    ANTHROPIC_API_KEY: 'sk-ant-canary-1',
    TEST_WORKSPACE_PATH: join(directory.path, 'copies'),
    XDG_CONFIG_HOME: join(directory.path, 'config'),
  }
  await mkdir(join(directory.path, 'desk'))
  await writeFile(join(directory.path, 'desk', 'notes.txt'), 'buy milk')
})
afterAll(async () => {
  provider.close()
  await directory[Symbol.asyncDispose]()
})

const run = async (suite: object, words: string[] = [], more: Record<string, string> = {}) => {
  await writeFile(join(directory.path, 'assay.yaml'), JSON.stringify(suite))
  const ended = await runAssay(['test', ...words], { cwd: directory.path, environment: { ...environment, ...more } })
  const results = ended.stdout
    .split('\n')
    .filter((line) => line.includes('"event":"result"'))
    .map((line) => JSON.parse(line) as CaseResult)
  return { ...ended, results }
}

const written = [
  [{ name: 'write_file', args: { path: 'out.txt', content: 'milk' } }],
  [
    { name: 'read_text_file', args: { path: 'out.txt' } },
    { name: 'read_text_file', args: { path: '/etc/passwd' } },
  ],
  'done',
]
const seen = [
  { type: 'trajectory:tool-used', value: ['write_file', 'read_text_file'] },
  {
    type: 'trajectory:tool-args-match',
    value: { name: 'write_file', args: { path: 'out.txt', content: 'milk' }, mode: 'exact' },
  },
  { type: 'trajectory:tool-status', value: { name: 'write_file', status: 'ok' } },
  { type: 'trajectory:tool-status', value: { name: 'read_text_file', status: 'denied', min: 1 } },
]

test.each(['openai/gpt-4o', 'anthropic/claude-sonnet-4-20250514'])(
  'an agent on %s writes a file with the built-in plugin, and what it did is asserted',
  async (model) => {
    const suite = {
      providers: [model],
      mcp: ['filesystem'],
      workspace: 'desk',
      tests: [{ input: JSON.stringify(written), assert: seen }],
    }
    const { exitCode, stderr, results } = await run(suite, ['--json', '--no-cache'])
    expect(stderr).toBe('')
    expect(results[0]?.verdicts.filter(({ pass }) => !pass)).toEqual([])
    expect(exitCode).toBe(0)
    expect(results[0]).toMatchObject({ response: 'done', steps: 3 })
    expect(results[0]!.toolCalls!.map(({ status, result }) => [status, result?.slice(0, 14)])).toEqual([
      ['ok', 'Wrote 4 bytes '],
      ['ok', 'milk'],
      ['denied', 'Access denied:'],
    ])
    expect(await readdir(join(directory.path, 'desk'))).toEqual(['notes.txt'])
    expect(await readdir(join(directory.path, 'copies'))).toEqual([])
  },
  30_000,
)

test('a step limit of one gives limit.steps, on the screen, in the results and in the reports', async () => {
  const suite = {
    providers: ['openai/gpt-4o'],
    mcp: ['filesystem'],
    limits: { steps: 1 },
    tests: [{ description: 'short', input: JSON.stringify(written) }],
  }
  const { exitCode, stderr } = await run(suite, [
    '--verbose',
    '--no-cache',
    '--out',
    'r.junit.xml',
    '--out',
    'r.csv',
    '--out',
    'r.md',
    '--out',
    'r.html',
  ])
  expect(exitCode).toBe(100)
  expect(stderr).toMatch(/✗ short/)
  expect(stderr).toMatch(/tool 1\. write_file\(\{"path":"out\.txt","content":"milk"\}\) ok, \d+ bytes/)
  expect(stderr).toMatch(/limit\.steps: the model still asks for tools after 1 call/)
  const reports = await Promise.all(
    ['r.junit.xml', 'r.csv', 'r.md', 'r.html'].map((name) => readFile(join(directory.path, name), 'utf8')),
  )
  for (const report of reports) expect(report).toMatch(/write_file/)
  for (const report of reports) expect(report).toMatch(/limit\.steps/)
}, 30_000)

test('a server of a suite is shown and not started until it is confirmed', async () => {
  const mcp = { files: { command: process.execPath, args: [filesystemServer, '{{workspace}}'] } }
  const suite = {
    providers: ['openai/gpt-4o'],
    mcp,
    workspace: 'desk',
    tests: [{ input: JSON.stringify(written), assert: seen }],
  }
  const before = provider.asked.length
  const refused = await run(suite, ['--json', '--no-cache'])
  expect(refused.exitCode).toBe(2)
  expect(refused.stderr).toMatch(/suite\.plugin_unconfirmed/)
  expect(refused.stderr).toContain(filesystemServer)
  expect(refused.stderr).toMatch(/--yes/)
  expect(provider.asked).toHaveLength(before)
  const { exitCode, results } = await run(suite, ['--json', '--no-cache', '--yes'])
  expect(results[0]?.verdicts.filter(({ pass }) => !pass)).toEqual([])
  expect(exitCode).toBe(0)
  const typed = await run({ ...suite, mcp: undefined }, [
    '--json',
    '--no-cache',
    '-p',
    `files="${process.execPath}" "${filesystemServer}" {{workspace}}`,
  ])
  expect(typed.exitCode).toBe(0)
  await mkdir(join(directory.path, 'config', 'assay'), { recursive: true })
  const allowed = `mcp: {allow: ["${process.execPath} ${filesystemServer} {{workspace}}"]}\n`
  await writeFile(join(directory.path, 'config', 'assay', 'config.yaml'), allowed)
  expect((await run(suite, ['--json', '--no-cache'])).exitCode).toBe(0)
}, 60_000)

test.each([
  ['a variable that is missing', { mcp: ['github'] }, [], /needs GITHUB_PERSONAL_ACCESS_TOKEN, which is not set/],
  [
    'a program that is not installed',
    { mcp: { tickets: { command: 'no-such-program-here' } } },
    ['--yes'],
    /plugin tickets cannot be started: there is no program no-such-program-here in PATH/,
  ],
  ['a program that was mistyped', {}, ['-p', 'x=./nowhere a'], /there is no program \.\/nowhere\./],
  ['a plugin that does not exist', {}, ['-p', 'filesytem'], /no plugin filesytem[\s\S]*mean filesystem/],
  ['a quote that is not closed', {}, ['-p', 'x="y'], /a quote is not closed/],
  ['a framework that does not exist', {}, ['-f', 'langchain'], /"langchain" is no framework/],
  [
    'a loop that is not installed',
    {},
    ['-f', 'claude-agent'],
    /Claude Agent SDK is not installed[\s\S]*npm install @anthropic-ai\/claude-agent-sdk/,
  ],
  [
    'faults without an agent',
    { faults: [{ tool: 'x', error: 'y' }] },
    [],
    /`faults:`, which only an agent has a use for/,
  ],
  ['a workspace outside', { mcp: ['filesystem'], workspace: '..' }, [], /\.\. cannot be copied: it lies outside/],
  ['a workspace that is not there', { mcp: ['filesystem'], workspace: 'nowhere' }, [], /there is no such folder/],
])(
  '%s is told before any model is called, with 2',
  async (_, suite, words, message) => {
    const before = provider.asked.length
    const { exitCode, stderr } = await run(
      { providers: ['openai/gpt-4o'], tests: [{ input: '["x"]' }], ...suite },
      words,
    )
    expect(stderr).toMatch(message)
    expect(exitCode).toBe(2)
    expect(provider.asked).toHaveLength(before)
  },
  30_000,
)

test('-f model asks the model alone, and -f litellm a proxy by the name that was typed', async () => {
  const suite = {
    providers: ['openai/gpt-4o'],
    mcp: ['filesystem'],
    workspace: 'desk',
    tests: [{ input: '["alone"]' }],
  }
  const { results } = await run(suite, ['--json', '--no-cache', '-f', 'model'])
  expect(results[0]).toMatchObject({ status: 'passed', response: 'alone' })
  expect(provider.asked.at(-1)).not.toHaveProperty('tools')
  const proxied = await run(suite, ['--json', '--no-cache', '-f', 'litellm', '-m', 'our-own-model'], {
    LITELLM_PROXY_URL: environment['OPENAI_BASE_URL']!,
  })
  expect(proxied.results[0]).toMatchObject({ status: 'passed', model: 'our-own-model' })
  expect(provider.asked.at(-1)).toMatchObject({ model: 'our-own-model' })
}, 30_000)

test('a person is asked once, and the answer is kept beside what else the file says', async () => {
  const path = join(directory.path, 'asked', 'assay', 'config.yaml')
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, '# mine\nmcp:\n  allow: [npx -y other]\n')
  const ask = async (answer: string) => {
    const [stdin, stderr] = [new PassThrough(), new PassThrough()]
    let shown = ''
    stderr.on('data', (text) => {
      // What is typed is shown too: it is typed once.
      const isAsked = !shown.includes('[y/N]') && String(text).includes('[y/N]')
      shown += String(text)
      if (isAsked) stdin.write(`${answer}\n`)
    })
    const terminal: Terminal = {
      stdin: Object.assign(stdin, { isTTY: true as const }),
      stdout: new PassThrough(),
      stderr: Object.assign(stderr, { isTTY: true as const }),
      environment: { XDG_CONFIG_HOME: join(directory.path, 'asked') },
      now: Date.now,
    }
    const server = McpServer.parse({ command: 'node', args: ['tools.js'], env: ['TOKEN'] })
    const plugins: ChosenPlugin[] = [{ kind: 'server', name: 'tools', server, from: 'suite' }]
    const out = createOutput(terminal, {})
    await confirmPlugins({ out, terminal }, terminal, { plugins, suiteFolder: '/project', yes: false })
    return shown
  }
  await expect(ask('n')).rejects.toMatchObject({ code: 'suite.plugin_unconfirmed' })
  expect(await ask('y')).toMatch(/tools: node tools\.js \(with TOKEN\)[\s\S]*Start them\?/)
  const kept = await readFile(path, 'utf8')
  expect(kept).toMatch(/# mine/)
  expect(kept).toMatch(/- npx -y other/)
  expect(kept).toMatch(/- sha256:[0-9a-f]{64} # tools: node tools\.js/)
  expect(await ask('')).toBe('')
})
