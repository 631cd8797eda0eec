import fc from 'fast-check'
import { expect, test } from 'vitest'
import { answerOf, checkAssertion } from './check.ts'
import { assertions, isJudgedType, type Dialect } from './list.ts'
import type { AssertionInput } from './define.ts'
import type { Sandbox } from './sandbox.ts'

/** Decides by the platform itself: what hostile input does is tested where the real sandbox is. */
const sandbox: Sandbox = {
  regex: async ({ pattern, text }) => ({ matched: new RegExp(pattern).test(text) }),
  sql: () => Promise.resolve({ refused: null }),
  schema: async ({ texts }) => ({ errors: texts.map(() => null) }),
  javascript: async ({ output }) => ({ json: JSON.stringify(String(output).length / 10) }),
}
const check = (spec: AssertionInput, output: unknown, dialect: Dialect = 'assay') =>
  checkAssertion(
    spec,
    answerOf(output, { latencyMs: 5, costUsd: 0.001, logProbs: [-0.1, -0.4], finishReason: 'stop' }),
    {
      sandbox,
      dialect,
    },
  )

/** For each name something it can be asked with. */
const samples: Record<string, AssertionInput> = {
  equals: { value: 'abc' },
  'starts-with': { value: 'a' },
  contains: { value: 'b' },
  icontains: { value: 'B' },
  'contains-any': { value: 'x, b' },
  'contains-all': { value: ['a', 'b'] },
  'icontains-any': { value: 'B' },
  'icontains-all': { value: 'A,B' },
  regex: { value: '^a.c$' },
  javascript: { value: 'output.length / 10' },
  'word-count': { value: { min: 2 } },
  length: { value: { min: 1, lessThan: 9 } },
  levenshtein: { value: 'abd', threshold: 1 },
  bleu: { value: 'a b c d' },
  gleu: { value: 'a b c d' },
  'rouge-n': { value: 'a b c' },
  latency: { threshold: 5 },
  cost: { threshold: 0 },
  perplexity: { threshold: 1.2 },
  'perplexity-score': { threshold: 0.4 },
  'finish-reason': { value: 'STOP' },
  'tool-call-f1': { value: 'search, read' },
}
const needTools = new Set(['is-valid-openai-tools-call', 'is-valid-openai-function-call', 'is-valid-function-call'])
// What `not-` means of a list of tools is not the opposite: trajectory.test.ts.
const names = assertions
  .flatMap((assertion) => Object.keys(assertion.names))
  .filter((name) => !needTools.has(name) && !name.startsWith('trajectory:') && !isJudgedType(name))

test.each(names)('not-%s is its opposite, whatever the answer says', async (name) => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(fc.string({ minLength: 1 }), fc.constantFrom('abc', 'a b c', '{"a":1}')),
      async (text) => {
        fc.pre(text.trim() !== '')
        const plain = await check({ ...samples[name], type: name }, text)
        const turned = await check({ ...samples[name], type: `not-${name}` }, text)
        expect(turned.pass).toBe(!plain.pass)
        expect(turned.score).toBeCloseTo(Math.min(1, Math.max(0, 1 - plain.score)))
      },
    ),
    { numRuns: 25 },
  )
})

test.each([
  ['contains', { value: '' }, 'must have a string or number value'],
  ['contains-any', { value: '"open' }, 'Unterminated quoted field'],
  ['contains-all', { value: '"a" b' }, 'Expected comma after quoted field'],
  ['word-count', { value: 'many' }, 'must be a number or an object'],
  ['word-count', { value: {} }, 'must have "min" and/or "max"'],
  ['word-count', { value: { min: 5, max: 2 } }, 'min (5) must be less than or equal to max (2)'],
  ['latency', {}, 'must have a threshold'],
  ['cost', {}, 'must have a threshold'],
  ['length', { value: { atLeast: 3 } }, 'atLeast'],
  ['regex', { value: 3 }, 'must have a string value'],
])('%s with %j is an error of the suite, not a failure', async (type, given, reason) => {
  await expect(check({ type, ...given }, 'text')).rejects.toMatchObject({
    code: 'assertion.bad_value',
    message: expect.stringContaining(reason),
  })
})

