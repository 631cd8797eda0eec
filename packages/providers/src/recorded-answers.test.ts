import { expect, test } from 'vitest'
import {
  cuts,
  dialects,
  failures,
  inPieces,
  isThere,
  recorded,
  translated,
  type Recorded,
} from './__fixtures__/recorded.ts'
import { ReplyReader } from './compatible/reply.ts'
import { translateRefusalBody } from './dialect/translate.ts'
import { readRefusal, refusalOf } from './refusal.ts'
import { dataOf, EventScanner } from './sse.ts'

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

test.skipIf(!isThere).each(cuts)('every recorded answer, %s, says what it should', (_, size) => {
  expect(recorded.length).toBeGreaterThan(0)
  const failed = failures((entry, bytes) => {
    if (entry.expect.error) checkRefusal(entry, bytes)
    else checkAnswer(entry, bytes, Math.min(size, bytes.length))
  })
  expect(failed).toEqual([])
})
