import type { ServerResponse } from 'node:http'
import type { GuardReply, GuardTrial, RequestRecord } from '@assay/core'
import { until } from '@assay/testkit'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { adminKey, startService, type TestService } from '../__fixtures__/service.ts'
import { completion, startUpstream, stream, type Upstream } from '../gateway/__fixtures__/scripted-upstream.ts'

let upstream: Upstream
let service: TestService
beforeAll(async () => {
  upstream = await startUpstream()
  service = await startService({
    environment: {
      ASSAY_EGRESS_ALLOW: upstream.host,
      OPENAI_API_KEY: 'sk-moderator-1234',
      OPENAI_BASE_URL: upstream.baseUrl,
    },
  })
})
afterAll(async () => {
  await service[Symbol.asyncDispose]()
  await upstream.close()
})
beforeEach(async () => {
  upstream.reset()
  for (const { id } of await guards()) await service.call(`DELETE /api/v1/guards/${id}`)
})

type Problem = { error: { code: string; message: string; hint?: string } }
const guards = async () => (await service.call<{ items: GuardReply[] }>('GET /api/v1/guards')).body.items
const add = (body: object) => service.call<GuardReply & Problem>('POST /api/v1/guards', { body })
const regex = (name: string, when: 'in' | 'out', action: string, pattern: string) =>
  add({ name, when, kind: 'regex', action, options: { pattern } })

/** Asks the simulator, which says what it is told. */
const ask = (content: string, more: object = {}, key: string = adminKey) =>
  fetch(`${service.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'sim/echo', messages: [{ role: 'user', content }], ...more }),
  })
const said = async (response: Response): Promise<string> =>
  ((await response.json()) as { choices: { message: { content: string } }[] }).choices[0]!.message.content
const told = (events: string): string =>
  events
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .map((line) => JSON.parse(line.slice(6)) as { choices?: { delta?: { content?: string } }[] })
    .map(({ choices }) => choices?.[0]?.delta?.content ?? '')
    .join('')
const rowOf = (response: Response): Promise<RequestRecord> => {
  const id = response.headers.get('x-assay-request-id')
  return until('the request in the log', async () => {
    const { status, body } = await service.call<RequestRecord>(`GET /api/v1/requests/${id}`)
    return status === 200 ? body : undefined
  })
}

type Delta = { reasoning_content?: string; tool_calls?: { function?: { arguments?: string } }[] }

const answerJson = (response: ServerResponse, body: object) => {
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify(body))
}
const answerEvents = (response: ServerResponse, events: readonly object[]) => {
  response.setHeader('content-type', 'text/event-stream')
  for (const event of events) response.write(`data: ${JSON.stringify(event)}\n\n`)
  response.end('data: [DONE]\n\n')
}

test('a guard before the call masks what the model sees, and the log keeps that it did', async () => {
  await regex('order-numbers', 'in', 'mask', 'ORD-[0-9]+')
  const response = await ask('where is ORD-123?')
  expect(await said(response)).toContain('where is [masked]?')
  expect((await rowOf(response)).guards).toEqual(['order-numbers'])
})

test('a guard that blocks names itself and not what it found, in the dialect of the caller', async () => {
  await regex('no-projects', 'in', 'block', '(?i)project-x')
  const response = await ask('about Project-X')
  expect(response.status).toBe(400)
  const { error } = (await response.json()) as Problem
  expect(error).toMatchObject({ code: 'gateway.guard_blocked' })
  expect(error.message).toContain('no-projects')
  expect(JSON.stringify(error)).not.toMatch(/project-x/i)

  const anthropic = await fetch(`${service.url}/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': adminKey, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'sim/echo', max_tokens: 50, messages: [{ role: 'user', content: 'project-x' }] }),
  })
  expect(anthropic.status).toBe(400)
  expect(await anthropic.json()).toMatchObject({ type: 'error', error: { type: 'invalid_request_error' } })
})