test('a latency that nobody measured is missing, not zero', async () => {
  const call = checkAssertion({ type: 'latency', threshold: 9 }, answerOf('x'), { sandbox, dialect: 'promptfoo' })
  await expect(call).rejects.toMatchObject({
    code: 'assertion.missing_context',
    message: expect.stringContaining('does not support cached results'),
  })
})

test('a misspelt type names what was probably meant, with its not- kept', async () => {
  await expect(check({ type: 'not-icontain' }, 'x')).rejects.toMatchObject({
    code: 'assertion.unknown_type',
    details: { suggestions: expect.arrayContaining(['not-icontains']) },
  })
})

test('a type that asks a model says so', async () => {
  await expect(check({ type: 'llm-rubric', value: 'polite' }, 'x')).rejects.toMatchObject({
    code: 'assertion.needs_model',
  })
})

test('a failure says where the texts part', async () => {
  const { reason, expected, actual } = await check({ type: 'equals', value: 'hello world' }, 'hello there')
  expect(reason).toBe('first difference at character 7 (line 1): expected "world", got "there"')
  expect([expected, actual]).toEqual(['hello world', 'hello there'])
})

test.each([
  ['equals', { value: { a: [1, { b: 2 }], c: null } }, '{"c":null,"a":[1,{"b":2}]}', true],
  ['equals', { value: { a: 1 } }, 'a: 1', false],
  ['equals', { value: 'x' }, 'x ', false],
  ['contains', { value: 0 }, 'there are 0', true],
  ['contains-any', { value: '""' }, 'anything', true],
  ['starts-with', { value: 'He' }, 'he', false],
  ['is-json', {}, 'null', true],
  ['contains-json', {}, 'see ```{"a":{"b":[1]}}```', true],
  ['contains-json', {}, 'braces {not json} and [1]', false],
  ['length', { value: { moreThan: 3 } }, 'abc', false],
  ['length', { value: { min: 3, max: 3 } }, '😀a', true],
  ['levenshtein', { value: 'kitten', threshold: 0 }, 'kitten', true],
  ['levenshtein', { value: 'kitten', threshold: 2 }, 'sitting', false],
  ['rouge-n', { value: "I can't go.", threshold: 1 }, "i can't go.", true],
  ['is-html', {}, '<p>hello</p>', true],
  ['is-html', {}, '&nbsp;<p>hello</p>&#160;', true],
  ['is-html', {}, 'hello <p>there</p>', false],
  ['is-html', {}, '<?xml version="1.0"?><p>x</p>', false],
  ['is-xml', {}, '<a><b></a></b>', false],
  ['is-xml', {}, '<a x="1" x="2"/>', false],
  ['is-xml', {}, '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', false],
  ['is-xml', { value: { requiredElements: ['a.b.1.c'] } }, '<a><b/><b><c/></b></a>', true],
  ['contains-xml', { value: 'one,two' }, 'see <one/> and <two>x</two>', true],
  ['is-refusal', {}, 'I’m sorry, but I can’t help with that.', true],
  ['is-refusal', {}, 'I am not allowed to share this.', true],
  ['is-refusal', {}, "I'm sorry to hear that. Here is what you can do.", false],
  ['is-refusal', {}, "I can't wait to show you how it works.", false],
  ['is-refusal', {}, 'You cannot divide by zero, so the result is undefined.', false],
  ['tool-call-f1', { value: 'a,b', threshold: 0.6 }, { tool_calls: [{ function: { name: 'a' } }] }, true],
  ['tool-call-f1', { value: 'a' }, [{ functionCall: { name: 'a' } }], true],
  ['tool-call-f1', { value: 'a' }, { output: [{ type: 'function_call', name: 'a', arguments: '{}' }] }, true],
  ['tool-call-f1', { value: 'a' }, { choices: [{ message: { tool_calls: [{ function: { name: 'a' } }] } }] }, true],
])('%s %j of %j: %s', async (type, given, output, pass) => {
  expect(await check({ type, ...given }, output)).toMatchObject({ pass })
})

