import fc from 'fast-check'
import { expect, test } from 'vitest'
import { anthropicDialect } from '../anthropic/anthropic.ts'
import { googleDialect } from '../google/google.ts'
import type { Dialect } from './dialect.ts'
import { translateStream, translateWhole } from './translate.ts'

const head = { id: 'chatcmpl-1', created: 1_790_000_000, model: 'asked-for' }
const eventsOf = (list: object[], end = '\n\n'): Buffer =>
  Buffer.from(list.map((event) => `data: ${JSON.stringify(event)}${end}`).join(''))

const stream = (dialect: Dialect, pieces: Uint8Array[]): string => {
  const translation = translateStream(dialect, head)
  return Buffer.concat([...pieces.flatMap((piece) => translation.push(piece)), ...translation.end()]).toString()
}
const whole = (dialect: Dialect, answer: unknown) =>
  JSON.parse(Buffer.from(translateWhole(dialect, head, Buffer.from(JSON.stringify(answer)))).toString()) as Record<
    string,
    unknown
  >

const start = { type: 'message_start', message: { model: 'claude-x', usage: { input_tokens: 3, output_tokens: 1 } } }
const text = (index: number, said: string) => [
  { type: 'content_block_start', index, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index, delta: { type: 'text_delta', text: said } },
  { type: 'content_block_stop', index },
]
const stop = [
  { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 8 } },
  { type: 'message_stop' },
]
const claude = [start, { type: 'ping' }, ...text(0, 'Grüße, 世界 🙂'), ...stop]
const gemini = [
  { candidates: [{ content: { parts: [{ text: 'Grüße, 世界 🙂' }] } }], modelVersion: 'gemini-x' },
  { candidates: [{ content: { parts: [{ functionCall: { name: 'a', args: { b: 1 } } }] }, finishReason: 'STOP' }] },
]

test.each([
  ['Anthropic', anthropicDialect, claude],
  ['Google', googleDialect, gemini],
])('%s: a stream says the same wherever it is cut, with whatever line ends', (_, dialect, events) => {
  const wanted = stream(dialect, [eventsOf(events)])
  expect(wanted).toContain('Grüße, 世界 🙂')
  expect(wanted.endsWith('data: [DONE]\n\n')).toBe(true)
  fc.assert(
    fc.property(fc.array(fc.nat(2_000)), fc.constantFrom('\n\n', '\r\n\r\n'), (cuts, end) => {
      const bytes = eventsOf(events, end)
      const places = [0, ...cuts.map((cut) => cut % bytes.length).sort((a, b) => a - b), bytes.length]
      const pieces = places.slice(1).map((to, index) => bytes.subarray(places[index], to))
      expect(stream(dialect, pieces)).toBe(wanted)
    }),
    { numRuns: 50 },
  )
})

test('a repeated beginning is harmless, and the later usage counts', () => {
  const said = stream(anthropicDialect, [eventsOf([start, start, ...claude])])
  expect(said.match(/"role":"assistant"/g)).toHaveLength(1)
  expect(said.match(/"finish_reason":"stop"/g)).toHaveLength(1)
  expect(said).toContain('"completion_tokens":8')
})

test('a stream without its end has no end mark', () => {
  expect(stream(anthropicDialect, [eventsOf(claude.slice(0, -1))])).not.toContain('[DONE]')
  expect(stream(googleDialect, [eventsOf(gemini.slice(0, 1))])).not.toContain('[DONE]')
})

test('what has no blank line behind it still counts', () => {
  const bytes = eventsOf(gemini)
  expect(stream(googleDialect, [bytes.subarray(0, -2)])).toContain('[DONE]')
  const error = Buffer.from('[{"error":{"code":503,"message":"Busy","status":"UNAVAILABLE"}}]')
  expect(stream(googleDialect, [error])).toContain('{"error":{"message":"Busy","type":"server_error"')
})

test.each([
  ['pause_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['max_tokens', 'length'],
  ['tool_use', 'tool_calls'],
  ['refusal', 'content_filter'],
  ['something_new', 'stop'],
])('Anthropic ends with %s: %s', (reason, finish) => {
  const answer = { type: 'message', model: 'claude-x', content: [{ type: 'text', text: 'x' }], stop_reason: reason }
  expect(whole(anthropicDialect, answer)).toMatchObject({ choices: [{ finish_reason: finish }] })
})

test.each([
  ['MAX_TOKENS', 'length'],
  ['RECITATION', 'content_filter'],
  ['PROHIBITED_CONTENT', 'content_filter'],
  ['STOP', 'stop'],
])('Gemini ends with %s: %s', (reason, finish) => {
  const answer = { candidates: [{ content: { parts: [{ text: 'x' }] }, finishReason: reason }] }
  expect(whole(googleDialect, answer)).toMatchObject({ choices: [{ finish_reason: finish }] })
})

test('redacted thinking returns with the signed', () => {
  const blocks = [
    { type: 'redacted_thinking', data: 'eHh4' },
    { type: 'thinking', thinking: 'Hm.', signature: 'c2ln' },
  ]
  expect(whole(anthropicDialect, { type: 'message', content: blocks, stop_reason: 'end_turn' })).toMatchObject({
    choices: [{ message: { reasoning_content: 'Hm.', extra_content: { anthropic: { thinking_blocks: blocks } } } }],
  })
})

test('parallel calls of Gemini have places and ids of their own', () => {
  const call = { functionCall: { name: 'a' } }
  const { choices } = whole(googleDialect, {
    candidates: [{ content: { parts: [call, call] }, finishReason: 'STOP' }],
  }) as { choices: { message: { tool_calls: { id: string; function: { arguments: string } }[] } }[] }
  const calls = choices[0]!.message.tool_calls
  expect(new Set(calls.map(({ id }) => id)).size).toBe(2)
  expect(calls.map((made) => made.function.arguments)).toEqual(['{}', '{}'])
})

test('bytes that are no answer stay as they are', () => {
  for (const dialect of [anthropicDialect, googleDialect]) {
    for (const body of ['<html></html>', 'null', '{}', '{"cand']) {
      expect(Buffer.from(translateWhole(dialect, head, Buffer.from(body))).toString()).toBe(body)
    }
  }
})
