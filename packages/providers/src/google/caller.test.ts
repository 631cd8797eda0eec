import fc from 'fast-check'
import { expect, test } from 'vitest'
import { packCarried } from '../dialect/carried.ts'
import { dataOf, EventScanner } from '../sse.ts'
import { contentsCaller } from './caller.ts'

type Json = Record<string, unknown>
const decode = (body: object) => contentsCaller({ model: 'a/b', isStream: false }).decode(body)
const hello = [{ role: 'user', parts: [{ text: 'Hello' }] }]

test('a request says the same in chat completions', () => {
  const generationConfig = {
    maxOutputTokens: 100,
    temperature: 0.5,
    topP: 0.9,
    topK: 40,
    stopSequences: ['END'],
    seed: 7,
    candidateCount: 2,
    thinkingConfig: { thinkingBudget: 8_000, includeThoughts: true },
  }
  const systemInstruction = { parts: [{ text: 'Be ' }, { text: 'brief.' }] }
  expect(decode({ systemInstruction, contents: hello, generationConfig })).toEqual({
    model: 'a/b',
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Hello' },
    ],
    max_tokens: 100,
    temperature: 0.5,
    top_p: 0.9,
    top_k: 40,
    stop: ['END'],
    seed: 7,
    n: 2,
    reasoning_effort: 'medium',
  })
})

test('names with underscores, as in the documentation for curl, are read too', () => {
  const parts = [{ inline_data: { mime_type: 'image/png', data: 'aGk=' } }, { text: 'Look.' }]
  expect(
    decode({
      system_instruction: { parts: [{ text: 'x' }] },
      contents: [{ parts }],
      generation_config: { max_output_tokens: 3, response_mime_type: 'application/json' },
    }),
  ).toMatchObject({
    messages: [
      { role: 'system', content: 'x' },
      {
        role: 'user',
        content: [
          { type: 'image_url', image_url: { url: 'data:image/png;base64,aGk=' } },
          { type: 'text', text: 'Look.' },
        ],
      },
    ],
    max_tokens: 3,
    response_format: { type: 'json_object' },
  })
})

test('tools and schemas in capitals become JSON schemas', () => {
  const parameters = {
    type: 'OBJECT',
    properties: {
      city: { type: 'STRING', description: 'where', nullable: true },
      days: { type: 'ARRAY', items: { type: 'INTEGER', format: 'int32' }, minItems: '1' },
      type: { type: 'STRING', format: 'enum', enum: ['a', 'b'] },
    },
    required: ['city'],
    propertyOrdering: ['city', 'days'],
  }
  const functionDeclarations = [
    { name: 'weather', description: 'tells it', parameters },
    { name: 'plain', parametersJsonSchema: { type: 'object', properties: {} }, behavior: 'BLOCKING' },
  ]
  const request = decode({
    contents: hello,
    tools: [{ functionDeclarations }],
    toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['weather'] } },
    generationConfig: { responseMimeType: 'application/json', responseSchema: { type: 'STRING', nullable: true } },
  })
  expect(request.tools).toEqual([
    {
      type: 'function',
      function: {
        name: 'weather',
        description: 'tells it',
        parameters: {
          type: 'object',
          properties: {
            city: { type: ['string', 'null'], description: 'where' },
            days: { type: 'array', items: { type: 'integer', format: 'int32' }, minItems: 1 },
            type: { type: 'string', enum: ['a', 'b'] },
          },
          required: ['city'],
        },
      },
    },
    { type: 'function', function: { name: 'plain', parameters: { type: 'object', properties: {} } } },
  ])
  expect(request).toMatchObject({
    tool_choice: { type: 'function', function: { name: 'weather' } },
    response_format: { type: 'json_schema', json_schema: { schema: { type: ['string', 'null'] } } },
    'tools.functionDeclarations.behavior': true,
  })
})

