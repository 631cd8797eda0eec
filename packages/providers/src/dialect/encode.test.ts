import type { ChatRequest } from '@assay/core'
import { expect, test } from 'vitest'
import { encodeMessages } from '../anthropic/encode.ts'
import { encodeContents } from '../google/encode.ts'

const base: ChatRequest = { model: 'any', messages: [{ role: 'user', content: 'Hello' }] }
const toAnthropic = (request: Partial<ChatRequest>, model = 'claude-sonnet-4-5') =>
  encodeMessages({ ...base, ...request }, model)
const toGoogle = (request: Partial<ChatRequest>, model = 'gemini-2.5-flash') =>
  encodeContents({ ...base, ...request }, model)

const weather = {
  type: 'function',
  function: { name: 'weather', description: 'Tells it.', parameters: { type: 'object' } },
}
const call = (id: string, extra?: object) => ({
  id,
  type: 'function',
  function: { name: 'weather', arguments: '{"city":"Oslo"}' },
  ...(extra ? { extra_content: extra } : undefined),
})
const pixel = 'data:image/png;base64,iVBORw0KGgo='

/** Two calls at once and their results, after a system message and before another. */
const conversation: ChatRequest['messages'] = [
  { role: 'system', content: 'Be brief.' },
  {
    role: 'user',
    content: [
      { type: 'text', text: 'Compare.' },
      { type: 'image_url', image_url: { url: pixel } },
    ],
  },
  { role: 'assistant', content: 'Looking.', tool_calls: [call('a:1'), call('b')] },
  { role: 'tool', tool_call_id: 'a:1', content: '{"sky":"grey"}' },
  { role: 'tool', tool_call_id: 'b', content: 'blue' },
  { role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://example.com/sky.webp' } }] },
  { role: 'developer', content: 'In English.' },
]

test('a conversation in the words of Anthropic', () => {
  expect(toAnthropic({ messages: conversation }).body).toMatchObject({
    system: [
      { type: 'text', text: 'Be brief.' },
      { type: 'text', text: 'In English.' },
    ],
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Compare.' },
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' } },
        ],
      },
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'Looking.' },
          { type: 'tool_use', id: 'a_1', name: 'weather', input: { city: 'Oslo' } },
          { type: 'tool_use', id: 'b', name: 'weather', input: { city: 'Oslo' } },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'a_1', content: '{"sky":"grey"}' },
          { type: 'tool_result', tool_use_id: 'b', content: 'blue' },
          { type: 'image', source: { type: 'url', url: 'https://example.com/sky.webp' } },
        ],
      },
    ],
  })
})

test('the same conversation in the words of Google', () => {
  const functionCall = { name: 'weather', args: { city: 'Oslo' } }
  expect(toGoogle({ messages: conversation }).body).toEqual({
    systemInstruction: { parts: [{ text: 'Be brief.' }, { text: 'In English.' }] },
    contents: [
      { role: 'user', parts: [{ text: 'Compare.' }, { inlineData: { mimeType: 'image/png', data: 'iVBORw0KGgo=' } }] },
      {
        role: 'model',
        parts: [
          { text: 'Looking.' },
          { functionCall: { ...functionCall, id: 'a:1' } },
          { functionCall: { ...functionCall, id: 'b' } },
        ],
      },
      {
        role: 'user',
        parts: [
          { functionResponse: { id: 'a:1', name: 'weather', response: { sky: 'grey' } } },
          { functionResponse: { id: 'b', name: 'weather', response: { result: 'blue' } } },
          { fileData: { fileUri: 'https://example.com/sky.webp', mimeType: 'image/webp' } },
        ],
      },
    ],
  })
})

test('calls that another model made are marked as such where a signature is asked for', () => {
  const messages = conversation.slice(2, 5)
  expect(toGoogle({ messages }, 'gemini-3-pro-preview').body).toMatchObject({
    contents: [
      {
        parts: [
          {},
          { functionCall: { id: 'a:1' }, thoughtSignature: 'skip_thought_signature_validator' },
          { functionCall: { id: 'b' } },
        ],
      },
      {},
    ],
  })
  const signed = {
    role: 'assistant' as const,
    tool_calls: [call('a', { google: { thought_signature: 'c2ln' } }), call('b')],
  }
  const { contents } = toGoogle({ messages: [signed] }, 'gemini-3-pro-preview').body as { contents: unknown[] }
  expect(JSON.stringify(contents).match(/thoughtSignature":"\w+/g)).toEqual(['thoughtSignature":"c2ln'])
})

