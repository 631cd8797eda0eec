import { prices, type ChatRequest } from '@assay/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { answerAs, piecesOf } from './answer.ts'
import { renderEvents } from './render.ts'
import { valueOfSchema } from './value-of-schema.ts'

const ask = (content: string, more: Partial<ChatRequest> = {}): ChatRequest => ({
  model: 'x',
  messages: [{ role: 'user', content }],
  ...more,
})
const textOf = (model: string, request: ChatRequest) => answerAs(model, request).text

test('echo repeats the last user text, whatever it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(textOf('echo', ask(text))).toBe(text)
    }),
  )
})

test('fast and smart say the same to the same request, and something else to another', () => {
  for (const model of ['fast', 'smart']) {
    expect(answerAs(model, ask('Tell me about rivers'))).toEqual(answerAs(model, ask('Tell me about rivers')))
    expect(textOf(model, ask('Tell me about rivers'))).not.toBe(textOf(model, ask('Tell me about mountains')))
  }
  expect(textOf('smart', ask('rivers')).length).toBeGreaterThan(textOf('fast', ask('rivers')).length)
})

test('max_tokens cuts the answer there and says so', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z ]{1,200}$/), fc.integer({ min: 1, max: 20 }), (text, limit) => {
      const answer = answerAs('echo', ask(text, { max_tokens: limit }))
      expect(answer.outputTokens).toBeLessThanOrEqual(limit)
      expect(answer.finishReason).toBe([...piecesOf(text)].length > limit ? 'length' : 'stop')
      expect(text.startsWith(answer.text)).toBe(true)
    }),
  )
})

test('a stop sequence ends the answer before it', () => {
  expect(textOf('echo', ask('one two three', { stop: [' three', ' two'] }))).toBe('one')
})

test('json_object answers a JSON object', () => {
  const format = { response_format: { type: 'json_object' } }
  expect(JSON.parse(textOf('echo', ask('plain', format)))).toEqual({ answer: 'plain' })
  expect(textOf('echo', ask('{"a":1}', format))).toBe('{"a":1}')
})

test('a schema that only names itself ends', () => {
  expect(() => valueOfSchema({ $ref: '#' }, 'x')).not.toThrow()
  const endless = {
    $defs: { a: { type: 'object', properties: { a: { $ref: '#/$defs/a' } }, required: ['a'] } },
    $ref: '#/$defs/a',
  }
  expect(() => valueOfSchema(endless, 'x')).not.toThrow()
})

test('every simulated model has a price', () => {
  const names = prices.filter(({ provider }) => provider === 'sim').map(({ model }) => model)
  expect(names).toEqual(['echo', 'fast', 'smart', 'tools', 'flaky', 'slow', 'fault', 'embed', 'embed-large'])
})

test('a long echo as a stream is made event by event, its pieces the text again', () => {
  const request = ask('a '.repeat(500_000), { stream: true })
  const events = renderEvents('echo', answerAs('echo', request), request)
  expect(events.next().value).toContain('"role":"assistant"')
  expect(events.next().value).toContain('"content":"a"')
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect([...piecesOf(text)].join('')).toBe(text)
    }),
  )
})
