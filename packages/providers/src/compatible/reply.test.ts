import { expect, test } from 'vitest'
import { estimateOutputTokens, ReplyReader } from './reply.ts'

const read = (...parts: object[]): ReplyReader => {
  const reply = new ReplyReader()
  for (const part of parts) reply.add(part)
  return reply
}
const calling = (index: number, id: string | null, args: string) => ({
  choices: [
    { index: 0, delta: { tool_calls: [{ index, id, function: { name: id ? 'find' : '', arguments: args } }] } },
  ],
})

test.each([4_294_967_290, 512, -1, 1.5])('a tool call with the index %d neither hangs nor gets lost', (index) => {
  const reply = read(calling(index, 'a', '{"q"'), calling(index, null, ':1}'))
  expect(reply.toolCalls).toEqual([{ id: 'a', name: 'find', arguments: '{"q":1}' }])
  expect(estimateOutputTokens(reply)).toBeGreaterThan(0)
})

test('indexes that leave some out make no holes', () => {
  const reply = read(calling(7, 'a', '{'), calling(500, 'b', '{}'), calling(7, null, '}'))
  expect(reply.toolCalls).toEqual([
    { id: 'a', name: 'find', arguments: '{}' },
    { id: 'b', name: 'find', arguments: '{}' },
  ])
})

test.each([1e300, 9.1e15, 1_000_000_001, Number.POSITIVE_INFINITY, '12'])(
  'a usage of %s tokens is taken for none, so that it is estimated',
  (count) => {
    expect(read({ usage: { prompt_tokens: count, completion_tokens: 1 } }).usage).toBeNull()
    expect(
      read({ usage: { prompt_tokens: 3, completion_tokens: 1, prompt_tokens_details: { cached_tokens: count } } })
        .usage,
    ).toMatchObject({ inputTokens: 3, cacheReadInputTokens: 0 })
  },
)

test('a model name of 6,000 characters is cut to what a record holds', () => {
  expect(read({ model: 'm'.repeat(6_000) }).responseModel).toHaveLength(256)
})