test.each([
  ['auto', { type: 'auto' }, { mode: 'AUTO' }],
  ['none', { type: 'none' }, { mode: 'NONE' }],
  ['required', { type: 'any' }, { mode: 'ANY' }],
  [
    { type: 'function', function: { name: 'weather' } },
    { type: 'tool', name: 'weather' },
    { mode: 'ANY', allowedFunctionNames: ['weather'] },
  ],
])('tool_choice %j', (choice, anthropic, google) => {
  const request = { tools: [weather], tool_choice: choice }
  expect(toAnthropic(request).body).toMatchObject({
    tools: [{ name: 'weather', description: 'Tells it.', input_schema: { type: 'object' } }],
    tool_choice: anthropic,
  })
  expect(toGoogle(request).body).toMatchObject({
    tools: [{ functionDeclarations: [{ name: 'weather', parametersJsonSchema: { type: 'object' } }] }],
    toolConfig: { functionCallingConfig: google },
  })
})

test('one call at a time is asked for where it can be, and named where it cannot', () => {
  const request = { tools: [weather], parallel_tool_calls: false }
  expect(toAnthropic(request)).toMatchObject({
    body: { tool_choice: { type: 'auto', disable_parallel_tool_use: true } },
    dropped: [],
  })
  expect(toGoogle(request).dropped).toEqual(['parallel_tool_calls'])
})

test('only the allowed tools are offered', () => {
  const other = { type: 'function', function: { name: 'other' } }
  const named = { type: 'function', function: { name: 'weather' } }
  const tool_choice = { type: 'allowed_tools', allowed_tools: { mode: 'required', tools: [named] } }
  const request = { tools: [weather, other], tool_choice }
  expect(toAnthropic(request).body).toMatchObject({ tools: [{ name: 'weather' }], tool_choice: { type: 'any' } })
  expect(JSON.stringify(toGoogle(request).body)).not.toContain('other')
})

test('the older functions are tools', () => {
  const request = { functions: [weather.function], function_call: { name: 'weather' } }
  expect(toAnthropic(request).body).toMatchObject({ tools: [{ name: 'weather' }], tool_choice: { name: 'weather' } })
  const messages: ChatRequest['messages'] = [
    { role: 'assistant', content: null, function_call: { name: 'weather', arguments: '{}' } },
    { role: 'function', name: 'weather', content: 'rain' },
  ]
  expect(toAnthropic({ messages }).body).toMatchObject({
    messages: [{ content: [{ type: 'tool_use', id: 'call_0' }] }, { content: [{ tool_use_id: 'call_0' }] }],
  })
})

test('sampling, limits and stops', () => {
  const request = {
    max_tokens: 9,
    temperature: 1.4,
    top_p: 0.9,
    stop: ['a', ' '],
    seed: 1,
    presence_penalty: 0.5,
    n: 1,
  }
  expect(toAnthropic(request)).toMatchObject({
    body: { max_tokens: 9, temperature: 1, stop_sequences: ['a'] },
    dropped: ['seed', 'presence_penalty', 'top_p', 'stop'],
  })
  expect(toGoogle(request)).toMatchObject({
    body: {
      generationConfig: {
        maxOutputTokens: 9,
        temperature: 1.4,
        topP: 0.9,
        stopSequences: ['a', ' '],
        seed: 1,
        presencePenalty: 0.5,
      },
    },
    dropped: [],
  })
  expect(toAnthropic({ temperature: 0.2 }, 'claude-opus-5').dropped).toEqual(['temperature'])
})

test('without a limit, Anthropic gets one of its own', () => {
  expect(toAnthropic({}).body).toMatchObject({ max_tokens: 32_000 })
  expect(toAnthropic({}, 'claude-3-haiku-20240307').body).toMatchObject({ max_tokens: 4_096 })
})

