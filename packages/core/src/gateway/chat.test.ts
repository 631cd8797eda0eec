import { expect, test } from 'vitest'
import { ChatRequest, isPlainChatRequest } from './chat.ts'

const say = { role: 'user', content: 'Hello' }
const plain = { model: 'sim/echo', messages: [say] }

test('the quick look takes ordinary requests, and the schema leaves them as they are', () => {
  for (const more of [
    {},
    { stream: true, stream_options: { include_usage: true } },
    { stream: null, temperature: 0.2, max_tokens: 5, max_completion_tokens: null, seed: 1, stop: 'x', user: 'me' },
    { tools: [{ type: 'function', function: { name: 'f' } }], response_format: { type: 'json_object' } },
    { messages: [say, { role: 'assistant', content: null, tool_calls: [] }, { role: 'tool' }] },
    { messages: [{ role: 'user', content: [{ type: 'text', text: 'a' }] }] },
  ]) {
    const body = { ...plain, ...more }
    expect(isPlainChatRequest(body)).toBe(true)
    expect(ChatRequest.parse(body)).toEqual(body)
  }
})

test('the quick look takes nothing that the schema refuses', () => {
  const odd = [undefined, null, 0, 1.5, -1, 2 ** 60, Number.POSITIVE_INFINITY, '', 'x', true, [], [1], {}, [{}], [null]]
  const wrong: unknown[] = []
  const members = [...Object.keys(ChatRequest.shape), 'unknown']
  for (const member of members) {
    for (const value of odd) {
      for (const body of [
        { ...plain, [member]: value },
        { ...plain, messages: [{ ...say, [member]: value, content: value }] },
        { ...plain, messages: [{ role: value }] },
        { ...plain, stream_options: { include_usage: value } },
        value,
      ]) {
        if (isPlainChatRequest(body) && !ChatRequest.safeParse(body).success) wrong.push(body)
      }
    }
  }
  expect(wrong).toEqual([])
})
