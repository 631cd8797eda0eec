import { randomUUID } from 'node:crypto'
import type { Page, StoredCase, StoredSuite } from '@assay/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeCaller, makeWorkspace } from '../__fixtures__/callers.ts'
import { startService, type TestService } from '../__fixtures__/service.ts'

let service: TestService
beforeAll(async () => void (service = await startService()))
afterAll(() => service[Symbol.asyncDispose]())

type Refused = { error: { code: string; message: string; hint: string; details: { issues: unknown[] } } }

const source = `name: capitals
description: What a school child knows
providers: [sim/echo]
tests:
  - id: france
    description: Capital of France
    input: What is the capital of France?
    tags: [geo]
    difficulty: basic
    assert: [{ type: icontains, value: france }]
  - id: old
    active: false
    input: What was the capital of Prussia?
  - input: Say {{word}}
    vars: { word: hello }
    assert: [{ type: equals, value: '{{word}}' }]
`

const create = <Body = StoredSuite>(body: unknown, headers: Record<string, string> = {}) =>
  service.call<Body>('POST /api/v1/suites', { body, headers })

test('a suite is checked, kept with its cases, read back, replaced and removed', async () => {
  const { status, body } = await create({ source })
  expect(status).toBe(201)
  expect(body).toMatchObject({ name: 'capitals', dialect: 'assay', file: 'assay.yaml', cases: 3, models: ['sim/echo'] })
  const read = await service.call<StoredSuite & { source: string }>(`GET /api/v1/suites/${body.id}`)
  expect(read.body).toEqual({ ...body, source })
  const cases = (await service.call<Page<StoredCase>>(`GET /api/v1/suites/${body.id}/cases`)).body.items
  expect(cases.map(({ title, kind, active }) => [title, kind, active])).toEqual([
    ['Capital of France', 'plain', true],
    ['Say {{word}}', 'plain', true],
    ['old', 'plain', false],
  ])
  expect(cases[0]).toMatchObject({ caseKey: 'france', tags: ['geo'], difficulty: 'basic' })
  expect(cases[1]).toMatchObject({ input: 'Say hello', assertions: [{ type: 'equals', value: 'hello' }] })

  const again = await create<Refused>({ source })
  expect([again.status, again.body.error.code]).toEqual([409, 'suite.name_taken'])
  const smaller = source.slice(0, source.indexOf('  - id: old'))
  const replaced = await service.call<StoredSuite>(`PUT /api/v1/suites/${body.id}`, { body: { source: smaller } })
  expect(replaced.body).toMatchObject({ id: body.id, cases: 1, createdAt: body.createdAt })
  expect(replaced.body.sourceHash).not.toBe(body.sourceHash)

  expect((await service.call(`DELETE /api/v1/suites/${body.id}`)).status).toBe(204)
  expect((await service.call(`GET /api/v1/suites/${body.id}`)).status).toBe(404)
  expect((await service.call(`GET /api/v1/suites/${body.id}/cases`)).status).toBe(404)
})

test.each([
  ['a syntax error', { source: 'name: x\ntests: [a, b' }, /assay\.yaml:\d+:\d+/],
  ['a field nobody knows', { source: 'name: x\ntests:\n  - inptu: hi\n' }, /assay\.yaml:3:5: .*inptu/],
  [
    'an assertion nobody knows',
    { source: 'name: x\ntests:\n  - input: a\n    assert: [{ type: contians }]\n' },
    /4:14/,
  ],
  ['a missing value', { source: 'name: x\ntests:\n  - input: "{{nope}}"\n' }, /assay\.yaml:3:5: .*nope/],
  [
    'two cases of one id',
    { source: 'name: x\ntests: [{ id: a, input: b }, { id: a, input: c }]' },
    /the id a is already/,
  ],
  [
    'a file of its author',
    { source: 'name: x\ntests: file://cases.csv' },
    /assay\.yaml:2:1: tests: .*cannot be read here/,
  ],
  [
    'a variable of the server',
    { source: 'name: x\nenv: [ASSAY_MASTER_KEY]\ntests: [{ input: a }]' },
    /2:1: env: .*own machine/,
  ],
  [
    'a program to start',
    { source: 'name: x\nmcp: { a: { command: sh } }\ntests: [{ input: a }]' },
    /2:13: mcp.a.command: starts a program.*own machine/,
  ],
  ['no cases', { source: 'name: x\ntests: []' }, /there are no cases/],
  ['no name', { source: 'tests: [{ input: a }]' }, /name: is missing/],
  ['an alias that holds itself', { source: 'name: x\ntests: &a [*a]' }, /holds itself/],
  ['JSON with an error in it', { source: '{"name": "x", "tests": [}', file: 'suite.json' }, /suite\.json:1:25/],
])('%s is refused with its place', async (_, sent, said) => {
  const { status, body } = await create<Refused>(sent)
  expect([status, body.error.code]).toEqual([422, 'suite.invalid'])
  expect(body.error.message).toMatch(said)
  expect(body.error.details.issues.length).toBeGreaterThan(0)
})

