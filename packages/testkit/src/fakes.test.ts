import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import Anthropic from '@anthropic-ai/sdk'
import { GoogleGenAI } from '@google/genai'
import OpenAI from 'openai'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { fakeMcpCommand, startFakeMcp, startFakeProvider, type FakeProvider } from './index.ts'

let fake: FakeProvider
beforeAll(async () => void (fake = await startFakeProvider()))
beforeEach(() => fake.reset())
afterAll(() => fake.close())

const key = 'sk-any'
const openai = () => new OpenAI({ baseURL: fake.baseUrl, apiKey: key, maxRetries: 0 })
const anthropic = () => new Anthropic({ baseURL: fake.url, apiKey: key, maxRetries: 0 })
const gemini = () => new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: fake.url } })
const messages = [{ role: 'user' as const, content: 'Where is Ada?' }]
const [text, model] = ['In London, I think.', 'fake-model']

const textOf = async <Part>(stream: AsyncIterable<Part>, piece: (part: Part) => string | null | undefined) => {
  let whole = ''
  for await (const part of stream) whole += piece(part) ?? ''
  return whole
}

test('the makers’ own clients read what it says, whole and in streams', async () => {
  fake.always(text)
  const chat = await openai().chat.completions.create({ model, messages })
  expect(chat.choices[0]).toMatchObject({ message: { content: text }, finish_reason: 'stop' })
  const chunks = await openai().chat.completions.create({ model, messages, stream: true })
  expect(await textOf(chunks, (chunk) => chunk.choices[0]?.delta.content)).toBe(text)

  const response = await openai().responses.create({ model, input: 'Where is Ada?' })
  expect(response.output_text).toBe(text)
  const events = await openai().responses.create({ model, input: 'Where is Ada?', stream: true })
  expect(await textOf(events, (part) => (part.type === 'response.output_text.delta' ? part.delta : ''))).toBe(text)

  const message = await anthropic().messages.create({ model, max_tokens: 50, messages })
  expect(message.content).toEqual([{ type: 'text', text }])
  const streamed = await anthropic().messages.stream({ model, max_tokens: 50, messages }).finalMessage()
  expect(streamed).toMatchObject({ content: [{ type: 'text', text }], stop_reason: 'end_turn' })

  const contents = await gemini().models.generateContent({ model, contents: 'Where is Ada?' })
  expect(contents.text).toBe(text)
  const parts = await gemini().models.generateContentStream({ model, contents: 'Where is Ada?' })
  expect(await textOf(parts, (part) => part.text)).toBe(text)

  expect(fake.counters).toMatchObject({ requests: 8, byApi: { chat: 2, responses: 2, anthropic: 2, gemini: 2 } })
  expect(new Set(fake.calls.map(({ input, model, key }) => [input, model, key].join()))).toEqual(
    new Set([['Where is Ada?', model, key].join()]),
  )
})

test('calls of tools are told in each API’s own words', async () => {
  fake.always({ toolCalls: [{ name: 'find', args: { who: 'Ada' } }] })
  const { choices } = await openai().chat.completions.create({ model, messages })
  expect(choices[0]!.message.tool_calls).toMatchObject([{ function: { name: 'find', arguments: '{"who":"Ada"}' } }])
  const { output } = await openai().responses.create({ model, input: 'x' })
  expect(output).toMatchObject([{ type: 'function_call', name: 'find', arguments: '{"who":"Ada"}' }])
  const streamed = await anthropic().messages.stream({ model, max_tokens: 50, messages }).finalMessage()
  expect(streamed.content).toMatchObject([{ type: 'tool_use', name: 'find', input: { who: 'Ada' } }])
  const { functionCalls } = await gemini().models.generateContent({ model, contents: 'x' })
  expect(functionCalls).toMatchObject([{ name: 'find', args: { who: 'Ada' } }])
})

test('an overload comes with Retry-After, and the next reply of the script after it', async () => {
  fake.script({ status: 429, retryAfterSeconds: 7, error: 'slow down' }, 'here I am')
  const refused = await openai()
    .chat.completions.create({ model, messages })
    .catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(OpenAI.RateLimitError)
  expect((refused as InstanceType<typeof OpenAI.RateLimitError>).headers?.get('retry-after')).toBe('7')
  expect(await openai().chat.completions.create({ model, messages })).toMatchObject({
    choices: [{ message: { content: 'here I am' } }],
  })
  fake.script({ status: 529 })
  await expect(anthropic().messages.create({ model, max_tokens: 5, messages })).rejects.toThrow('overloaded_error')
})

