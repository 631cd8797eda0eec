import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { anthropicDialect } from './anthropic/anthropic.ts'
import { ReplyReader } from './compatible/reply.ts'
import type { Dialect } from './dialect/dialect.ts'
import { translateRefusalBody, translateStream, translateWhole } from './dialect/translate.ts'
import { googleDialect } from './google/google.ts'
import { readRefusal, refusalOf } from './refusal.ts'
import { dataOf, EventScanner } from './sse.ts'

/** Answers recorded from the real APIs, each with what a correct translation of it contains. */

type ExpectedCall = { id: string | null; name: string; arguments: unknown }
type Recorded = {
  id: string
  provider: 'openai' | 'anthropic' | 'google'
  stream: boolean
  status: number
  file: string
  expect: {
    error?: boolean
    message_contains?: string
    native_type?: string
    text?: string
    reasoning?: string
    tool_calls?: ExpectedCall[]
    finish_reason?: string | null
    usage?: Record<string, number> | null
    model?: string
    thought_signature?: boolean
    stream_error?: { message: string; type?: string }
  }
}

const samples = resolve(process.env['ASSAY_SAMPLES'] ?? '../shared/data', 'fixtures')
const isThere = existsSync(join(samples, 'index.json'))
const recorded: Recorded[] = isThere ? JSON.parse(readFileSync(join(samples, 'index.json'), 'utf8')) : []
if (!isThere) console.warn(`Recorded answers are not replayed: there are none at ${samples} (ASSAY_SAMPLES).`)

const dialects: Record<Recorded['provider'], Dialect | null> = {
  openai: null,
  anthropic: anthropicDialect,
  google: googleDialect,
}
const head = { id: 'chatcmpl-test', created: 1_790_000_000, model: 'asked-for' }

const inPieces = (bytes: Uint8Array, size: number): Uint8Array[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => bytes.subarray(index * size, (index + 1) * size))

/** The answer as the caller gets it. */
const translated = ({ provider, stream }: Recorded, bytes: Uint8Array, size: number): Uint8Array => {
  const dialect = dialects[provider]
  if (!dialect) return bytes
  if (!stream) return translateWhole(dialect, head, bytes)
  const translation = translateStream(dialect, head)
  const pieces = inPieces(bytes, size).flatMap((piece) => translation.push(piece))
  return Buffer.concat([...pieces, ...translation.end()])
}

type Chunk = {
  choices?: { delta?: Record<string, unknown>; message?: Record<string, unknown>; finish_reason?: string | null }[]
  usage?: Record<string, unknown> | null
}

const read = (bytes: Uint8Array, { stream }: Recorded, size: number) => {
  const reply = new ReplyReader()
  const chunks: Chunk[] = []
  let isDone = false
  const take = (text: string) => {
    const json = JSON.parse(text) as Chunk
    chunks.push(json)
    reply.add(json)
  }
  if (!stream) take(Buffer.from(bytes).toString('utf8'))
  else {
    const scanner = new EventScanner({
      onEvent: (event) => {
        const data = dataOf(event)
        if (data?.trim() === '[DONE]') isDone = true
        else if (data !== null) take(data)
      },
    })
    for (const piece of inPieces(bytes, size)) scanner.push(piece)
    expect(scanner.end()).toHaveLength(0)
  }
  return { reply, chunks, isDone }
}

const checkAnswer = (entry: Recorded, bytes: Uint8Array, size: number) => {
  const { expect: wanted, provider, stream } = entry
  const { reply, chunks, isDone } = read(translated(entry, bytes, size), entry, size)
  expect(reply.text).toBe(wanted.text)
  expect(reply.reasoningText).toBe(wanted.reasoning)
  expect(reply.finishReason).toBe(wanted.finish_reason)
  expect(reply.responseModel).toBe(wanted.model)
  const calls = reply.toolCalls.map((call) => ({ name: call.name, arguments: JSON.parse(call.arguments) as unknown }))
  expect(calls).toEqual((wanted.tool_calls ?? []).map((call) => ({ name: call.name, arguments: call.arguments })))
  for (const [index, { id }] of (wanted.tool_calls ?? []).entries()) {
    expect(reply.toolCalls[index]?.id).toBe(id ?? reply.toolCalls[index]?.id)
    expect(reply.toolCalls[index]?.id).not.toBe('')
  }
  checkUsage(entry, chunks)
  if (wanted.stream_error) expect(refusalOf({ error: reply.error })?.message).toBe(wanted.stream_error.message)
  else expect(reply.error).toBeNull()
  if (wanted.thought_signature) expect(JSON.stringify(chunks)).toContain('"thought_signature":"')
  if (!stream || provider === 'openai') return
  const choices = chunks.flatMap((chunk) => chunk.choices ?? [])
  expect(choices.filter(({ delta }) => delta?.['role'])).toHaveLength(1)
  expect(choices.filter((choice) => choice.finish_reason)).toHaveLength(wanted.stream_error ? 0 : 1)
  expect(isDone).toBe(wanted.stream_error === undefined)
}

const checkUsage = ({ expect: { usage: wanted } }: Recorded, chunks: Chunk[]) => {
  const usage = chunks.findLast((chunk) => chunk.usage)?.usage
  if (!wanted) {
    expect(usage ?? null).toBeNull()
    return
  }
  const details = {
    ...(usage?.['prompt_tokens_details'] as object | undefined),
    ...(usage?.['completion_tokens_details'] as object | undefined),
  }
  const said: Record<string, unknown> = { ...details, ...usage }
  const names = Object.keys(wanted).filter((name) => name !== 'input_uncached')
  expect(Object.fromEntries(names.map((name) => [name, said[name] ?? 0]))).toEqual(
    Object.fromEntries(names.map((name) => [name, wanted[name]])),
  )
}

const checkRefusal = ({ expect: wanted, provider, status }: Recorded, bytes: Uint8Array) => {
  const dialect = dialects[provider]
  const body = dialect ? translateRefusalBody(dialect, bytes).body : bytes
  const refusal = readRefusal(status, Buffer.from(body).toString('utf8'))
  expect(refusal.message).toContain(wanted.message_contains)
  expect([refusal.type, refusal.code]).toContain(wanted.native_type)
}

test.skipIf(!isThere).each([
  ['whole', Number.MAX_SAFE_INTEGER],
  ['in pieces of 7 bytes', 7],
  ['byte by byte', 1],
])('every recorded answer, %s, says what it should', (_, size) => {
  expect(recorded.length).toBeGreaterThan(0)
  const failed: string[] = []
  for (const entry of recorded) {
    const bytes = readFileSync(join(samples, entry.file))
    try {
      if (entry.expect.error) checkRefusal(entry, bytes)
      else checkAnswer(entry, bytes, Math.min(size, bytes.length))
    } catch (error) {
      failed.push(`${entry.id}: ${(error as Error).message}`)
    }
  }
  expect(failed).toEqual([])
})
