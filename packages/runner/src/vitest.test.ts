import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startVitest } from 'vitest/node'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { assertions, builderName, noUsage, type ChatRequest, type Complete } from '@assay/core'
import * as code from './suite.ts'
import {
  contains,
  defineSuite,
  equals,
  isJson,
  javascript,
  latency,
  llmRubric,
  not,
  wordCount,
  type StandardSchema,
} from './suite.ts'
import { evalSuite } from './vitest.ts'

test('every assertion of the list has its function in code', () => {
  const missing = assertions.map(({ type }) => builderName(type)).filter((name) => !(name in code))
  expect(missing).toEqual([])
})

test('a plain value is held to an assertion', async () => {
  await expect('Dear Ada').toSatisfy(contains({ texts: ['ada'], ignoreCase: true }))
  await expect('Dear Ada').toSatisfy(not(contains({ texts: ['Grace'] })))
  await expect('Dear Ada').not.toSatisfy(contains({ texts: ['Grace'] }))
  await expect('{"a":1}').toSatisfy({ type: 'is-json', value: { required: ['a'] } })
  await expect({ a: 1 }).toSatisfy(equals({ value: { a: 1 } }))
  await expect('six').toSatisfy(javascript({ code: 'output.length === context.vars.count' }), { vars: { count: 3 } })
  await expect('quick').toSatisfy(latency({ threshold: 50 }), { latencyMs: 20 })
  await expect('one two').toSatisfy({ type: 'assert-set', assert: [wordCount({ min: 2 }), wordCount({ max: 2 })] })
})

test('a failure tells reason, expected and actual; what cannot be checked is no verdict', async () => {
  const failed = await expect('Dear Grace')
    .toSatisfy(contains({ texts: ['Ada'] }))
    .catch((error: unknown) => error)
  expect(failed).toMatchObject({
    message: 'contains: Expected output to contain "Ada"',
    expected: '"Ada"',
    actual: '"Dear Grace"',
  })
  await expect(expect('x').not.toSatisfy(latency({ threshold: 1 }))).rejects.toThrow('assertion.missing_context')
})

test('a predicate is still what Vitest has always taken', () => {
  expect(18).toSatisfy((age: number) => age >= 18)
  expect(() => expect(17).toSatisfy((age: number) => age >= 18, 'must be of age')).toThrow('must be of age')
})

test('a schema of Zod is JSON Schema; one that is none is asked itself', async () => {
  await expect('{"age":5}').toSatisfy(isJson({ schema: z.object({ age: z.number() }) }))
  await expect('{"age":"5"}').not.toSatisfy(isJson({ schema: z.object({ age: z.number() }) }))
  const even: StandardSchema = {
    '~standard': {
      version: 1,
      vendor: 'own',
      validate: (value) => (Number(value) % 2 === 0 ? {} : { issues: [{ message: 'is odd', path: ['count'] }] }),
    },
  }
  await expect('4').toSatisfy(isJson({ schema: even }))
  const failed = await expect('5')
    .toSatisfy(isJson({ schema: even }))
    .catch((error: unknown) => error)
  expect(String(failed)).toContain('count: is odd')
  await expect('4').toSatisfy({ type: 'is-json', value: even })
})

// These are tests of this file as they would be of a user's.
evalSuite(
  defineSuite({
    name: 'a suite on a model',
    target: { models: 'sim/echo', prompt: ({ name, tone }) => `Greet ${name}, ${tone ?? 'kindly'}.` },
    cases: [
      { id: 'ada', kind: 'smoke', vars: { name: 'Ada' }, assert: [contains({ texts: ['Ada'] })] },
      { vars: { name: '{{tone}}' }, matrix: { tone: ['short', 'long'] }, assert: [contains({ texts: ['{{tone}}'] })] },
      { vars: { name: 'Grace' }, passAt: '1/2', assert: [not(contains({ texts: ['error'] }))] },
    ],
    assert: [{ type: 'latency', threshold: 5_000 }],
  }),
)