test('a broken stream breaks the client’s, and slow answers count as open together', async () => {
  fake.script({ text: 'one two three', breakAfterEvents: 2 })
  const broken = await openai().chat.completions.create({ model, messages, stream: true })
  await expect(textOf(broken, (chunk) => chunk.choices[0]?.delta.content)).rejects.toBeInstanceOf(Error)
  fake.always({ text, latencyMs: 50 })
  await Promise.all([1, 2, 3].map(() => openai().chat.completions.create({ model, messages })))
  expect(fake.counters).toMatchObject({ mostInFlight: 3, inFlight: 0 })
})

test('a script may be a function, and one that throws says so', async () => {
  fake.always(({ input, headers }) => `${input} (${String(headers['x-tone'])})`)
  const asked = openai().chat.completions.create({ model, messages }, { headers: { 'x-tone': 'kind' } })
  expect((await asked).choices[0]!.message.content).toBe('Where is Ada? (kind)')
  fake.always(() => {
    throw new Error('no idea')
  })
  await expect(openai().chat.completions.create({ model, messages })).rejects.toThrow('no idea')
})

test('keys are looked at when they are named; models and vectors are there', async () => {
  await using guarded = await startFakeProvider({ keys: ['sk-right'], models: ['one', 'two'] })
  const client = (apiKey: string) => new OpenAI({ baseURL: guarded.baseUrl, apiKey, maxRetries: 0 })
  await expect(client('sk-wrong').models.list()).rejects.toThrow(OpenAI.AuthenticationError)
  expect((await client('sk-right').models.list()).data.map(({ id }) => id)).toEqual(['one', 'two'])
  const { data } = await client('sk-right').embeddings.create({
    model: 'one',
    input: ['the cat sat', 'the cat lay', 'prices rose'],
    encoding_format: 'float',
  })
  const likeness = (a: number[], b: number[]) => a.reduce((sum, value, index) => sum + value * b[index]!, 0)
  const [first, near, far] = data.map(({ embedding }) => embedding)
  expect(likeness(first!, near!)).toBeGreaterThan(likeness(first!, far!))
})

const tools = [
  { name: 'find', result: '{{who}} is in London', inputSchema: { type: 'object', properties: { who: {} } } },
  { name: 'fail', result: 'no such person', isError: true },
]
const call = (id: number, name: string, args: object) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name, arguments: args },
})

test('a fake MCP server speaks over HTTP', async () => {
  await using mcp = await startFakeMcp(tools)
  const send = async (message: object) => {
    const response = await fetch(mcp.url, { method: 'POST', body: JSON.stringify(message) })
    return (await response.json()) as { result?: unknown; error?: unknown }
  }
  expect(await send({ jsonrpc: '2.0', id: 1, method: 'initialize', params: {} })).toMatchObject({
    result: { serverInfo: { name: 'fake' } },
  })
  expect(await send(call(2, 'find', { who: 'Ada' }))).toMatchObject({
    result: { content: [{ type: 'text', text: 'Ada is in London' }], isError: false },
  })
  expect(await send(call(3, 'fail', {}))).toMatchObject({ result: { isError: true } })
  expect(await send(call(4, 'gone', {}))).toMatchObject({ error: { message: expect.stringContaining('gone') } })
  expect(mcp.calls).toEqual([
    { name: 'find', args: { who: 'Ada' } },
    { name: 'fail', args: {} },
  ])
})

test('a fake MCP server speaks over standard input and output', async () => {
  using mcp = fakeMcpCommand(tools)
  const child = spawn(mcp.command, mcp.args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })
  child.stdin.write(`${JSON.stringify(call(1, 'find', { who: 'Ada' }))}\n`)
  const [line] = (await once(lines, 'line')) as [string]
  expect(JSON.parse(line)).toMatchObject({ id: 1, result: { content: [{ text: 'Ada is in London' }] } })
  child.stdin.end()
  await once(child, 'exit')
  expect(mcp.calls()).toEqual([{ name: 'find', args: { who: 'Ada' } }])
})