test('calls and their results find each other, with and without ids', () => {
  const call = (name: string, id?: string) => ({ functionCall: { name, args: { x: 1 }, ...(id ? { id } : undefined) } })
  const result = (name: string, response: object, id?: string) => ({
    functionResponse: { name, response, ...(id ? { id } : undefined) },
  })
  const { messages } = decode({
    contents: [
      ...hello,
      { role: 'model', parts: [call('a'), call('a'), call('b', 'mine')] },
      {
        role: 'user',
        parts: [result('b', { output: 'B' }, 'mine'), result('a', { result: 'one' }), result('a', { n: 2 })],
      },
      { role: 'user', parts: [{ text: 'And now?' }] },
    ],
  })
  expect(messages.slice(1)).toEqual([
    {
      role: 'assistant',
      content: null,
      tool_calls: ['call_1_0', 'call_1_1', 'mine'].map((id, place) => ({
        id,
        type: 'function',
        function: { name: place < 2 ? 'a' : 'b', arguments: '{"x":1}' },
      })),
    },
    { role: 'tool', tool_call_id: 'mine', content: 'B' },
    { role: 'tool', tool_call_id: 'call_1_0', content: 'one' },
    { role: 'tool', tool_call_id: 'call_1_1', content: '{"n":2}' },
    { role: 'user', content: 'And now?' },
  ])
})

test('signatures return to who made them', () => {
  const thinking_blocks = [{ type: 'thinking', thinking: 'Hm.', signature: 'c2ln' }]
  const message = { anthropic: { thinking_blocks } }
  const contents = [
    ...hello,
    {
      role: 'model',
      parts: [
        { text: 'Hm.', thought: true },
        { functionCall: { name: 'a', args: {} }, thoughtSignature: packCarried({ message }) },
        { functionCall: { name: 'b', args: {} }, thoughtSignature: 'R29vZ2xl' },
      ],
    },
    { role: 'model', parts: [{ text: 'Yes.', thoughtSignature: 'dGV4dA==' }] },
  ]
  expect(decode({ contents }).messages.slice(1)).toMatchObject([
    {
      role: 'assistant',
      content: null,
      reasoning_content: 'Hm.',
      extra_content: message,
      tool_calls: [{}, { extra_content: { google: { thought_signature: 'R29vZ2xl' } } }],
    },
    { role: 'assistant', content: 'Yes.', extra_content: { google: { thought_signature: 'dGV4dA==' } } },
  ])
})

test("to Google itself a body goes as it came, but for other providers' signatures", () => {
  const { ownBody } = contentsCaller({ model: 'a/b', isStream: false })
  const untouched = Buffer.from('{ "contents" : [ { "parts":[{"text":"x", "thoughtSignature":"R29v"}] } ] }')
  expect(ownBody!(untouched)).toBe(untouched)
  const part = (thoughtSignature: string) => ({ functionCall: { name: 'a' }, thoughtSignature })
  const google = { google: { thought_signature: 'R29v' } }
  const body = {
    contents: [
      {
        parts: [
          part(packCarried({ message: {} })),
          part('R29v'),
          part(packCarried({ message: { anthropic: {} }, call: google })),
        ],
      },
      { parts: [{ text: 'x', thoughtSignature: packCarried({ message: {} }) }] },
    ],
  }
  expect(JSON.parse(ownBody!(Buffer.from(JSON.stringify(body))).toString())).toEqual({
    contents: [
      { parts: [part('skip_thought_signature_validator'), part('R29v'), part('R29v')] },
      { parts: [{ text: 'x' }] },
    ],
  })
})

test('what has no counterpart stays under its own name', () => {
  const request = decode({
    contents: [
      {
        parts: [
          { fileData: { fileUri: 'https://generativelanguage.googleapis.com/v1beta/files/x' } },
          { executableCode: {} },
        ],
      },
    ],
    tools: [{ googleSearch: {} }],
    safetySettings: [{ category: 'x' }],
    cachedContent: 'cachedContents/1',
    generationConfig: {
      responseLogprobs: true,
      logprobs: 3,
      enableEnhancedCivicAnswers: false,
      responseModalities: ['TEXT'],
    },
  })
  expect(request).toMatchObject({
    messages: [{ role: 'user', content: [{ type: 'fileData' }, { type: 'executableCode' }] }],
    tools: [{ type: 'googleSearch' }],
    safetySettings: [{}],
    cachedContent: 'cachedContents/1',
    'generationConfig.responseLogprobs': true,
    'generationConfig.logprobs': 3,
  })
  expect(request).not.toHaveProperty('modalities')
  expect(request).not.toHaveProperty(['generationConfig.enableEnhancedCivicAnswers'])
})