test.each([
  ['contains', 'OK', 'ok', true],
  ['contains', '', 'anything', true],
  ['not-contains', '', 'anything', true],
  ['not-contains', 'ERROR', 'an error', false],
  ['equals', ' a ', 'a\n', true],
  ['regex', '^A', 'a', false],
  ['length-greater-than', 3, 'abc', false],
  ['length-less-than', 4, 'abc', true],
  ['is-json', undefined, '{', false],
  [undefined, 'x', 'X', true],
])('in a package %s of %j on %j: %s', async (type, value, output, pass) => {
  const spec = { ...(type !== undefined && { type }), value }
  expect(await check(spec, output, 'prpm')).toMatchObject({ pass })
})

test('in a package an unknown type is a failing check', async () => {
  expect(await check({ type: 'icontains', value: 'x' }, 'x', 'prpm')).toMatchObject({
    pass: false,
    reason: 'Unknown assertion type: icontains',
  })
})

test('texts made to be slow are answered fast', async () => {
  const hostile = [
    '<a '.repeat(100_000),
    '{"a":['.repeat(50_000),
    '{'.repeat(300_000),
    '<!--'.repeat(100_000),
    ' '.repeat(300_000),
    '<a><b>'.repeat(50_000),
  ]
  const startedAt = performance.now()
  for (const text of hostile) {
    for (const type of ['contains-json', 'contains-html', 'is-html', 'contains-xml', 'is-xml', 'is-refusal']) {
      await check({ type }, text)
    }
  }
  await check({ type: 'levenshtein', value: 'b'.repeat(300_000) }, 'a'.repeat(300_000))
  expect(performance.now() - startedAt).toBeLessThan(10_000)
})

test.each([
  ['word-count', { min: '2' }, 'one two', true],
  ['is-html', undefined, '<my-card>x</my-card>', true],
  ['is-html', undefined, '</p>', false],
  ['is-refusal', undefined, "It's not appropriate to discuss that.", true],
  ['is-refusal', undefined, "Let me think. I can't provide instructions for that.", true],
  ['is-refusal', undefined, "I can't help but admire this design.", false],
  ['is-refusal', undefined, 'I am sorry to hear that. Here is what you can do.', false],
])('%s %j on %j: %s', async (type, value, output, pass) => {
  const spec = value === undefined ? { type } : { type, value }
  expect(await checkAssertion(spec, answerOf(output), { sandbox, dialect: 'promptfoo' })).toMatchObject({ pass })
})

test('a perplexity without a bound passes either way round, as there is nothing to hold it to', async () => {
  for (const type of ['perplexity', 'not-perplexity', 'perplexity-score', 'not-perplexity-score']) {
    const finding = await checkAssertion({ type }, answerOf('x', { logProbs: [-1] }), { sandbox, dialect: 'promptfoo' })
    expect(finding.pass).toBe(true)
  }
})

test('a finish reason that nobody gave is not the one that was not wanted', async () => {
  const check = (type: string) =>
    checkAssertion({ type, value: 'length' }, answerOf('x'), { sandbox, dialect: 'promptfoo' })
  expect(await check('finish-reason')).toMatchObject({ pass: false })
  expect(await check('not-finish-reason')).toMatchObject({ pass: true })
})

test('perplexity-score without a threshold passes either way, and not- gives what is missing to 1', async () => {
  const score = async (type: string) =>
    checkAssertion({ type }, answerOf('x', { logProbs: [-1, -2] }), { sandbox, dialect: 'promptfoo' })
  const [plain, turned] = [await score('perplexity-score'), await score('not-perplexity-score')]
  expect([plain.pass, turned.pass]).toEqual([true, true])
  expect(plain.score + turned.score).toBeCloseTo(1)
})

test('of two references as near in length, the shorter one counts for bleu', async () => {
  const near = async (value: string[]) => (await check({ type: 'bleu', value }, 'a b c d e')).score
  expect(await near(['a b c x y z q w', 'k l'])).toBeCloseTo(await near(['k l', 'a b c x y z q w']), 12)
})

test.each([
  ['say "hello" now', 'say\n"hello"\nnow', 1],
  ['made in the U.S.', 'U.S.', 0.4],
  ['the end.', 'the end .', 1],
])('rouge-n of %j and %j is %d', async (value, output, score) => {
  expect((await check({ type: 'rouge-n', value }, output)).score).toBeCloseTo(score)
})
