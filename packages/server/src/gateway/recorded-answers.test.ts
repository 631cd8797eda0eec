import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { dataOf, EventScanner, ReplyReader } from '@assay/providers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startUpstream, type Upstream } from './__fixtures__/scripted-upstream.ts'
import { startGateway, type StartedGateway } from './__fixtures__/started-gateway.ts'

/** Answers recorded from the real APIs, served to the gateway and asked for as an application would. */

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
    tool_calls?: { name: string; arguments: unknown }[]
    finish_reason?: string | null
    usage?: { prompt_tokens: number; completion_tokens: number; cached_tokens?: number } | null
    stream_error?: { message: string }
  }
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
    upstreams: {
      openai: { host, baseUrl: `http://${host}/v1` },
      compatible: { host, baseUrl: `http://${host}/v1` },
      anthropic: place,
      google: place,
    },
  })
})
afterAll(async () => {
  await gateway.close()
  await upstream.close()
})

const read = (text: string, isStream: boolean) => {
  const reply = new ReplyReader()
  let isDone = false
  if (!isStream) reply.add(JSON.parse(text))
  const scanner = new EventScanner({
    onEvent: (event) => {
      const data = dataOf(event)
      if (data?.trim() === '[DONE]') isDone = true
      else if (data !== null) reply.add(JSON.parse(data))
    },
  })
  if (isStream) scanner.push(Buffer.from(text))
  return { reply, isDone }
}

const replay = async ({ provider, stream, status, file, expect: wanted }: Recorded, pieceSize: number) => {
  const bytes = readFileSync(join(samples, file))
  upstream.play((response) => {
    response.writeHead(status, { 'content-type': stream && status === 200 ? 'text/event-stream' : 'application/json' })
    for (let at = 0; at < bytes.length; at += pieceSize) response.write(bytes.subarray(at, at + pieceSize))
    response.end()
  })
  const answer = await gateway.ask({
    model: `${provider}/recorded`,
    messages: [{ role: 'user', content: 'hello' }],
    ...(stream ? { stream, stream_options: { include_usage: true } } : undefined),
  })
  expect(answer.status).toBe(status)
  const text = await answer.text()
  if (wanted.error) {
    expect((JSON.parse(text) as { error: { message: string } }).error.message).toContain(wanted.message_contains)
    return
  }
  const { reply, isDone } = read(text, stream)
  expect(reply).toMatchObject({
    text: wanted.text,
    reasoningText: wanted.reasoning,
    finishReason: wanted.finish_reason,
  })
  const calls = reply.toolCalls.map((call) => ({ name: call.name, arguments: JSON.parse(call.arguments) as unknown }))
  expect(calls).toEqual((wanted.tool_calls ?? []).map((call) => ({ name: call.name, arguments: call.arguments })))
  if (wanted.usage) {
    expect(reply.usage).toMatchObject({
      inputTokens: wanted.usage.prompt_tokens,
      outputTokens: wanted.usage.completion_tokens,
      cacheReadInputTokens: wanted.usage.cached_tokens ?? 0,
    })
  }
  if (wanted.stream_error) expect(JSON.stringify(reply.error)).toContain(wanted.stream_error.message)
  else expect(reply.error).toBeNull()
  if (stream) expect(isDone).toBe(!wanted.stream_error)
}

/** The same as a response: only what OpenAI itself answers has other bytes, and stands in no recording. */
const replayAsResponse = async ({ provider, stream, status, file, expect: wanted }: Recorded, pieceSize: number) => {
  const bytes = readFileSync(join(samples, file))
  upstream.play((response) => {
    response.writeHead(status, { 'content-type': stream && status === 200 ? 'text/event-stream' : 'application/json' })
    for (let at = 0; at < bytes.length; at += pieceSize) response.write(bytes.subarray(at, at + pieceSize))
    response.end()
  })
  const response = await fetch(`${gateway.url}/v1/responses`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.key}` },
    body: JSON.stringify({
      model: `${provider === 'openai' ? 'compatible' : provider}/recorded`,
      input: 'hello',
      stream,
    }),
  })
  expect(response.status).toBe(status)
  const text = await response.text()
  if (wanted.error) {
    expect((JSON.parse(text) as { error: { message: string } }).error.message).toContain(wanted.message_contains)
    return
  }
  const last = stream ? text.trimEnd().slice(text.lastIndexOf('\ndata: ') + 7) : text
  const answer = stream ? (JSON.parse(last) as { response: object }).response : (JSON.parse(last) as object)
  const endings: Record<string, string> = { length: 'incomplete', content_filter: 'incomplete' }
  expect(answer).toMatchObject({
    status: wanted.stream_error ? 'failed' : (endings[wanted.finish_reason ?? ''] ?? 'completed'),
    ...(wanted.usage && !wanted.stream_error
      ? { usage: { input_tokens: wanted.usage.prompt_tokens, output_tokens: wanted.usage.completion_tokens } }
      : undefined),
  })
  const { output } = answer as { output: { type: string; content?: { text?: string }[]; name?: string }[] }
  expect(
    output
      .flatMap(({ content }) => content ?? [])
      .map((part) => part.text ?? '')
      .join(''),
  ).toBe(wanted.text)
  expect(output.filter(({ type }) => type === 'function_call').map(({ name }) => name)).toEqual(
    (wanted.tool_calls ?? []).map(({ name }) => name),
  )
}

test.skipIf(!isThere).each([
  ['whole', Number.MAX_SAFE_INTEGER],
  ['in pieces of 7 bytes', 7],
  ['byte by byte', 1],
])('every recorded answer, sent %s, reaches the application as a response', async (_, size) => {
  const failed: string[] = []
  for (const entry of recorded) {
    await replayAsResponse(entry, size).catch((error: unknown) => void failed.push(`${entry.id}: ${String(error)}`))
  }
  expect(failed).toEqual([])
})

test.skipIf(!isThere).each([
  ['whole', Number.MAX_SAFE_INTEGER],
  ['in pieces of 7 bytes', 7],
  ['byte by byte', 1],
])('every recorded answer, sent %s, reaches the application', async (_, size) => {
  expect(recorded.length).toBeGreaterThan(0)
  const failed: string[] = []
  for (const entry of recorded) {
    await replay(entry, size).catch((error: unknown) => void failed.push(`${entry.id}: ${String(error)}`))
  }
  expect(failed).toEqual([])
})