test.each([
  [{}, 'contents'],
  [{ contents: [] }, 'contents'],
  [{ contents: [{ parts: [{ text: 3 }] }] }, 'contents[0].parts[0].text'],
  [{ contents: hello, generationConfig: { maxOutputTokens: 0 } }, 'generationConfig.maxOutputTokens'],
])('%j is refused by the name of %s', (body, path) => {
  expect(() => decode(body)).toThrow(
    expect.objectContaining({
      code: 'input.invalid',
      details: { what: 'request body', issues: [expect.objectContaining({ path })] },
    }),
  )
})

const usage = {
  prompt_tokens: 30,
  completion_tokens: 20,
  total_tokens: 50,
  prompt_tokens_details: { cached_tokens: 10 },
  completion_tokens_details: { reasoning_tokens: 5 },
}
const calls = [
  { index: 0, id: 'c1', type: 'function', function: { name: 'a', arguments: '{"x":1}' } },
  {
    index: 1,
    id: 'c2',
    type: 'function',
    function: { name: 'b', arguments: '' },
    extra_content: { google: { thought_signature: 'R29v' } },
  },
]
const thinking = { anthropic: { thinking_blocks: [{ type: 'thinking' }] } }

const wanted = {
  candidates: [
    {
      index: 0,
      content: {
        role: 'model',
        parts: [
          { text: 'Hm.', thought: true },
          { text: 'Hi.' },
          {
            functionCall: { id: 'c1', name: 'a', args: { x: 1 } },
            thoughtSignature: packCarried({ message: thinking }),
          },
          { functionCall: { id: 'c2', name: 'b', args: {} }, thoughtSignature: 'R29v' },
        ],
      },
      finishReason: 'STOP',
    },
  ],
  usageMetadata: {
    promptTokenCount: 30,
    candidatesTokenCount: 15,
    totalTokenCount: 50,
    thoughtsTokenCount: 5,
    cachedContentTokenCount: 10,
  },
  modelVersion: 'm',
  responseId: '1',
}

test('a whole answer', () => {
  const message = {
    role: 'assistant',
    content: 'Hi.',
    reasoning_content: 'Hm.',
    tool_calls: calls,
    extra_content: thinking,
  }
  const { whole } = contentsCaller({ model: 'm', isStream: false })
  expect(
    whole({ id: 'chatcmpl-1', model: 'm', choices: [{ index: 0, message, finish_reason: 'tool_calls' }], usage }),
  ).toEqual(wanted)
})

const chunk = (delta: object, finish_reason: string | null = null) => ({
  id: 'chatcmpl-1',
  model: 'm',
  choices: [{ index: 0, delta, finish_reason }],
})
const chunks = [
  chunk({ role: 'assistant', content: '' }),
  chunk({ reasoning_content: 'Hm.' }),
  chunk({ content: 'Hi.' }),
  chunk({ tool_calls: [{ ...calls[0], function: { name: 'a', arguments: '' } }] }),
  chunk({ tool_calls: [calls[1]] }),
  chunk({ tool_calls: [{ index: 0, function: { arguments: '{"x"' } }] }),
  chunk({ tool_calls: [{ index: 0, function: { arguments: ':1}' } }] }),
  chunk({ extra_content: thinking }),
  chunk({}, 'tool_calls'),
  { id: 'chatcmpl-1', model: 'm', choices: [], usage },
]

const eventsOf = (text: string): Json[] => {
  const events: Json[] = []
  const scanner = new EventScanner({ onEvent: (event) => void events.push(JSON.parse(dataOf(event)!) as Json) })
  scanner.push(Buffer.from(text))
  expect(scanner.end()).toHaveLength(0)
  return events
}

test('a stream says the same as the whole answer, its calls whole and at the end', () => {
  const stream = contentsCaller({ model: 'm', isStream: true }).stream()
  const events = eventsOf(chunks.map((one) => stream.push(one)).join('') + stream.end())
  const parts = (events as (typeof wanted)[]).flatMap(({ candidates }) => candidates[0]!.content.parts)
  expect(events).toHaveLength(3)
  expect(parts).toEqual(wanted.candidates[0]!.content.parts)
  expect(events.at(-1)).toMatchObject({ candidates: [{ finishReason: 'STOP' }], usageMetadata: wanted.usageMetadata })
})

