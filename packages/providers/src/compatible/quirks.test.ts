import { expect, test } from 'vitest'
import { dataOf, EventScanner } from '../sse.ts'
import { responsesCaller } from '../responses/caller.ts'
import { ReplyReader } from './reply.ts'

/** What servers that call themselves compatible do otherwise than OpenAI: Ollama, vLLM, LiteLLM and their like. */

/** The chunks of a stream as they come over the wire, read as the gateway reads them. */
const read = (wire: string) => {
  const reply = new ReplyReader()
  const caller = responsesCaller({ id: 'request', created: 0 })
  caller.decode({ model: 'test', input: 'Hello' })
  const writer = caller.stream()
  const scanner = new EventScanner({
    onEvent: (event) => {
      const data = dataOf(event)
      if (data === null || data.trim() === '[DONE]') return
      const json: unknown = JSON.parse(data)
      reply.add(json)
      writer.push(json)
    },
  })
  for (const byte of Buffer.from(wire)) scanner.push(Uint8Array.of(byte))
  const last = writer.end().trim().split('\ndata: ').at(-1)!
  const { response } = JSON.parse(last) as { response: { output: Record<string, unknown>[]; usage: unknown } }
  return { reply, response }
}
const chunk = (delta: object, finish: string | null = null): string =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`
const call = (fields: object, name?: string, args = '') =>
  chunk({ tool_calls: [{ ...fields, function: { ...(name ? { name } : undefined), arguments: args } }] })

test('data: without a space, comments that keep alive, carriage returns and no usage', () => {
  const wire = `: keep-alive\r\n\r\n${chunk({ content: 'Hi' }).replace('data: ', 'data:')}: OPENROUTER PROCESSING\n\n${chunk({}, 'stop')}data:[DONE]\n\n`
  const { reply, response } = read(wire)
  expect(reply).toMatchObject({ text: 'Hi', finishReason: 'stop', usage: null })
  expect(response).toMatchObject({ output: [{ content: [{ text: 'Hi' }] }], usage: null })
})

test.each(['reasoning_content', 'reasoning'])('thinking in %s', (field) => {
  const { reply, response } = read(chunk({ [field]: 'Hm.' }) + chunk({ content: 'Yes.' }) + chunk({}, 'stop'))
  expect(reply.reasoningText).toBe('Hm.')
  expect(response.output).toMatchObject([{ summary: [{ text: 'Hm.' }] }, { content: [{ text: 'Yes.' }] }])
})

test.each([
  ['all calls have the number 0', [call({ index: 0, id: 'a' }, 'f', '{}'), call({ index: 0, id: 'b' }, 'g', '{}')]],
  ['no call has a number', [call({ id: 'a' }, 'f', '{}'), call({ id: 'b' }, 'g', '{}')]],
  ['numbers begin at 1', [call({ index: 1, id: 'a' }, 'f', '{}'), call({ index: 2, id: 'b' }, 'g', '{}')]],
  [
    'every piece says the name',
    [
      call({ index: 0, id: 'a' }, 'f', '{'),
      call({ index: 0, id: 'a' }, 'f', '}'),
      call({ index: 1, id: 'b' }, 'g', '{}'),
    ],
  ],
])('%s: two calls stay two', (_, pieces) => {
  const { reply, response } = read(pieces.join('') + chunk({}, 'tool_calls'))
  expect(reply.toolCalls).toEqual([
    { id: 'a', name: 'f', arguments: '{}' },
    { id: 'b', name: 'g', arguments: '{}' },
  ])
  expect(response.output).toMatchObject([
    { type: 'function_call', call_id: 'a', name: 'f', arguments: '{}' },
    { type: 'function_call', call_id: 'b', name: 'g', arguments: '{}' },
  ])
})

test('a call without id and arguments gets both', () => {
  const { response } = read(call({ index: 0 }, 'f') + chunk({}, 'tool_calls'))
  expect(response.output).toMatchObject([{ call_id: 'call_request_0', name: 'f', arguments: '{}' }])
})

test('an error in an answer with a good status', () => {
  const reply = new ReplyReader()
  reply.add({ error: { message: 'model not loaded' } })
  expect(reply.error).toEqual({ message: 'model not loaded' })
})
