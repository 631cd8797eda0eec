import fc from 'fast-check'
import { silentLog } from '@assay/core'
import { afterAll, expect, test } from 'vitest'
import { answerProbe } from './probe.ts'
import { createSandboxPool } from './sandbox/pool.ts'

const sandbox = createSandboxPool({ log: silentLog })
afterAll(() => sandbox.close())

const ask = (line: unknown, dialect: 'assay' | 'promptfoo' | 'prpm' = 'assay') =>
  answerProbe(typeof line === 'string' ? line : JSON.stringify(line), { number: 7, sandbox, dialect })

test('any line is answered, and none throws', async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.string(), fc.json()), async (line) => {
      expect(await ask(line)).toMatchObject({ error: { code: 'assertion.bad_json' } })
    }),
  )
})

test.each([
  [{ assertion: { type: 'contains', value: 'a' } }, 'assertion.bad_json', 'output is missing'],
  [{ assertion: { type: 'contains', value: 'a' }, output: 'a', extra: 1 }, 'assertion.bad_json', 'extra'],
  [{ assertion: { type: 'nope' }, output: 'a' }, 'assertion.unknown_type', 'nope'],
  [{ assertion: { type: 'latency', threshold: 1 }, output: 'a' }, 'assertion.missing_context', 'latency'],
  [
    { assertion: { type: 'llm-rubric', value: 'x', provider: 'y' }, output: 'a' },
    'assertion.needs_model',
    'llm-rubric',
  ],
  [{ assertion: { type: 'contains', value: 'a', tranform: 'x' }, output: 'a' }, 'assertion.bad_value', 'tranform'],
  [{ assertion: { type: 'contains', value: 'a', transform: 'gone()' }, output: 'a' }, 'suite.transform_failed', 'gone'],
  [{ assertion: { type: 'assert-set' }, output: 'a' }, 'assertion.bad_value', 'assert'],
  [{ assertion: { type: 'regex', value: '(a+)+$' }, output: `${'a'.repeat(28)}!` }, 'assertion.timeout', '1000 ms'],
])('%j is answered with %s', async (line, code, text) => {
  expect(await ask(line)).toEqual({ error: { code, message: expect.stringContaining(text) } })
})

test('a line is numbered in what is wrong with it', async () => {
  expect(await ask('{')).toMatchObject({ error: { message: expect.stringContaining('Line 7') } })
})

test('the dialect decides what a name means', async () => {
  const line = { assertion: { type: 'contains', value: 'OK' }, output: 'ok' }
  expect(await ask(line, 'prpm')).toMatchObject({ pass: true })
  expect(await ask(line, 'assay')).toMatchObject({ pass: false, score: 0 })
})

test('the context reaches the assertion', async () => {
  const context = { vars: { wanted: 3 }, latencyMs: 2, finishReason: 'length' }
  const pass = async (assertion: object) => ask({ assertion, output: { n: 3 }, context })
  expect(await pass({ type: 'javascript', value: 'output.n === context.vars.wanted' })).toMatchObject({ pass: true })
  expect(await pass({ type: 'latency', threshold: 2 })).toMatchObject({ pass: true })
  expect(await pass({ type: 'finish-reason', value: 'stop' })).toMatchObject({ pass: false })
  expect(await pass({ type: 'equals', value: { n: 3 } })).toMatchObject({ pass: true })
})

test('calls are held against the tools that were offered', async () => {
  const tools = [{ type: 'function', function: { name: 'add', parameters: { type: 'object', required: ['a'] } } }]
  const call = (given: string, name = 'add') => ({
    assertion: { type: 'is-valid-openai-tools-call' },
    output: [{ id: '1', type: 'function', function: { name, arguments: given } }],
    context: { tools },
  })
  expect(await ask(call('{"a":1}'))).toMatchObject({ pass: true })
  expect(await ask(call('{}'))).toMatchObject({ pass: false, reason: expect.stringContaining("required property 'a'") })
  expect(await ask(call('{"a":1}', 'subtract'))).toMatchObject({
    pass: false,
    reason: expect.stringContaining('not offered'),
  })
})

test('a transform makes what is checked, and a set is weighed as in a suite', async () => {
  const transformed = { type: 'equals', value: 'b', transform: 'JSON.parse(output).a' }
  expect(await ask({ assertion: transformed, output: '{"a":"b"}' })).toMatchObject({ pass: true })
  const members = [
    { type: 'contains', value: 'x', weight: 3 },
    { type: 'contains', value: 'y' },
  ]
  const set = { type: 'assert-set', assert: members, threshold: 0.7 }
  expect(await ask({ assertion: set, output: 'x' })).toMatchObject({ pass: true, score: 0.75 })
  expect(await ask({ assertion: set, output: 'y' })).toMatchObject({ pass: false, score: 0.25 })
})

test('a trajectory is held against the calls of the context', async () => {
  const context = { toolCalls: [{ name: 'fetch', args: { url: 'x' }, status: 'denied' }], steps: 2 }
  const held = (type: string, value: unknown) =>
    ask({ assertion: { type: `trajectory:${type}`, value }, output: 'done', context })
  expect(await held('tool-used', 'fetch')).toMatchObject({ pass: true })
  expect(await held('tool-status', 'ok')).toMatchObject({ pass: false, reason: 'Wanted * ok. Seen: fetch: denied' })
  expect(await held('step-count', { min: 3, max: 3 })).toMatchObject({ pass: true })
})

test('tools may be declared as Gemini and MCP spell them', async () => {
  const parameters = { type: 'OBJECT', properties: { a: { type: 'NUMBER' } }, required: ['a'] }
  const line = (tool: unknown, a: unknown) => ({
    assertion: { type: 'is-valid-function-call' },
    output: { name: 'add', arguments: JSON.stringify({ a }) },
    context: { tools: [tool] },
  })
  for (const tool of [
    { functionDeclarations: [{ name: 'add', parameters }] },
    { name: 'add', inputSchema: { type: 'object', properties: { a: { type: 'number' } } } },
  ]) {
    expect(await ask(line(tool, 1))).toMatchObject({ pass: true })
    expect(await ask(line(tool, 'one'))).toMatchObject({ pass: false })
  }
})
