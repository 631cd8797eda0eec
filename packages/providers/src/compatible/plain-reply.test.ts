import { expect, test } from 'vitest'
import { isPlainReply } from './plain-reply.ts'

const choice = { index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }

test('an ordinary answer and an ordinary chunk need no closer look', () => {
  const usage = { prompt_tokens: 1, completion_tokens: 2, prompt_tokens_details: { cached_tokens: 0 } }
  expect(isPlainReply({ id: 'a', model: 'm', choices: [choice], usage })).toBe(true)
  expect(isPlainReply({ model: 'm', choices: [{ index: 0, delta: { content: 'H' }, finish_reason: null }] })).toBe(true)
  expect(isPlainReply({ choices: [], usage: null })).toBe(true)
})

test.each([
  ['tool calls', { choices: [{ ...choice, message: { tool_calls: [] } }] }],
  ['an older call of a function', { choices: [{ ...choice, delta: { function_call: {} } }] }],
  ['words in parts', { choices: [{ ...choice, message: { content: [{ text: 'Hi' }] } }] }],
  ['a number that is none', { choices: [], usage: { prompt_tokens: '12' } }],
  [
    'details that are none',
    { choices: [], usage: { prompt_tokens_details: { cached_tokens: Number.POSITIVE_INFINITY } } },
  ],
  ['choices that are none', { choices: {} }],
  ['a choice that is none', { choices: [null] }],
  ['no object', [choice]],
  ['nothing', null],
])('%s: the schema has to look', (_, reply) => {
  expect(isPlainReply(reply)).toBe(false)
})
