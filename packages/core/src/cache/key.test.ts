import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ChatRequest } from '../gateway/chat.ts'
import { cacheKeyOf, type CachePlace } from './key.ts'

const place: CachePlace = {
  workspaceId: '01920000-0000-7000-8000-000000000001',
  provider: 'openai',
  baseUrl: 'https://api.openai.com/v1',
  credentialOwner: 'own',
  credentialOptions: {},
  model: 'gpt-4o',
  packageVersion: null,
  userHash: null,
}
const request: ChatRequest = {
  model: 'openai/gpt-4o',
  messages: [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'What is the capital of France?' },
  ],
  temperature: 0,
}
const key = (changes: Record<string, unknown> = {}, at: Partial<CachePlace> = {}): string =>
  cacheKeyOf({ ...place, ...at }, { ...request, ...changes })

test('every part of the place and every field of the request that decides the answer is a key of its own', () => {
  const changed: string[] = [
    key(),
    key({}, { workspaceId: '01920000-0000-7000-8000-000000000009' }),
    key({}, { provider: 'azure' }),
    key({}, { baseUrl: 'https://eu.api.openai.com/v1' }),
    key({}, { credentialOwner: 'system' }),
    key({}, { credentialOptions: { organization: 'a' } }),
    key({}, { model: 'gpt-4o-mini' }),
    key({}, { packageVersion: '@me/a@1.0.0' }),
    key({}, { userHash: 'ab' }),
    key({ messages: [request.messages[1]] }),
    key({ messages: request.messages.toReversed() }),
    key({ messages: [request.messages[0], { role: 'user', content: 'What is the capital of Spain?' }] }),
    key({ messages: [request.messages[0], { role: 'assistant', content: 'What is the capital of France?' }] }),
    key({ tools: [{ type: 'function', function: { name: 'look' } }] }),
    key({ tools: [{ type: 'function', function: { name: 'see' } }] }),
    key({ tool_choice: 'required' }),
    key({ parallel_tool_calls: false }),
    key({ response_format: { type: 'json_object' } }),
    key({ temperature: 0.1 }),
    key({ top_p: 0.5 }),
    key({ top_k: 5 }),
    key({ seed: 7 }),
    key({ max_tokens: 10 }),
    key({ max_completion_tokens: 10 }),
    key({ stop: ['.'] }),
    key({ n: 2 }),
    key({ logit_bias: { 50256: -100 } }),
    key({ reasoning_effort: 'high' }),
    key({ presence_penalty: 1 }),
    key({ some_field_of_the_future: true }),
  ]
  expect(new Set(changed).size).toBe(changed.length)
})

test('an unknown field with any value is another key, and its order in the body is not', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
      fc.pre(a !== null && b !== null)
      const isSame = sortedJson(a) === sortedJson(b)
      expect(key({ novel: a }) === key({ novel: b })).toBe(isSame)
      expect(key({ novel: a })).toBe(
        cacheKeyOf(place, { novel: a, temperature: 0, messages: request.messages, model: 'x' }),
      )
    }),
  )
})

test('how an answer is sent, and for whom it is counted, is not part of it', () => {
  const indifferent = {
    stream: true,
    stream_options: { include_usage: true },
    user: 'somebody',
    metadata: { ticket: '1' },
    prompt_cache_key: 'k',
    seed: null,
    model: 'gpt-4o',
  }
  expect(key(indifferent)).toBe(key())
})

test('line ends, composed letters and space at the end do not matter; case, punctuation and space inside do', () => {
  const said = (content: unknown) => key({ messages: [{ role: 'user', content }] })
  expect(said('caf\u0065\u0301\r\nbar  \n')).toBe(said('caf\u00e9\nbar'))
  expect(said([{ type: 'text', text: 'one ' }])).toBe(said('one'))
  const different = ['one', 'One', 'one.', ' one', 'on e', 'one\n\ntwo', 'one\ntwo'].map(said)
  expect(new Set(different).size).toBe(different.length)
})

test('texts that differ by more than that differ in their keys', () => {
  const normal = (text: string): string => text.normalize('NFC').replaceAll('\r\n', '\n').trimEnd()
  const said = (content: string) => key({ messages: [{ role: 'user', content }] })
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (a, b) => {
      expect(said(a) === said(b)).toBe(normal(a) === normal(b))
    }),
  )
})

test('parts of the place cannot be moved into one another', () => {
  expect(key({}, { provider: 'a', baseUrl: 'b/c' })).not.toBe(key({}, { provider: 'a/b', baseUrl: 'c' }))
  expect(key({ a: 'b","c":"d' })).not.toBe(key({ a: 'b', c: 'd' }))
})

test('a platform’s own SHA-256 gives the same key', () => {
  const native = (text: string): string => createHash('sha256').update(text).digest('hex')
  expect(cacheKeyOf(place, request, native)).toBe(key())
  expect(key()).toMatch(/^[0-9a-f]{64}$/)
})

/** JSON with sorted members, and without those that are null: a field that is null is a field left out. */
const sortedJson = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(
          Object.entries(part)
            .filter(([, member]) => member !== null)
            .sort(([a], [b]) => (a < b ? -1 : 1)),
        )
      : part,
  )
