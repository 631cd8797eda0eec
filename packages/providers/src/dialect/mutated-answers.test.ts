import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  bytesOf,
  failures,
  head,
  inPieces,
  isThere,
  recorded,
  dialects,
  type Recorded,
} from '../__fixtures__/recorded.ts'
import { messagesCaller } from '../anthropic/caller.ts'
import { ReplyReader } from '../compatible/reply.ts'
import { contentsCaller } from '../google/caller.ts'
import { refusalOf } from '../refusal.ts'
import { dataOf, EventScanner } from '../sse.ts'
import { translateStream, translateWhole } from './translate.ts'

/** Recorded answers as other servers might send them: what they say must stay the same. */

type Json = Record<string, unknown>

const events = (bytes: Uint8Array): string[] => {
  const found: string[] = []
  const scanner = new EventScanner({ onEvent: (event) => void (dataOf(event) !== null && found.push(dataOf(event)!)) })
  scanner.push(bytes)
  const rest = dataOf(scanner.end())
  return rest === null ? found : [...found, rest]
}

/** The answer in chat completions, as parsed chunks; a stream whose end is missing says so. */
const chunksOf = ({ provider, stream }: Recorded, bytes: Uint8Array, size = bytes.length): Json[] => {
  const dialect = dialects[provider]
  if (!stream) {
    const whole = dialect ? translateWhole(dialect, head, bytes) : bytes
    return [JSON.parse(Buffer.from(whole).toString()) as Json]
  }
  if (!dialect)
    return events(bytes).map((data) => (data.trim() === '[DONE]' ? { done: true } : (JSON.parse(data) as Json)))
  const translation = translateStream(dialect, head)
  const pieces = inPieces(bytes, size).flatMap((piece) => translation.push(piece))
  return events(Buffer.concat([...pieces, ...translation.end()])).map((data) =>
    data === '[DONE]' ? { done: true } : (JSON.parse(data) as Json),
  )
}

const saidIn = (chunks: Json[]) => {
  const reply = new ReplyReader()
  for (const chunk of chunks) reply.add(chunk)
  const { text, reasoningText, toolCalls, finishReason, usage, error } = reply
  return {
    text,
    reasoningText,
    calls: toolCalls.map((call) => ({ name: call.name, arguments: JSON.parse(call.arguments || '{}') as unknown })),
    finishReason,
    usage,
    error: error === null ? null : refusalOf({ error })?.message,
    isDone: chunks.some((chunk) => chunk['done']),
  }
}

const walk = (value: unknown, change: (object: Json) => Json): unknown => {
  if (Array.isArray(value)) return value.map((item: unknown) => walk(item, change))
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).map(([name, member]) => [name, free.has(name) ? member : walk(member, change)])
  return change(Object.fromEntries(members) as Json)
}
/** What the model wrote as JSON of its own stays as it is. */
const free = new Set(['input', 'args', 'arguments'])

const reversed = (object: Json): Json => Object.fromEntries(Object.entries(object).toReversed())
const extended = (object: Json): Json => ({ ...object, x_unknown: { deep: [1, null] }, x_null: null })

const remade = (entry: Recorded, bytes: Uint8Array, change: (json: unknown) => unknown): Buffer => {
  if (!entry.stream) return Buffer.from(JSON.stringify(change(JSON.parse(Buffer.from(bytes).toString()))))
  return Buffer.from(
    events(bytes)
      .map((data) => `data: ${data.trim() === '[DONE]' ? data : JSON.stringify(change(JSON.parse(data)))}\n\n`)
      .join(''),
  )
}

type Mutation = (entry: Recorded, bytes: Uint8Array) => Uint8Array
const onStream =
  (change: (list: string[]) => string[], end = '\n\n'): Mutation =>
  (entry, bytes) =>
    entry.stream
      ? Buffer.from(
          change(events(bytes))
            .map((data) => `data: ${data}${end}`)
            .join(''),
        )
      : bytes