test('the name of the file says the dialect, unless one is named', async () => {
  const promptfoo = {
    name: 'foo',
    file: 'promptfooconfig.yaml',
    source:
      'prompts: ["Say {{word}}"]\nproviders: [openai:gpt-4o]\ntests:\n  - vars: { word: hi }\n    assert: [{ type: contains, value: hi }]\n',
  }
  expect((await create(promptfoo)).body).toMatchObject({ dialect: 'promptfoo', cases: 1 })
  const other = await create<Refused>({ ...promptfoo, name: 'bar', source: `${promptfoo.source}redteam: {}\n` })
  expect(other.body.error.message).toMatch(/promptfooconfig\.yaml:6:1: redteam/)
  expect((await create<Refused>({ source, file: '../x.yaml' })).body.error.code).toBe('input.invalid')
  expect((await create<Refused>({ source, file: 'suite.eval.ts' })).body.error.code).toBe('input.invalid')
})

test('a suite that is sent twice under one key is kept once', async () => {
  const headers = { 'idempotency-key': 'suite-once' }
  const sent = { source, name: 'once' }
  const first = await create(sent, headers)
  const second = await create(sent, headers)
  expect([second.status, second.body]).toEqual([201, first.body])
  const other = await create<Refused>({ ...sent, name: 'twice' }, headers)
  expect([other.status, other.body.error.code]).toEqual([422, 'gateway.idempotency_mismatch'])
  const empty = await create<Refused>(sent, { 'idempotency-key': 'x'.repeat(256) })
  expect([empty.status, empty.body.error.code]).toEqual([400, 'input.invalid'])
})

test('a suite of another workspace answers as one that nobody has', async () => {
  const { body: ours } = await create({ source, name: 'ours' })
  const otherId = await makeWorkspace(service.app, 'elsewhere')
  const { headers } = await makeCaller(service.app, { workspaceId: otherId, scope: 'admin' })
  for (const [route, body] of [
    ['GET /api/v1/suites/{id}'],
    ['GET /api/v1/suites/{id}/cases'],
    ['PUT /api/v1/suites/{id}', { source }],
    ['DELETE /api/v1/suites/{id}'],
    ['POST /api/v1/runs', { suiteId: ours.id }],
  ] as const) {
    const ask = async (id: string) => {
      const sent = body && 'suiteId' in body ? { suiteId: id } : body
      const answer = await service.call<Refused>(route.replace('{id}', id), {
        key: null,
        headers,
        ...(sent && { body: sent }),
      })
      return {
        status: answer.status,
        text: JSON.stringify(answer.body.error)
          .replaceAll(id, 'ID')
          .replace(/"requestId":"[^"]*"/, ''),
      }
    }
    const foreign = await ask(ours.id)
    expect(foreign.status).toBe(404)
    expect(foreign).toEqual(await ask(randomUUID()))
  }
  const { body } = await service.call<Page<StoredSuite>>('GET /api/v1/suites', { key: null, headers })
  expect(body.items).toEqual([])
})

test('a suite larger than other bodies is taken, and one over its limit is refused by its size', async () => {
  const tests = Array.from({ length: 4_000 }, (_, index) => ({ id: `c${index}`, input: 'x'.repeat(400) }))
  const large = await create({ source: JSON.stringify({ name: 'large', tests }), file: 'large.json' })
  expect(large.body).toMatchObject({ cases: 4_000 })
  const { status, body } = await create<Refused>({ source: 'x'.repeat(21 * 1_048_576) })
  expect([status, body.error.code]).toEqual([413, 'input.too_large'])
  expect(body.error.message).toContain(String(20 * 1_048_576))
}, 60_000)
