import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startUpstream, type Upstream } from './__fixtures__/scripted-upstream.ts'
import { startGateway, type StartedGateway } from './__fixtures__/started-gateway.ts'

/** Answers recorded from the real APIs, asked for by callers of Gemini's and of Anthropic's dialect, read anew. */

type Recorded = {
  id: string
  provider: 'openai' | 'anthropic' | 'google'
  stream: boolean
  status: number
  file: string
  expect: {
    error?: boolean
    message_contains?: string
    text?: string
    reasoning?: string
    tool_calls?: { id: string | null; name: string; arguments: unknown }[]
    finish_reason?: string | null
    usage?: { prompt_tokens: number; completion_tokens: number; cached_tokens?: number } | null
    stream_error?: { message: string }
  }
}
type Said = {
  text: string
  reasoning: string
  calls: { name: string; arguments: unknown }[]
  finishReason: string | null
  usage: { prompt_tokens: number; completion_tokens: number; cached_tokens: number } | null
  error: string | null
}

const samples = resolve(process.env['ASSAY_SAMPLES'] ?? '../shared/data', 'fixtures')
const isThere = existsSync(join(samples, 'index.json'))
const recorded: Recorded[] = isThere ? JSON.parse(readFileSync(join(samples, 'index.json'), 'utf8')) : []
if (!isThere) console.warn(`Recorded answers are not served: there are none at ${samples} (ASSAY_SAMPLES).`)

let upstream: Upstream
let gateway: StartedGateway

beforeAll(async () => {
  upstream = await startUpstream()
  const { host } = upstream
  const place = { host, baseUrl: `http://${host}` }
  gateway = await startGateway({
    upstreams: { openai: { host, baseUrl: `http://${host}/v1` }, anthropic: place, google: place },
  })
})
afterAll(async () => {
  await gateway.close()
  await upstream.close()
})

type Json = Record<string, unknown>
const list = (value: unknown): Json[] => (Array.isArray(value) ? (value as Json[]) : [])
const object = (value: unknown): Json => (value ?? {}) as Json
const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const number = (value: unknown): number => (typeof value === 'number' ? value : 0)

const dataIn = (text: string): Json[] =>
  text
    .split(/\r\n|\n|\r/)
    .filter((line) => line.startsWith('data:'))
    .map((line) => JSON.parse(line.slice(5)) as Json)

const nothing = (): Said => ({ text: '', reasoning: '', calls: [], finishReason: null, usage: null, error: null })

const readGemini = (answers: Json[]): Said => {
  const said = nothing()
  for (const answer of answers) {
    if (answer['error']) said.error = text(object(answer['error'])['message'])
    for (const candidate of list(answer['candidates'])) {
      for (const part of list(object(candidate['content'])['parts'])) {
        if (part['functionCall']) {
          const { name, args } = object(part['functionCall'])
          said.calls.push({ name: text(name), arguments: args ?? {} })
        } else if (part['thought']) said.reasoning += text(part['text'])
        else said.text += text(part['text'])
      }
      if (candidate['finishReason']) said.finishReason = text(candidate['finishReason'])
    }
    if (object(answer['promptFeedback'])['blockReason']) said.finishReason = 'SAFETY'
    const usage = object(answer['usageMetadata'])
    if (answer['usageMetadata']) {
      said.usage = {
        prompt_tokens: number(usage['promptTokenCount']) + number(usage['toolUsePromptTokenCount']),
        completion_tokens: number(usage['candidatesTokenCount']) + number(usage['thoughtsTokenCount']),
        cached_tokens: number(usage['cachedContentTokenCount']),
      }
    }
  }
  return said
}

