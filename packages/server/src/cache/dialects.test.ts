import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createAssay } from '@assay/client'
import { freshQuestion, slowly, startCachedService, type CachedService } from './__fixtures__/cached-service.ts'

/** One kept answer in every dialect and form, whichever of them it was first asked in. */

let service: CachedService
beforeAll(async () => {
  service = await startCachedService()
})
afterAll(() => service[Symbol.asyncDispose]())
beforeEach(() => {
  service.upstream.reset()
  service.upstream.always(slowly(0))
})

const model = 'compatible/test-model'

/** Each dialect in each form: how it is asked, how its text is read, and how its stream ends. */
const faces = {
  'chat completions': {
    path: () => '/v1/chat/completions',
    body: (content: string, stream: boolean) => ({
      model,
      temperature: 0,
      max_tokens: 64,
      stream,
      messages: [{ role: 'user', content }],
    }),
    end: 'data: [DONE]\n\n',
  },
  messages: {
    path: () => '/v1/messages',
    body: (content: string, stream: boolean) => ({
      model,
      temperature: 0,
      max_tokens: 64,
      stream,
      messages: [{ role: 'user', content }],
    }),
    end: 'data: {"type":"message_stop"}\n\n',
  },
  responses: {
    path: () => '/v1/responses',
    body: (content: string, stream: boolean) => ({
      model,
      temperature: 0,
      max_output_tokens: 64,
      stream,
      input: [{ type: 'message', role: 'user', content }],
    }),
    end: '\n\n',
  },
  contents: {
    path: (stream: boolean) =>
      `/v1beta/models/${encodeURIComponent(model)}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
    body: (content: string) => ({
      contents: [{ role: 'user', parts: [{ text: content }] }],
      generationConfig: { temperature: 0, maxOutputTokens: 64 },
    }),
    end: '\r\n\r\n',
  },
}
type Face = keyof typeof faces

const ask = async (face: Face, content: string, stream: boolean): Promise<{ cache: string | null; text: string }> => {
  const { path, body } = faces[face]
  const response = await fetch(service.url + path(stream), {
    method: 'POST',
    headers: { authorization: `Bearer ${service.appKey}`, 'content-type': 'application/json' },
    body: JSON.stringify(body(content, stream)),
  })
  const text = await response.text()
  if (response.status !== 200) throw new Error(text)
  return { cache: response.headers.get('x-assay-cache'), text }
}

/** What the answer says, whatever stands around it. */
const saidIn = (text: string): string =>
  [...text.matchAll(/"(?:text|content)":"((?:[^"\\]|\\.)*)"/g)].map(([, said]) => said).join('')

const forms = (Object.keys(faces) as Face[]).flatMap((face) => [false, true].map((stream) => [face, stream] as const))

test.each(forms)(
  'first asked in %s, streamed %s: every dialect and form has it from the cache',
  async (first, stream) => {
    const content = freshQuestion().messages[0]!.content
    expect(await ask(first, content, stream)).toMatchObject({ cache: 'miss' })
    for (const [face, isStream] of forms) {
      const { cache, text } = await ask(face, content, isStream)
      expect([face, isStream, cache]).toEqual([face, isStream, 'hit'])
      expect(saidIn(text)).toContain(`You said ${content}`)
      if (!isStream) continue
      expect(text.slice(-faces[face].end.length)).toBe(faces[face].end)
      if (face === 'chat completions') expect(text.match(/^data: \{/gm)!.length).toBeLessThanOrEqual(20)
    }
    expect(service.upstream.seen).toHaveLength(1)
  },
)

test('the official client has a hit whole and streamed, tool calls too', async () => {
  const client = service.client()
  const content = freshQuestion().messages[0]!.content
  const tools = [{ type: 'function' as const, function: { name: 'look', parameters: { type: 'object' } } }]
  const asked = { model: 'sim/tools', temperature: 0, tools, messages: [{ role: 'user' as const, content }] }
  const first = await client.chat.completions.create(asked)
  const second = await client.chat.completions.create(asked).withResponse()
  expect(second.response.headers.get('x-assay-cache')).toBe('hit')
  expect(second.data).toEqual(first)
  const stream = client.chat.completions.stream(asked)
  const final = await stream.finalChatCompletion()
  expect(final.choices[0]!.message.tool_calls?.[0]).toMatchObject({
    function: first.choices[0]!.message.tool_calls![0]!.type === 'function' ? { name: 'look' } : {},
  })
  expect(final.choices[0]!.finish_reason).toBe('tool_calls')
})

test('an application votes with the SDK, for itself or for one of its users', async () => {
  const response = await service.ask(freshQuestion())
  const assay = createAssay({ url: service.url, key: service.appKey })
  const id = response.headers.get('x-assay-request-id')!
  expect(await assay.feedback(id, { vote: 'up' })).toMatchObject({ cache: { upvotes: 1 } })
  expect(await assay.feedback(id, { rating: 5, user: 'ada' })).toMatchObject({ cache: { upvotes: 2 } })
  expect(await assay.feedback(id, { rating: 5, user: 'ada', comment: 'yes' })).toMatchObject({ cache: { upvotes: 2 } })
})

test('near-duplicates are noted and measured, and not served while too little is known', async () => {
  const settings = (nearDuplicates: string) =>
    service.call<{ measured: number; candidates: number; falseHits: number; isServing: boolean }>(
      'PATCH /api/v1/cache/settings',
      { body: { nearDuplicates } },
    )
  await settings('suggest')
  const words = 'please tell me how one makes a good strong cup of coffee with a paper filter at home '.repeat(4)
  const about = (end: string) => service.ask({ messages: [{ role: 'user', content: words + end }] })
  await (await about('thanks')).text()
  await service.app.cache.flush()
  expect((await about('thanks !')).headers.get('x-assay-cache')).toBe('miss')
  const measured = async () =>
    (await service.call<{ measured: number; falseHits: number; isServing: boolean }>('GET /api/v1/cache/settings')).body
  await service.eventually(() => (service.upstream.seen.length >= 2 ? true : undefined))
  expect(await measured()).toMatchObject({ measured: 1, falseHits: 0 })
  expect((await about('thanks 7')).headers.get('x-assay-cache')).toBe('miss')
  expect(await measured()).toMatchObject({ measured: 1 })
  expect((await settings('serve')).body.isServing).toBe(false)
  expect((await about('thanks ?')).headers.get('x-assay-cache')).toBe('miss')
})