const mutations: Record<string, Mutation> = {
  'members in another order': (entry, bytes) => remade(entry, bytes, (json) => walk(json, reversed)),
  'members that nobody knows': (entry, bytes) => remade(entry, bytes, (json) => walk(json, extended)),
  'JSON with room in it': (entry, bytes) =>
    entry.stream ? bytes : Buffer.from(JSON.stringify(JSON.parse(Buffer.from(bytes).toString()), null, 4)),
  'line ends of two characters': onStream((list) => list, '\r\n\r\n'),
  'line ends of a carriage return': onStream((list) => list, '\r\r'),
  'no blank between the name and the data': (entry, bytes) =>
    entry.stream
      ? Buffer.from(
          events(bytes)
            .map((data) => `data:${data}\n\n`)
            .join(''),
        )
      : bytes,
  'comments, ids and retries between the events': (entry, bytes) =>
    entry.stream
      ? Buffer.from(
          events(bytes)
            .map((data) => `: keep-alive\n\nid: 7\nretry: 10\nevent: x\ndata: ${data}\n\n`)
            .join(''),
        )
      : bytes,
  'a byte order mark': (entry, bytes) =>
    entry.stream
      ? Buffer.concat([Buffer.from('\uFEFF'), mutations['line ends of two characters']!(entry, bytes)])
      : bytes,
  'no blank line at the end': (entry, bytes) =>
    entry.stream && entry.provider !== 'openai' ? Buffer.from(Buffer.from(bytes).toString().trimEnd()) : bytes,
  'events that say nothing': (entry, bytes) => {
    const idle = {
      openai: [{ choices: [] }, { choices: [{ index: 0, delta: { content: '' }, finish_reason: null }] }],
      anthropic: [{ type: 'ping' }, { type: 'x_unknown', index: 0 }],
      google: [{ candidates: [{ content: { parts: [{ text: '' }] }, index: 0 }] }, {}],
    }[entry.provider].map((event) => JSON.stringify(event))
    return onStream((list) => (list.length === 0 ? list : [...idle, list[0]!, ...idle, ...list.slice(1)]))(entry, bytes)
  },
  'its beginning twice': (entry, bytes) =>
    entry.provider === 'anthropic' ? onStream((list) => [list[0]!, ...list])(entry, bytes) : bytes,
}

test.skipIf(!isThere).each(Object.keys(mutations))('%s: every recorded answer says the same', (name) => {
  const checked = failures((entry, bytes) => {
    if (entry.expect.error) return
    const mutated = mutations[name]!(entry, bytes)
    const wanted = saidIn(chunksOf(entry, bytes))
    expect(saidIn(chunksOf(entry, mutated))).toEqual(wanted)
    expect(saidIn(chunksOf(entry, mutated, 5))).toEqual(wanted)
  })
  expect(checked).toEqual([])
})

/** A tree in which one value, wherever it stands, has become another. */
const broken = (value: unknown, pick: (count: number) => number, other: unknown): unknown => {
  let places = 0
  walkAll(value, () => void places++)
  const at = pick(places)
  let seen = 0
  const replace = (node: unknown): unknown => {
    if (seen++ === at) return other
    if (Array.isArray(node)) return node.map(replace)
    if (typeof node !== 'object' || node === null) return node
    return Object.fromEntries(Object.entries(node).map(([name, member]) => [name, replace(member)]))
  }
  return replace(value)
}
const walkAll = (value: unknown, visit: () => void): void => {
  visit()
  if (typeof value === 'object' && value !== null) for (const member of Object.values(value)) walkAll(member, visit)
}

test.skipIf(!isThere)('any value may be any other: nothing throws, and every dialect still writes JSON', () => {
  const answers = recorded.filter((entry) => !entry.expect.error)
  const others = fc.constantFrom<unknown>(null, '', 'x', 0, -1, 1e300, true, [], {}, [null], [[]], { type: 'x' })
  const run = fc.check(
    fc.property(fc.constantFrom(...answers), fc.nat(), others, fc.nat(), (entry, place, other, which) => {
      let number = 0
      const bytes = remade(entry, bytesOf(entry), (json) =>
        number++ === which % 7 ? broken(json, (count) => place % count, other) : json,
      )
      const chunks = chunksOf(entry, bytes).filter((chunk) => !(chunk as Json | null)?.['done'])
      for (const caller of [messagesCaller, contentsCaller({ model: 'm', isStream: entry.stream })]) {
        if (!entry.stream) {
          // What is no answer is judged before it is written.
          if (Array.isArray(chunks[0]?.['choices'])) expect(JSON.stringify(caller.whole(chunks[0]))).toContain('{')
          continue
        }
        const writer = caller.stream()
        const written = chunks.map((chunk) => writer.push(chunk)).join('') + writer.end()
        for (const data of events(Buffer.from(written))) JSON.parse(data)
      }
    }),
    { numRuns: 400 },
  )
  expect(run.counterexample).toBeNull()
})