evalSuite(
  defineSuite({
    name: 'a suite on a function',
    target: ({ vars: { a, b } }) => ({ sum: a + b }),
    cases: [
      { vars: { a: 1, b: 2 }, assert: [equals({ value: { sum: 3 } })] },
      { vars: { a: 2, b: 2 }, assert: [isJson({ schema: z.object({ sum: z.literal(4) }) })] },
    ],
  }),
)

evalSuite(
  defineSuite({
    name: 'a suite whose key is missing',
    target: 'openai/gpt-4o-mini',
    cases: [{ input: 'hi', requires: ['api'] }],
  }),
  { environment: {} },
)

test('one test per case: those that fail say why, and after a smoke test that failed the rest is left out', async () => {
  const folder = await mkdtemp(join(import.meta.dirname, '.eval-'))
  try {
    const path = join(folder, 'failing.test.ts')
    await writeFile(
      path,
      `import { defineSuite, contains } from '@assay/runner/suite'
import { evalSuite } from '@assay/runner/vitest'
evalSuite(defineSuite({
  name: 'failing',
  target: ({ vars: { text } }) => text,
  cases: [
    { id: 'later', vars: { text: 'x' } },
    { id: 'first', kind: 'smoke', vars: { text: 'Dear Grace' }, assert: [contains({ texts: ['Ada'] })] },
  ],
}))
`,
    )
    const vitest = await startVitest(
      'test',
      [path],
      {
        config: false,
        watch: false,
        reporters: [{}],
        root: folder,
        include: ['*.test.ts'],
        execArgv: ['-C', 'assay-source'],
      },
      { resolve: { conditions: ['assay-source'] }, ssr: { resolve: { conditions: ['assay-source'] } } },
    )
    const tests = [...vitest.state.getTestModules()].flatMap((module) => [...module.children.allTests()])
    await vitest.close()
    expect(tests.map((one) => [one.fullName, one.result().state])).toEqual([
      ['failing > first', 'failed'],
      ['failing > later', 'skipped'],
    ])
    const [error] = tests[0]!.result().errors ?? []
    expect(error).toMatchObject({ expected: '"Ada"', actual: '"Dear Grace"' })
    expect(error!.message).toContain('contains: Expected output to contain "Ada"')
  } finally {
    process.exitCode = 0
    await rm(folder, { recursive: true })
  }
})

const scripted =
  (answer: (request: ChatRequest) => string): Complete =>
  async (request) => ({
    providerName: 'fake',
    responseModel: 'fake',
    text: answer(request),
    reasoningText: '',
    toolCalls:
      request.tools && request.messages.length === 1
        ? [{ id: 'c1', name: 'write_file', arguments: '{"path":"note.txt","content":"hello"}' }]
        : [],
    finishReason: 'stop',
    usage: noUsage,
    usageEstimated: false,
    costNanoUsd: 0,
    latencyMs: 1,
    ttftMs: null,
  })

evalSuite(
  defineSuite({
    name: 'a judge gives the verdict',
    target: 'fake/m',
    cases: [{ input: 'Be kind.', assert: [llmRubric({ rubric: 'is kind' })] }],
  }),
  {
    judge: 'fake/judge',
    complete: scripted(({ model }) =>
      model === 'fake/judge' ? '{"reason":"warm","pass":true,"score":1}' : 'Dear Ada',
    ),
  },
)

evalSuite(
  defineSuite({
    name: 'an agent with its tools',
    target: 'fake/m',
    mcp: ['filesystem'],
    cases: [
      {
        input: 'Write it.',
        assert: [{ type: 'trajectory:tool-used', options: { tools: [{ pattern: 'write_file' }] } }],
      },
    ],
  }),
  { complete: scripted(({ messages }) => (messages.length > 1 ? 'written' : '')) },
)

test('what would start a program is not run without a word', () => {
  const suite = defineSuite({
    name: 'programs',
    target: 'fake/m',
    mcp: { odd: { command: 'node' } },
    cases: [{ input: 'x' }],
  })
  expect(() => evalSuite(suite)).toThrow(/starts plugins: node/)
})