const readMessages = (events: Json[]): Said => {
  const said = nothing()
  const usage: Json = {}
  const blocks: Json[] = []
  for (const event of events) {
    if (event['error']) said.error = text(object(event['error'])['message'])
    const message = event['type'] === 'message' ? event : object(event['message'])
    Object.assign(usage, object(message['usage']), object(event['usage']))
    blocks.push(...list(message['content']).map((block) => ({ ...block, json: JSON.stringify(block['input'] ?? {}) })))
    if (event['type'] === 'content_block_start') blocks.push({ json: '', ...object(event['content_block']) })
    const delta = object(event['delta'])
    const last = blocks.at(-1) ?? {}
    for (const [theirs, ours] of [
      ['text', 'text'],
      ['thinking', 'thinking'],
      ['partial_json', 'json'],
    ] as const) {
      if (typeof delta[theirs] === 'string') last[ours] = text(last[ours]) + text(delta[theirs])
    }
    said.finishReason = text(delta['stop_reason'] ?? message['stop_reason'] ?? said.finishReason)
  }
  for (const block of blocks) {
    if (block['type'] === 'text') said.text += text(block['text'])
    if (block['type'] === 'thinking') said.reasoning += text(block['thinking'])
    if (block['type'] !== 'tool_use') continue
    said.calls.push({ name: text(block['name']), arguments: JSON.parse(text(block['json']) || '{}') as unknown })
  }
  const read = number(usage['cache_read_input_tokens'])
  said.usage = {
    prompt_tokens: number(usage['input_tokens']) + read + number(usage['cache_creation_input_tokens']),
    completion_tokens: number(usage['output_tokens']),
    cached_tokens: read,
  }
  return said
}

const finishReasons: Record<'gemini' | 'messages', Record<string, string>> = {
  gemini: { STOP: 'stop', MAX_TOKENS: 'length', SAFETY: 'content_filter' },
  messages: {
    end_turn: 'stop',
    stop_sequence: 'stop',
    pause_turn: 'stop',
    max_tokens: 'length',
    refusal: 'content_filter',
    tool_use: 'tool_calls',
  },
}

const asked = {
  gemini: (model: string, stream: boolean) =>
    fetch(`${gateway.url}/v1beta/models/${model}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`, {
      method: 'POST',
      headers: { 'x-goog-api-key': gateway.key },
      body: JSON.stringify({ contents: [{ role: 'user', parts: [{ text: 'hello' }] }] }),
    }),
  messages: (model: string, stream: boolean) =>
    fetch(`${gateway.url}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': gateway.key },
      body: JSON.stringify({ model, max_tokens: 100, stream, messages: [{ role: 'user', content: 'hello' }] }),
    }),
}

const replay = async (
  { provider, stream, status, file, expect: wanted }: Recorded,
  { dialect, size }: { dialect: 'gemini' | 'messages'; size: number },
) => {
  const bytes = readFileSync(join(samples, file))
  upstream.always((response) => {
    response.writeHead(status, { 'content-type': stream && status === 200 ? 'text/event-stream' : 'application/json' })
    for (let at = 0; at < bytes.length; at += size) response.write(bytes.subarray(at, at + size))
    response.end()
  })
  const answer = await asked[dialect](`${provider}/recorded`, stream)
  expect(answer.status).toBe(status)
  const text = await answer.text()
  if (wanted.error) {
    expect((JSON.parse(text) as { error: { message: string } }).error.message).toContain(wanted.message_contains)
    return
  }
  const events = stream ? dataIn(text) : [JSON.parse(text) as Json]
  const said = dialect === 'gemini' ? readGemini(events) : readMessages(events)
  expect(said).toMatchObject({ text: wanted.text, reasoning: wanted.reasoning })
  expect(said.calls).toEqual((wanted.tool_calls ?? []).map((call) => ({ name: call.name, arguments: call.arguments })))
  if (wanted.stream_error) {
    expect(said.error).toContain(wanted.stream_error.message)
    return
  }
  expect(said.error).toBeNull()
  const reason = finishReasons[dialect][said.finishReason ?? ''] ?? 'stop'
  // Gemini has one word for both.
  const isStop = dialect === 'gemini' && wanted.finish_reason === 'tool_calls'
  expect(reason).toBe(isStop ? 'stop' : wanted.finish_reason)
  if (wanted.usage) {
    const { prompt_tokens, completion_tokens, cached_tokens = 0 } = wanted.usage
    expect(said.usage).toEqual({ prompt_tokens, completion_tokens, cached_tokens })
  }
}

const sizes = [
  ['whole', Number.MAX_SAFE_INTEGER],
  ['in pieces of 7 bytes', 7],
  ['byte by byte', 1],
] as const

test
  .skipIf(!isThere)
  .each(
    (['gemini', 'messages'] as const).flatMap((dialect) => sizes.map(([how, size]) => [dialect, how, size] as const)),
  )('every recorded answer reaches a caller of %s, sent %s', async (dialect, _, size) => {
  expect(recorded.length).toBeGreaterThan(0)
  const failed: string[] = []
  for (const entry of recorded) {
    await replay(entry, { dialect, size }).catch((error: unknown) => void failed.push(`${entry.id}: ${String(error)}`))
  }
  expect(failed).toEqual([])
})
