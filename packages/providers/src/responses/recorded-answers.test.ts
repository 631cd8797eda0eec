import { expect, test } from 'vitest'
import { cuts, failures, inPieces, isThere, recorded, translated, type Recorded } from '../__fixtures__/recorded.ts'
import { ReplyReader } from '../compatible/reply.ts'
import { translateStream, translateWhole } from '../dialect/translate.ts'
import { dataOf, EventScanner } from '../sse.ts'
import { responsesCaller } from './caller.ts'

/** Every recorded answer goes out through the Responses API, and is read again from what the caller got. */

const head = { id: '01920000-0000-7000-8000-00000000000a', created: 1_790_000_000 }
const question = { model: 'asked-for', input: 'Hello' }

type Item = {
  id: string
  type: string
  name?: string
  call_id?: string
  arguments?: string
  status?: string
  encrypted_content?: string
  content?: { type: string; text?: string; refusal?: string }[]
  summary?: { text: string }[]
}
type Response = {
  status: string
  model: string
  output: Item[]
  incomplete_details: { reason: string } | null
  error: { message: string } | null
  usage: Record<string, unknown> | null
}
type Event = {
  type: string
  sequence_number: number
  output_index?: number
  content_index?: number
  summary_index?: number
  delta?: string
  item?: Item
  response?: Response
}

/** The answer as the caller gets it: a response, with the events that brought it. */
const answered = (entry: Recorded, bytes: Uint8Array, size: number): { response: Response; events: Event[] } => {
  const caller = responsesCaller(head)
  caller.decode({ ...question, stream: entry.stream })
  const completion = translated(entry, bytes, size)
  if (!entry.stream) {
    return { response: caller.whole(JSON.parse(Buffer.from(completion).toString())) as Response, events: [] }
  }
  const writer = caller.stream()
  let written = ''
  let isBroken = false
  const scanner = new EventScanner({
    onEvent: (event) => {
      const data = dataOf(event)
      if (data === null || data.trim() === '[DONE]') return
      const chunk = JSON.parse(data) as { error?: unknown }
      if (chunk.error) {
        isBroken = true
        written += writer.fail!(JSON.stringify(chunk))
      } else written += writer.push(chunk)
    },
  })
  for (const piece of inPieces(completion, size)) scanner.push(piece)
  if (!isBroken) written += writer.end()
  const events: Event[] = []
  const reader = new EventScanner({
    onEvent: (event) => {
      expect(Buffer.from(event).toString()).toMatch(/^event: \S+\ndata: \{.*\}\n\n$/)
      events.push(JSON.parse(dataOf(event)!) as Event)
    },
  })
  reader.push(Buffer.from(written))
  return { response: events.at(-1)!.response!, events }
}

const said = ({ output }: Response) => {
  const contents = output.flatMap(({ type, content }) => (type === 'message' ? (content ?? []) : []))
  return {
    text: contents.map(({ text, refusal }) => (text ?? '') + (refusal ?? '')).join(''),
    reasoning: output.flatMap(({ summary }) => summary ?? []).map(({ text }) => text),
    calls: output
      .filter(({ type }) => type === 'function_call')
      .map((call) => ({ id: call.call_id, name: call.name, arguments: JSON.parse(call.arguments!) as unknown })),
  }
}

const statuses: Record<string, [string, string | null]> = {
  stop: ['completed', null],
  tool_calls: ['completed', null],
  length: ['incomplete', 'max_output_tokens'],
  content_filter: ['incomplete', 'content_filter'],
}

const checkAnswer = (entry: Recorded, bytes: Uint8Array, size: number): void => {
  const { expect: wanted } = entry
  const { response, events } = answered(entry, bytes, size)
  const { text, reasoning, calls } = said(response)
  expect(text).toBe(wanted.text)
  expect(reasoning.join('')).toBe(wanted.reasoning)
  expect(calls).toEqual(
    (wanted.tool_calls ?? []).map((call) => ({ ...call, id: call.id ?? (expect.stringMatching(/./) as unknown) })),
  )
  expect(new Set(response.output.map(({ id }) => id)).size).toBe(response.output.length)
  expect(response.model).toBe(wanted.model)
  const [status, reason] = statuses[wanted.finish_reason ?? ''] ?? ['failed', null]
  expect(response).toMatchObject({ status, incomplete_details: reason && { reason } })
  if (wanted.stream_error) expect(response.error?.message).toBe(wanted.stream_error.message)
  else checkUsage(response, wanted.usage)
  if (wanted.thought_signature) expect(response.output.some((item) => item.encrypted_content)).toBe(true)
  if (entry.stream) checkEvents(events, { isWhole: !wanted.stream_error })
}