test('a schema is closed for Anthropic and unchanged for Google', () => {
  const schema = {
    type: 'object',
    properties: { list: { type: 'array', items: { type: 'object', properties: {} } }, free: { type: 'object' } },
  }
  const request = { response_format: { type: 'json_schema', json_schema: { name: 'x', schema } } }
  expect(toAnthropic(request).body).toMatchObject({
    output_config: {
      format: {
        type: 'json_schema',
        schema: {
          additionalProperties: false,
          properties: { list: { items: { additionalProperties: false } }, free: { type: 'object' } },
        },
      },
    },
  })
  expect(toGoogle(request).body).toMatchObject({
    generationConfig: { responseMimeType: 'application/json', responseJsonSchema: schema },
  })
})

test.each([
  ['claude-sonnet-4-5', 'high', { thinking: { type: 'enabled', budget_tokens: 8_000 } }, []],
  ['claude-opus-5', 'xhigh', { thinking: { type: 'adaptive' }, output_config: { effort: 'xhigh' } }, []],
  ['claude-3-haiku-20240307', 'low', {}, ['reasoning_effort']],
  ['claude-sonnet-4-5', 'none', {}, []],
])('%s thinks with effort %s', (model, effort, body, dropped) => {
  expect(toAnthropic({ reasoning_effort: effort, max_tokens: 10_000 }, model)).toMatchObject({ body, dropped })
})

test.each([
  ['gemini-2.5-flash', 'none', { thinkingBudget: 0 }, []],
  ['gemini-2.5-pro', 'medium', { thinkingBudget: 8_192, includeThoughts: true }, []],
  ['gemini-3-pro-preview', 'medium', { thinkingLevel: 'high', includeThoughts: true }, []],
  ['gemini-3-flash-preview', 'low', { thinkingLevel: 'low', includeThoughts: true }, []],
  ['gemini-2.0-flash', 'low', undefined, ['reasoning_effort']],
])('%s thinks with effort %s', (model, effort, thinkingConfig, dropped) => {
  const encoded = toGoogle({ reasoning_effort: effort }, model)
  expect(encoded.dropped).toEqual(dropped)
  expect((encoded.body as { generationConfig?: object }).generationConfig ?? {}).toEqual(
    thinkingConfig ? { thinkingConfig } : {},
  )
})

test('what Anthropic refuses beside thinking is dropped and named', () => {
  const forced = toAnthropic({ tools: [weather], tool_choice: 'required', reasoning_effort: 'low' })
  expect(forced.dropped).toEqual(['reasoning_effort'])
  const cold = toAnthropic({ temperature: 0, reasoning_effort: 'low' })
  expect(cold.dropped).toEqual(['temperature'])
  expect(cold.body).not.toHaveProperty('temperature')
})

test.each([
  [
    'an image at an http: address',
    { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: 'http://a/b' }] }] },
  ],
  [
    'a file that only OpenAI has',
    { messages: [{ role: 'user', content: [{ type: 'file', file: { file_id: 'f' } }] }] },
  ],
  ['a tool that is no function', { tools: [{ type: 'custom', custom: { name: 'x' } }] }],
  ['a format of its own', { response_format: { type: 'grammar' } }],
  [
    'arguments that are no object',
    { messages: [{ role: 'assistant', tool_calls: [{ ...call('a'), function: { name: 'x', arguments: '[1' } }] }] },
  ],
  ['a result without a call', { messages: [{ role: 'tool', tool_call_id: 'nowhere', content: 'x' }] }],
] as [string, Partial<ChatRequest>][])('%s is refused by name', (_, request) => {
  for (const encode of [toAnthropic, toGoogle]) {
    expect(() => encode(request)).toThrow(expect.objectContaining({ code: 'gateway.untranslatable' }))
  }
})

test('prompt caching hints reach Anthropic', () => {
  const cache_control = { type: 'ephemeral' }
  const messages: ChatRequest['messages'] = [
    { role: 'user', content: [{ type: 'text', text: 'Long.', cache_control }] },
  ]
  expect(toAnthropic({ messages }).body).toMatchObject({ messages: [{ content: [{ text: 'Long.', cache_control }] }] })
  expect(toGoogle({ messages }).dropped).toEqual(['cache_control'])
})