const call = (index: number | undefined, more: Json) => ({
  choices: [
    { index: 0, delta: { tool_calls: [{ ...(index === undefined ? {} : { index }), ...more }] }, finish_reason: null },
  ],
})
const end = { choices: [{ index: 0, delta: {}, finish_reason: 'tool_calls' }] }

test.each<[string, Json[], [string, unknown][]]>([
  [
    'in turns',
    [
      call(0, { id: 'a', function: { name: 'f', arguments: '' } }),
      call(1, { id: 'b', function: { name: 'g', arguments: '{"y"' } }),
      call(0, { function: { arguments: '{"x":1}' } }),
      call(1, { function: { arguments: ':2}' } }),
    ],
    [
      ['f', { x: 1 }],
      ['g', { y: 2 }],
    ],
  ],
  ['without ids', [call(0, { function: { name: 'f', arguments: '{}' } })], [['f', {}]]],
  [
    'in the older form',
    [{ choices: [{ index: 0, delta: { function_call: { name: 'f', arguments: '{"x":1}' } }, finish_reason: null }] }],
    [['f', { x: 1 }]],
  ],
  [
    'with words between their pieces',
    [
      call(0, { id: 'a', function: { name: 'f', arguments: '{"x"' } }),
      { choices: [{ index: 0, delta: { content: 'Hm.' }, finish_reason: null }] },
      call(0, { function: { arguments: ':1}' } }),
    ],
    [['f', { x: 1 }]],
  ],
  ['with null arguments', [call(0, { id: 'a', function: { name: 'f', arguments: null } })], [['f', {}]]],
  [
    'all with the number 0, as Ollama sends them',
    [
      call(0, { id: 'a', function: { name: 'f', arguments: '{"x":1}' } }),
      call(0, { id: 'b', function: { name: 'g', arguments: '{"y":2}' } }),
    ],
    [
      ['f', { x: 1 }],
      ['g', { y: 2 }],
    ],
  ],
  [
    'without numbers, as Gemini sends them',
    [
      call(undefined, { id: 'a', function: { name: 'f', arguments: '{"x":1}' } }),
      call(undefined, { id: 'b', function: { name: 'g', arguments: '{"y":2}' } }),
    ],
    [
      ['f', { x: 1 }],
      ['g', { y: 2 }],
    ],
  ],
  [
    'counted from 1',
    [
      call(1, { id: 'a', function: { name: 'f', arguments: '{}' } }),
      call(2, { id: 'b', function: { name: 'g', arguments: '' } }),
    ],
    [
      ['f', {}],
      ['g', {}],
    ],
  ],
])('calls %s reach callers of both dialects apart and whole', (_, chunks, wanted) => {
  const contents = contentsCaller({ model: 'm', isStream: true }).stream()
  const gemini = events(Buffer.from([...chunks, end].map((chunk) => contents.push(chunk)).join('') + contents.end()))
    .map((data) => JSON.parse(data) as { candidates: { content: { parts: { functionCall?: Json }[] } }[] })
    .flatMap(({ candidates }) =>
      candidates[0]!.content.parts.flatMap((part) => (part.functionCall ? [part.functionCall] : [])),
    )
  expect(gemini.map(({ name, args }) => [name, args])).toEqual(wanted)
  const messages = messagesCaller.stream()
  const blocks = new Map<number, { name: string; json: string }>()
  for (const data of events(
    Buffer.from([...chunks, end].map((chunk) => messages.push(chunk)).join('') + messages.end()),
  )) {
    const event = JSON.parse(data) as { type: string; index: number; content_block?: Json; delta?: Json }
    if (event.content_block?.['type'] === 'tool_use') {
      expect(event.content_block['id']).not.toBe('')
      blocks.set(event.index, { name: String(event.content_block['name']), json: '' })
    }
    const piece = event.delta?.['partial_json']
    if (typeof piece === 'string') blocks.get(event.index)!.json += piece
  }
  expect([...blocks.values()].map(({ name, json }) => [name, JSON.parse(json || '{}')])).toEqual(wanted)
})