test('a caller who says that thoughts are not wanted does not see them', () => {
  const caller = contentsCaller({ model: 'm', isStream: true })
  caller.decode({ contents: hello, generationConfig: { thinkingConfig: { includeThoughts: false } } })
  expect(caller.stream().push(chunks[1])).toBe('')
})

test.each([
  ['length', 'x', { candidates: [{ finishReason: 'MAX_TOKENS' }] }],
  ['content_filter', 'x', { candidates: [{ finishReason: 'SAFETY' }] }],
  ['content_filter', '', { candidates: [{ finishReason: 'SAFETY' }], promptFeedback: { blockReason: 'OTHER' } }],
  ['something_new', 'x', { candidates: [{ finishReason: 'STOP' }] }],
])('the end %s of %j', (finish_reason, content, wantedEnd) => {
  const { whole } = contentsCaller({ model: 'm', isStream: false })
  const answer = whole({ choices: [{ index: 0, message: { content }, finish_reason }] }) as { promptFeedback?: object }
  expect(answer).toMatchObject(wantedEnd)
  expect(answer.promptFeedback === undefined).toBe(!('promptFeedback' in wantedEnd))
})

test('several answers stay apart', () => {
  const { whole, stream } = contentsCaller({ model: 'm', isStream: false })
  const choices = ['a', 'b'].map((content, index) => ({ index, message: { content }, finish_reason: 'stop' }))
  const parts = (answer: unknown) =>
    (answer as typeof wanted).candidates.map(({ index, content }) => [index, content.parts.map(({ text }) => text)])
  expect(parts(whole({ choices }))).toEqual([
    [0, ['a']],
    [1, ['b']],
  ])
  const events = stream()
  const said = events.push({ choices: [{ index: 1, delta: { content: 'b' } }] })
  expect(parts(eventsOf(said)[0])).toEqual([[1, ['b']]])
})

test('as one JSON array a stream is JSON, wherever it was cut', () => {
  const { stream, frames, brokenEvent } = contentsCaller({ model: 'm', isStream: true, isArray: true })
  const writer = stream()
  const bytes = Buffer.from(chunks.map((one) => writer.push(one)).join('') + writer.end() + brokenEvent('{"error":{}}'))
  fc.assert(
    fc.property(fc.integer({ min: 1, max: bytes.length }), (size) => {
      const framed = frames!()
      const pieces: Uint8Array[] = []
      for (let at = 0; at < bytes.length; at += size) pieces.push(framed.push(bytes.subarray(at, at + size)))
      const elements = JSON.parse(Buffer.concat([...pieces, framed.end()]).toString()) as unknown[]
      expect(elements).toHaveLength(4)
      expect(elements.at(-1)).toEqual({ error: {} })
    }),
  )
  expect(Buffer.from(frames!().end()).toString()).toBe('[]')
})

test('what an error knows stands in its metadata as texts', () => {
  const { refusal: tell } = contentsCaller({ model: 'm', isStream: false })
  const details = { model: 'm', suggestions: ['a', 'b'], allowed: 3 }
  const body = tell(404, { message: 'no', type: null, code: 'gateway.model_unknown', param: null, details }, 'r1')
  const metadata = { requestId: 'r1', model: 'm', suggestions: '["a","b"]', allowed: '3' }
  expect(JSON.parse(body)).toMatchObject({ error: { details: [{ metadata }] } })
})

test.each([
  [429, { type: 'RESOURCE_EXHAUSTED', code: null }, 'RESOURCE_EXHAUSTED'],
  [529, { type: 'overloaded_error', code: null }, 'UNAVAILABLE'],
  [404, { type: null, code: 'gateway.model_unknown' }, 'NOT_FOUND'],
  [422, { type: null, code: null }, 'INVALID_ARGUMENT'],
])('an error with status %i', (status, refusal, name) => {
  const { refusal: tell } = contentsCaller({ model: 'm', isStream: false })
  expect(JSON.parse(tell(status, { message: 'no', param: null, ...refusal }, 'r1'))).toMatchObject({
    error: { code: status, message: 'no', status: name, details: [{ metadata: { requestId: 'r1' } }] },
  })
})
