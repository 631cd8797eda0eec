import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chunksOfCompletion, completionOfChunks } from './completion.ts'

const usage = { prompt_tokens: 3, completion_tokens: 5, total_tokens: 8 }
const head = { id: 'chatcmpl-1', created: 1_790_000_000, model: 'test-model' }

const call = fc.record({
  id: fc.uuid(),
  type: fc.constant('function'),
  function: fc.record({ name: fc.stringMatching(/^[a-z]{1,9}$/), arguments: fc.json() }),
})
const message = fc
  .record({
    content: fc.string({ unit: 'grapheme', maxLength: 3_000 }),
    reasoning: fc.string({ maxLength: 20 }),
    calls: fc.array(call, { maxLength: 4 }),
    extra: fc.option(fc.record({ google: fc.record({ thought_signature: fc.string() }) })),
  })
  .map(({ content, reasoning, calls, extra }) => ({
    role: 'assistant',
    content: content === '' && calls.length > 0 ? null : content,
    ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
    ...(extra ? { extra_content: extra } : {}),
  }))
const completion = fc.array(message, { minLength: 1, maxLength: 3 }).map((messages) => ({
  ...head,
  object: 'chat.completion',
  choices: messages.map((said, index) => ({ index, message: said, logprobs: null, finish_reason: 'stop' })),
  usage,
}))

test('a kept answer streamed in at most 20 chunks says the same as before', () => {
  fc.assert(
    fc.property(completion, (kept) => {
      const chunks = chunksOfCompletion(kept, { usage: true })
      expect(chunks.length).toBeLessThanOrEqual(20)
      expect(completionOfChunks(chunks)).toEqual(kept)
      for (const chunk of chunks) expect(JSON.stringify(chunk).isWellFormed()).toBe(true)
    }),
  )
})

test('a stream is put together whatever its provider leaves out', () => {
  const chunks = [
    { ...head, object: 'chat.completion.chunk', system_fingerprint: 'fp', choices: [{ delta: { role: 'assistant' } }] },
    { ...head, choices: [{ delta: { tool_calls: [{ id: 'a', function: { name: 'look', arguments: '{"x"' } }] } }] },
    { ...head, choices: [{ delta: { tool_calls: [{ function: { arguments: ':1}' } }] } }] },
    { ...head, choices: [{ delta: { tool_calls: [{ id: 'b', function: { name: 'see', arguments: '{}' } }] } }] },
    { ...head, choices: [{ delta: {}, finish_reason: 'tool_calls' }] },
    null,
    { ...head, choices: [], usage },
  ]
  expect(completionOfChunks(chunks)).toEqual({
    ...head,
    object: 'chat.completion',
    system_fingerprint: 'fp',
    usage,
    choices: [
      {
        index: 0,
        finish_reason: 'tool_calls',
        message: {
          role: 'assistant',
          content: null,
          tool_calls: [
            { id: 'a', type: 'function', function: { name: 'look', arguments: '{"x":1}' } },
            { id: 'b', type: 'function', function: { name: 'see', arguments: '{}' } },
          ],
        },
      },
    ],
  })
  expect(completionOfChunks([{ ...head, choices: [] }])).toBeNull()
})
