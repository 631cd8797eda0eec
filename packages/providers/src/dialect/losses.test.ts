import type { ChatRequest } from '@assay/core'
import { expect, test } from 'vitest'
import { anthropicDialect } from '../anthropic/anthropic.ts'
import { messagesCaller } from '../anthropic/caller.ts'
import { contentsCaller } from '../google/caller.ts'
import { googleDialect } from '../google/google.ts'
import { encodeChat } from './chat-fields.ts'

/** The table of docs/gateway.md: what each provider drops, and names, of what a request asks for. */

const hello: ChatRequest = { model: 'm', messages: [{ role: 'user', content: 'Hello' }] }
const droppedBy = {
  openai: (request: ChatRequest) => encodeChat(request, { provider: 'openai', model: 'gpt-4o' }).dropped,
  compatible: (request: ChatRequest) => encodeChat(request, { provider: 'compatible', model: 'm' }).dropped,
  anthropic: (request: ChatRequest) => anthropicDialect.encode(request, 'claude-haiku-4-5').dropped,
  google: (request: ChatRequest) => googleDialect.encode(request, 'gemini-2.5-flash').dropped,
}
type Name = keyof typeof droppedBy
const tools = [{ type: 'function', function: { name: 'f', strict: true } }]

test.each<[string, object, Name[]]>([
  ['top_k', { top_k: 5 }, ['openai']],
  ['seed', { seed: 1 }, ['anthropic']],
  ['frequency_penalty', { frequency_penalty: 1 }, ['anthropic']],
  ['presence_penalty', { presence_penalty: 1 }, ['anthropic']],
  ['n', { n: 2 }, ['anthropic', 'google']],
  ['n', { n: 1 }, []],
  ['logprobs', { logprobs: true }, ['anthropic', 'google']],
  ['top_logprobs', { top_logprobs: 3 }, ['anthropic', 'google']],
  ['logit_bias', { logit_bias: { 5: 1 } }, ['anthropic', 'google']],
  ['user', { user: 'u' }, ['google']],
  ['parallel_tool_calls', { tools, parallel_tool_calls: false }, ['google']],
  ['tools.strict', { tools }, ['google']],
  ['messages.name', { messages: [{ role: 'user', name: 'Ada', content: 'x' }] }, ['anthropic', 'google']],
  ['response_format', { response_format: { type: 'json_object' } }, ['anthropic']],
  ['safetySettings', { safetySettings: [{}] }, ['openai', 'compatible', 'anthropic']],
  ['labels', { labels: { a: 'b' } }, ['openai', 'compatible', 'anthropic']],
])('%s of %j is dropped by %j alone', (name, fields, wanted) => {
  const request = { ...hello, ...fields }
  const found = (Object.keys(droppedBy) as Name[]).filter((provider) => droppedBy[provider](request).includes(name))
  expect(found).toEqual(wanted)
})

test.each([
  ['web_search_options', { web_search_options: {} }, ['anthropic', 'google']],
  ['cachedContent', { cachedContent: 'cachedContents/1' }, ['openai', 'compatible', 'anthropic']],
  ['mcp_servers', { mcp_servers: [{}] }, ['openai', 'compatible', 'anthropic', 'google']],
  ['container', { container: 'c' }, ['openai', 'compatible', 'anthropic', 'google']],
  ['tools[0]', { tools: [{ type: 'googleSearch' }] }, ['openai', 'compatible', 'anthropic', 'google']],
])('%s of %j is refused by %j', (path, fields, wanted) => {
  const request = { ...hello, ...fields } as ChatRequest
  for (const provider of wanted) {
    expect(() => droppedBy[provider as Name](request)).toThrow(
      expect.objectContaining({ code: 'gateway.untranslatable', details: expect.objectContaining({ path }) as object }),
    )
  }
})

test("Anthropic's callers are told what only Anthropic knows", () => {
  const request = messagesCaller.decode({
    model: 'm',
    max_tokens: 9,
    service_tier: 'standard_only',
    context_management: { edits: [] },
    system: [{ type: 'text', text: 'x', cache_control: { type: 'ephemeral' } }],
    tools: [{ name: 'f', input_schema: {}, defer_loading: true }],
    messages: [
      { role: 'user', content: 'Hello' },
      { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'f', input: {} }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: 'no', is_error: true }] },
    ],
  })
  for (const provider of ['openai', 'compatible', 'google'] as const) {
    expect(droppedBy[provider](request)).toEqual(
      expect.arrayContaining(['context_management', 'cache_control', 'tools.defer_loading', 'messages.is_error']),
    )
  }
  expect(encodeChat(request, { provider: 'openai', model: 'm' }).body).toMatchObject({ service_tier: 'default' })
})

test('what one turn was thought returns to who thought it, through callers of both dialects', () => {
  const google = { google: { thought_signature: 'R29v' } }
  const calls = [
    { index: 0, id: 'c', type: 'function', function: { name: 'f', arguments: '{}' }, extra_content: google },
  ]
  const completion = {
    choices: [{ index: 0, message: { content: null, tool_calls: calls }, finish_reason: 'tool_calls' }],
  }
  const { content } = messagesCaller.whole(completion) as { content: object[] }
  const asked = { role: 'user', content: 'x' }
  const messages = [asked, { role: 'assistant', content }]
  expect(messagesCaller.decode({ model: 'm', max_tokens: 1, messages }).messages[1]).toMatchObject({
    tool_calls: [{ id: 'c', extra_content: google }],
  })
  const own = messagesCaller.ownBody!(Buffer.from(JSON.stringify({ messages })))
  expect(JSON.parse(own.toString())).toEqual({
    messages: [asked, { role: 'assistant', content: [expect.objectContaining({ type: 'tool_use' })] }],
  })
  const caller = contentsCaller({ model: 'm', isStream: false })
  const { candidates } = caller.whole(completion) as { candidates: { content: { parts: object[] } }[] }
  expect(candidates[0]!.content.parts).toMatchObject([{ thoughtSignature: expect.any(String) as string }])
  const contents = [{ parts: [{ text: 'x' }] }, candidates[0]!.content]
  expect(caller.decode({ contents }).messages[1]).toMatchObject({ tool_calls: [{ extra_content: google }] })
})