const checkUsage = ({ usage }: Response, wanted: Record<string, number> | null | undefined): void => {
  if (!wanted) {
    expect(usage).toBeNull()
    return
  }
  expect(usage).toMatchObject({
    input_tokens: wanted['prompt_tokens'],
    output_tokens: wanted['completion_tokens'],
    total_tokens: wanted['total_tokens'],
    input_tokens_details: { cached_tokens: wanted['cached_tokens'] ?? 0 },
    output_tokens_details: { reasoning_tokens: wanted['reasoning_tokens'] ?? (expect.any(Number) as unknown) },
  })
}

/** Numbers without gaps, items in their order, and deltas that add up to what is told at the end. */
const checkEvents = (events: Event[], { isWhole }: { isWhole: boolean }): void => {
  expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, index) => index))
  expect(events.slice(0, 2).map(({ type }) => type)).toEqual(['response.created', 'response.in_progress'])
  const { output } = events.at(-1)!.response!
  const added = events.filter(({ type }) => type === 'response.output_item.added')
  expect(added.map((event) => event.output_index)).toEqual(output.map((_, index) => index))
  expect(added.map(({ item }) => item!.id)).toEqual(output.map(({ id }) => id))
  const done = events.filter(({ type }) => type === 'response.output_item.done')
  if (isWhole) expect(new Set(done.map((event) => event.output_index)).size).toBe(output.length)
  for (const { item, output_index: index } of done) expect(item).toEqual(output[index!])
  const deltas = (type: string, place: number) =>
    events
      .filter((event) => event.type === type && event.output_index === place)
      .map(({ delta }) => delta)
      .join('')
  for (const [place, item] of output.entries()) {
    if (item.type === 'function_call' && isWhole) {
      expect(deltas('response.function_call_arguments.delta', place) || '{}').toBe(item.arguments)
    }
    const texts = (item.content ?? []).map(({ text }) => text ?? '').join('')
    expect(deltas('response.output_text.delta', place)).toBe(texts)
    const summary = (item.summary ?? []).map(({ text }) => text).join('')
    expect(deltas('response.reasoning_summary_text.delta', place)).toBe(summary)
  }
}

test.skipIf(!isThere).each(cuts)('every recorded answer, %s, goes out as a response', (_, size) => {
  expect(recorded.length).toBeGreaterThan(0)
  const failed = failures((entry, bytes) => {
    if (!entry.expect.error) checkAnswer(entry, bytes, Math.min(size, bytes.length))
  })
  expect(failed).toEqual([])
})

/** The response read back, as it is where OpenAI itself answers and the bytes only pass. */
const readBack = (entry: Recorded, bytes: Uint8Array, size: number): ReplyReader => {
  const { response, events } = answered(entry, bytes, Number.MAX_SAFE_INTEGER)
  const { dialect } = responsesCaller(head)
  const reply = new ReplyReader()
  const place = { id: 'chatcmpl-test', created: 0, model: '' }
  if (!entry.stream) {
    reply.add(JSON.parse(Buffer.from(translateWhole(dialect, place, Buffer.from(JSON.stringify(response)))).toString()))
    return reply
  }
  const wire = Buffer.from(events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(''))
  const translation = translateStream(dialect, place)
  const scanner = new EventScanner({
    onEvent: (event) => {
      const data = dataOf(event)
      if (data !== null && data !== '[DONE]') reply.add(JSON.parse(data))
    },
  })
  for (const piece of [...inPieces(wire, size).flatMap((part) => translation.push(part)), ...translation.end()]) {
    scanner.push(piece)
  }
  return reply
}

test.skipIf(!isThere).each(cuts)('every recorded answer, %s, is understood as a response of another', (_, size) => {
  const failed = failures((entry, bytes) => {
    const { expect: wanted } = entry
    if (wanted.error) return
    const reply = readBack(entry, bytes, size)
    expect(reply.text).toBe(wanted.text)
    expect(reply.reasoningText.replaceAll('\n\n', '')).toBe(wanted.reasoning!.replaceAll('\n\n', ''))
    expect(reply.toolCalls).toHaveLength(wanted.tool_calls?.length ?? 0)
    expect(reply.responseModel).toBe(wanted.model)
    // A response has no other word for an end with calls than the calls.
    const hasCalls = (wanted.tool_calls ?? []).length > 0
    expect(reply.finishReason).toBe(hasCalls && wanted.finish_reason === 'stop' ? 'tool_calls' : wanted.finish_reason)
    expect(reply.usage?.inputTokens).toBe(wanted.usage?.['prompt_tokens'])
    if (wanted.stream_error) expect(JSON.stringify(reply.error)).toContain(wanted.stream_error.message)
  })
  expect(failed).toEqual([])
})
