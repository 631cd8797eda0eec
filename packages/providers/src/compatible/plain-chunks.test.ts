import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PlainChunks } from './plain-chunks.ts'

const eventOf = (choice: object, others: object = {}): Buffer =>
  Buffer.from(`data: ${JSON.stringify({ id: 'c-1', model: 'm', choices: [{ index: 0, ...choice }], ...others })}\n\n`)
const chunkOf = (content: string): Buffer => eventOf({ delta: { content }, finish_reason: null })

const knowing = (event: Buffer): PlainChunks => {
  const plain = new PlainChunks()
  plain.learn(event)
  return plain
}

test('a chunk that differs from one before in its text alone is known again, with its text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (content) => {
      const isEscaped = JSON.stringify(content) !== `"${content}"`
      expect(knowing(chunkOf('word ')).textOf(chunkOf(content))).toBe(isEscaped ? null : content)
    }),
  )
})

test('a chunk that says anything else has to be read', () => {
  const others = [
    eventOf({ delta: { content: 'word ' }, finish_reason: 'stop' }),
    eventOf({ delta: { content: 'word ', tool_calls: [] }, finish_reason: null }),
    eventOf({ delta: { content: 'word ' }, finish_reason: null }, { usage: { prompt_tokens: 1 } }),
    eventOf({ delta: { reasoning_content: 'word ' }, finish_reason: null }),
    Buffer.from('data: [DONE]\n\n'),
    Buffer.from(chunkOf('word ').subarray(0, 40)),
  ]
  for (const other of others) expect(knowing(chunkOf('word ')).fits(other)).toBe(false)
})

test('no form is taken from a chunk that says more than text, nor from one that is none', () => {
  const events = [
    eventOf({ delta: { content: 'a', reasoning_content: 'b' }, finish_reason: null }),
    eventOf({ delta: { content: 'a' }, finish_reason: 'stop' }),
    eventOf({ index: 1, delta: { content: 'a' }, finish_reason: null }),
    eventOf({ delta: { content: 'a' } }, { usage: { prompt_tokens: 1 } }),
    eventOf({ delta: { content: 'a' } }, { error: { message: 'x' } }),
    eventOf({ message: { content: 'a' } }),
    eventOf({ delta: { content: 'a "content":"b"' } }),
    Buffer.from('data: {"choices":[{"delta":{"content":"a"\n\n'),
  ]
  for (const event of events) expect(knowing(event).fits(event)).toBe(false)
})