test('an answer is masked alike whole and streamed, and in another dialect', async () => {
  await regex('names', 'out', 'mask', 'Ada Lovelace')
  const text = 'It was Ada Lovelace who wrote it, Ada Lovelace and nobody else'
  const masked = 'It was [masked] who wrote it, [masked] and nobody else'
  expect(await said(await ask(text))).toContain(masked)
  const streamed = await (await ask(text, { stream: true })).text()
  expect(told(streamed)).toContain(masked)
  expect(streamed).not.toContain('Lovelace')
  expect(streamed.trimEnd().endsWith('data: [DONE]')).toBe(true)
  const messages = await fetch(`${service.url}/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': adminKey, 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'sim/echo',
      max_tokens: 50,
      stream: true,
      messages: [{ role: 'user', content: text }],
    }),
  })
  const events = await messages.text()
  expect(events).not.toContain('Lovelace')
  expect(events).toContain('event: message_stop')
})

test('every way in is guarded: responses, Gemini, embeddings; what cannot be looked at does not pass', async () => {
  await regex('names', 'out', 'mask', 'Lovelace')
  await regex('no-red', 'in', 'block', 'red')
  const post = (path: string, body: object) =>
    fetch(service.url + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  const ways = [
    ['/v1/responses', (input: string) => ({ model: 'sim/echo', input })],
    [
      '/v1beta/models/sim/echo:generateContent',
      (text: string) => ({ contents: [{ role: 'user', parts: [{ text }] }] }),
    ],
  ] as const
  for (const [path, bodyOf] of ways) {
    const passed = await post(path, bodyOf('Ada Lovelace'))
    expect([path, passed.status]).toEqual([path, 200])
    const words = await passed.text()
    expect(words).toContain('Ada [masked]')
    const blocked = await post(path, bodyOf('a red thing'))
    expect([path, blocked.status]).toEqual([path, 400])
    expect(await blocked.text()).toContain('no-red')
  }
  expect((await post('/v1/embeddings', { model: 'sim/embed', input: 'blue' })).status).toBe(200)
  expect((await post('/v1/embeddings', { model: 'sim/embed', input: ['blue', 'red'] })).status).toBe(400)
  const raw = await post('/passthrough/openai/chat/completions', { model: 'gpt-4o', messages: [] })
  expect([raw.status, ((await raw.json()) as Problem).error.code]).toEqual([403, 'gateway.passthrough_guarded'])
  expect(upstream.seen).toEqual([])
})

test('a provider of the caller’s own dialect is guarded too, in a stream as well', async () => {
  await regex('names', 'out', 'mask', 'Hello')
  const openai = { model: 'openai/gpt-4o', messages: [{ role: 'user', content: 'hi' }] }
  upstream.always((response, seen) =>
    seen.body['stream'] ? stream('Hel', 'lo there')(response, seen) : completion(response),
  )
  const streamed = await (await ask('hi', { ...openai, stream: true })).text()
  expect(told(streamed)).toBe('[masked] there')
  await regex('stopped', 'out', 'block', '.')
  expect((await ask('hi', openai)).status).toBe(400)
})

test('arguments of tools and thoughts are masked whole and streamed, and stay JSON', async () => {
  await add({ name: 'mail', when: 'out', kind: 'pii', action: 'mask' })
  await regex('codes', 'out', 'mask', '7781')
  const tools = [{ type: 'function', function: { name: 'send', parameters: { type: 'object' } } }]
  const call = (pieces: string) => ({ name: 'send', arguments: pieces })
  const args = JSON.stringify({ to: ['ann@example.org'], code: 7781, note: 'a "quoted" word' })
  upstream.always((response, seen) => {
    if (!seen.body['stream']) {
      return answerJson(response, {
        choices: [
          {
            index: 0,
            finish_reason: 'tool_calls',
            message: {
              role: 'assistant',
              content: null,
              reasoning_content: 'I write to ann@example.org.',
              tool_calls: [{ id: 'c1', type: 'function', function: call(args) }],
            },
          },
        ],
        usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
      })
    }
    const delta = (delta: object, finish_reason: string | null = null) => ({
      choices: [{ index: 0, delta, finish_reason }],
    })
    answerEvents(response, [
      delta({ role: 'assistant', reasoning_content: 'I write to ann@exa' }),
      delta({ reasoning_content: 'mple.org.' }),
      delta({ tool_calls: [{ index: 0, id: 'c1', type: 'function', function: call('') }] }),
      ...args.match(/.{1,5}/g)!.map((piece) => delta({ tool_calls: [{ index: 0, function: { arguments: piece } }] })),
      delta({}, 'tool_calls'),
    ])
  })
  const asked = { model: 'openai/gpt-4o', messages: [{ role: 'user', content: 'hi' }], tools }
  const whole = (await (await ask('hi', asked)).json()) as {
    choices: { message: { reasoning_content: string; tool_calls: { function: { arguments: string } }[] } }[]
  }
  const masked = { to: ['[email]'], code: '[masked]', note: 'a "quoted" word' }
  const { message } = whole.choices[0]!
  expect(JSON.parse(message.tool_calls[0]!.function.arguments)).toEqual(masked)
  expect(message.reasoning_content).toBe('I write to [email].')

  const streamed = await (await ask('hi', { ...asked, stream: true })).text()
  expect(streamed).not.toContain('ann@')
  const deltas = streamed
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .map((line) => JSON.parse(line.slice(6)) as { choices: { delta: Delta }[] })
    .flatMap(({ choices }) => choices.map(({ delta }) => delta))
  expect(deltas.map(({ reasoning_content: thought }) => thought ?? '').join('')).toBe('I write to [email].')
  const said = deltas.flatMap(({ tool_calls: calls }) => calls ?? []).map((one) => one.function?.arguments ?? '')
  expect(JSON.parse(said.join(''))).toEqual(masked)
})

test('what the model called and thought before is guarded on its way in', async () => {
  await regex('codes', 'in', 'mask', '7781')
  await ask('', {
    model: 'openai/gpt-4o',
    messages: [
      { role: 'user', content: 'hi' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'c1', type: 'function', function: { name: 'send', arguments: '{"code":7781}' } }],
      },
      { role: 'tool', tool_call_id: 'c1', content: 'sent 7781' },
    ],
  })
  expect(upstream.seen[0]!.raw).not.toContain('7781')
  expect(upstream.seen[0]!.raw).toContain('{\\"code\\":\\"[masked]\\"}')
})

test('a block in a stream that has begun is an error event, and no end', async () => {
  await regex('stop-word', 'out', 'block', 'forbidden')
  const words = Array.from({ length: 60 }, (_, index) => `word${index}`).join(' ')
  const response = await ask(`${words} forbidden and more`, { stream: true })
  const events = await response.text()
  expect(events).not.toContain('forbidden')
  expect(events).not.toContain('[DONE]')
  expect(events).toContain('gateway.guard_blocked')
  expect((await rowOf(response)).errorCode).toBe('gateway.guard_blocked')
})

test('guards look in their order, each at what the one before let through; the order can be changed', async () => {
  const first = (await regex('first', 'in', 'mask', 'red')).body
  const second = (
    await add({
      name: 'second',
      when: 'in',
      kind: 'regex',
      action: 'mask',
      options: { pattern: '\\[masked\\]', mask: 'two' },
    })
  ).body
  expect(await said(await ask('a red thing'))).toContain('a two thing')
  const ordered = await service.call('POST /api/v1/guards/order', { body: { ids: [second.id, first.id] } })
  expect(ordered.status).toBe(200)
  expect((await guards()).map(({ name }) => name)).toEqual(['second', 'first'])
  expect(await said(await ask('a red thing'))).toContain('a [masked] thing')
  expect((await service.call('POST /api/v1/guards/order', { body: { ids: [first.id] } })).status).toBe(400)
})

test('personal data, sizes and schemas are guarded too', async () => {
  await add({ name: 'pii', when: 'in', kind: 'pii', action: 'mask' })
  expect(await said(await ask('I am anna@example.com.'))).toContain('I am [email].')
  await add({ name: 'short', when: 'out', kind: 'size', action: 'mask', options: { maxCharacters: 4 } })
  expect(await said(await ask('abcdefgh'))).toBe('abcd')
  await add({ name: 'long-questions', when: 'in', kind: 'size', action: 'block', options: { maxCharacters: 20 } })
  expect((await ask('x'.repeat(21))).status).toBe(400)
  const schema = { type: 'object', required: ['ok'] }
  await add({ name: 'shape', when: 'in', kind: 'json_schema', action: 'block', options: { schema } })
  expect((await ask('{"ok":1}')).status).toBe(200)
  expect((await ask('{"no":1}')).status).toBe(400)
})

test('a moderation endpoint is asked with the workspace’s credential; one that fails follows onError', async () => {
  await add({
    name: 'moderated',
    when: 'in',
    kind: 'moderation',
    action: 'block',
    options: { categories: ['violence'] },
  })
  const judge = (violence: boolean) =>
    upstream.play((response) => {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ results: [{ flagged: true, categories: { violence, hate: true } }] }))
    })
  judge(false)
  expect((await ask('hello')).status).toBe(200)
  expect(upstream.seen[0]).toMatchObject({ path: '/v1/moderations', body: { input: 'hello' } })
  expect(upstream.seen[0]!.headers.authorization).toBe('Bearer sk-moderator-1234')
  judge(true)
  expect((await ask('hello')).status).toBe(400)

  const [guard] = await guards()
  upstream.always((response) => response.writeHead(500).end())
  const closed = await ask('hello')
  expect([closed.status, ((await closed.json()) as Problem).error.code]).toEqual([503, 'gateway.guard_failed'])
  await service.call(`PATCH /api/v1/guards/${guard!.id}`, { body: { onError: 'open' } })
  const open = await ask('hello')
  expect(open.status).toBe(200)
  expect((await rowOf(open)).guards).toEqual(['moderated:error'])
})

test('a guard of one key looks at that key alone', async () => {
  const { body: key } = await service.call<{ id: string; key: string }>('POST /api/v1/gateway-keys', {
    body: { name: 'shop' },
  })
  await add({
    name: 'shop-only',
    when: 'in',
    kind: 'regex',
    action: 'block',
    keyId: key.id,
    options: { pattern: 'price' },
  })
  expect((await ask('price')).status).toBe(200)
  expect((await ask('price', {}, key.key)).status).toBe(400)
  const foreign = await add({
    name: 'x',
    when: 'in',
    kind: 'pii',
    action: 'flag',
    keyId: '01920000-0000-7000-8000-000000000009',
  })
  expect(foreign.status).toBe(404)
})

test('a guard that cannot be is refused where it is written, with the reason', async () => {
  const bad = await regex('broken', 'in', 'block', 'foo(?=bar)')
  expect([bad.status, bad.body.error.code]).toEqual([400, 'input.invalid'])
  expect(bad.body.error.message).toContain('options.pattern: invalid or unsupported Perl syntax: (?= at character 4')
  expect((await add({ name: 'm', when: 'out', kind: 'moderation', action: 'mask' })).body.error.message).toContain(
    'nothing to mask',
  )
  expect((await add({ name: 'A b', when: 'in', kind: 'pii', action: 'mask' })).status).toBe(400)
  expect(
    (await add({ name: 's', when: 'in', kind: 'size', action: 'flag', options: { maxCharacters: 'x' } })).status,
  ).toBe(400)
  await regex('twice', 'in', 'flag', 'a')
  expect((await regex('twice', 'in', 'flag', 'a')).body.error.code).toBe('guards.name_taken')
  const schema = await add({
    name: 'j',
    when: 'out',
    kind: 'json_schema',
    action: 'block',
    options: { schema: { type: 'nothing' } },
  })
  expect([schema.status, schema.body.error.message]).toEqual([400, expect.stringContaining('options.schema')])
})

test('what guards would do can be tried before they are kept', async () => {
  await regex('kept', 'in', 'mask', 'red')
  const tried = async (body: object) => (await service.call<GuardTrial>('POST /api/v1/guards/try', { body })).body
  expect(await tried({ text: 'a red car' })).toEqual({
    outcome: 'changed',
    text: 'a [masked] car',
    blockedBy: null,
    flags: ['kept'],
  })
  expect(await tried({ text: 'a blue car' })).toMatchObject({ outcome: 'passed', flags: [] })
  const unsaved = [{ name: 'new', when: 'in', kind: 'regex', action: 'block', options: { pattern: 'red' } }]
  expect(await tried({ text: 'a red car', guards: unsaved })).toMatchObject({
    outcome: 'blocked',
    text: null,
    blockedBy: 'new',
  })
  expect(await guards()).toHaveLength(1)
})

test('every change of guards is in the audit trail', async () => {
  const { id } = (await regex('audited', 'in', 'flag', 'a')).body
  await service.call(`PATCH /api/v1/guards/${id}`, { body: { enabled: false } })
  await service.call(`DELETE /api/v1/guards/${id}`)
  const { store, local } = service.app
  const rows = await store.inWorkspace(local.workspace.id, ({ db }) =>
    db.selectFrom('audit').select('action').where('target', '=', id).orderBy('seq').execute(),
  )
  expect(rows.map(({ action }) => action)).toEqual(['guard.create', 'guard.update', 'guard.remove'])
})
