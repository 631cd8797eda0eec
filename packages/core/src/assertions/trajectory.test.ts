import fc from 'fast-check'
import { expect, test } from 'vitest'
import { answerOf, checkAssertion } from './check.ts'
import type { AnswerCall } from './define.ts'
import type { Sandbox } from './sandbox.ts'
import { isLike } from './trajectory.ts'

const never = () => Promise.reject(new Error('not asked'))
const sandbox: Sandbox = { regex: never, schema: never, sql: never, javascript: never }

const call = (name: string, args?: unknown, more: Partial<AnswerCall> = {}): AnswerCall => ({
  name,
  args,
  status: 'ok',
  ...more,
})

/** Reads an order, fetches it twice, of which the second time fails, and writes. */
const calls = [
  call('lookup_order', { id: 'A1', trace: 'x1' }, { step: 1 }),
  call('fetch', { url: 'https://a.example', timeoutMs: 10 }, { step: 2 }),
  call('fetch', '{"url":"https://b.example"}', { step: 2, status: 'timeout' }),
  call('write_file', { path: 'a.txt', lines: [{ text: 'hi', bold: false }] }, { step: 3 }),
]

const check = (type: string, value: unknown, toolCalls: AnswerCall[] | undefined = calls) =>
  checkAssertion(
    { type: `trajectory:${type}`, value },
    answerOf('done', { ...(toolCalls && { toolCalls }), steps: 4 }),
    { sandbox, dialect: 'promptfoo' },
  )
const passes = async (type: string, value: unknown, toolCalls = calls): Promise<[plain: boolean, turned: boolean]> => {
  const plain = await check(type, value, toolCalls)
  const not = await checkAssertion(
    { type: `not-trajectory:${type}`, value },
    answerOf('done', { toolCalls, steps: 4 }),
    { sandbox, dialect: 'assay' },
  )
  expect(plain.score).toBe(plain.pass ? 1 : 0)
  expect(not.score).toBe(not.pass ? 1 : 0)
  return [plain.pass, not.pass]
}

// Wanted: [as it stands, with `not-` in front].
test.each<[string, unknown, [boolean, boolean]]>([
  ['tool-used', 'fetch', [true, false]],
  ['tool-used', 'FETCH', [true, false]],
  ['tool-used', 'lookup_*', [true, false]],
  ['tool-used', ['lookup_order', 'write_file'], [true, false]],
  // With `not-` each tool of a list is forbidden, so that one of two satisfies neither.
  ['tool-used', ['fetch', 'delete_file'], [false, false]],
  ['tool-used', ['delete_file', 'pay'], [false, true]],
  ['tool-used', { name: 'fetch', min: 2 }, [true, false]],
  ['tool-used', { pattern: 'f?tch', min: 2, max: 2 }, [true, false]],
  ['tool-used', { name: 'fetch', max: 1 }, [false, true]],
  ['tool-used', { name: 'delete_file', max: 0 }, [true, false]],
  ['tool-used', { name: 'delete_file' }, [false, true]],
  ['tool-sequence', ['lookup_order', 'write_file'], [true, false]],
  ['tool-sequence', ['write_file', 'lookup_order'], [false, true]],
  ['tool-sequence', { steps: ['lookup_*', { name: 'fetch' }, 'fetch', 'write_file'], mode: 'exact' }, [true, false]],
  ['tool-sequence', { steps: ['lookup_order', 'fetch', 'write_file'], mode: 'exact' }, [false, true]],
  ['tool-sequence', { steps: ['fetch', 'fetch', 'fetch'] }, [false, true]],
  ['tool-args-match', { name: 'lookup_order', args: { id: 'A1' } }, [true, false]],
  ['tool-args-match', { name: 'lookup_order', args: { id: 'A1' }, mode: 'exact' }, [false, true]],
  ['tool-args-match', { name: 'lookup_order', args: { id: 'A1' }, mode: 'exact', ignore: 'tr*' }, [true, false]],
  ['tool-args-match', { name: 'lookup_order', args: { id: 'A1' }, mode: 'exact', ignore: ['trace'] }, [true, false]],
  ['tool-args-match', { name: 'fetch', arguments: { url: 'https://b.example' }, mode: 'exact' }, [true, false]],
  [
    'tool-args-match',
    { name: 'fetch', args: { url: 'https://a.example' }, mode: 'exact', defaults: { timeoutMs: 10 } },
    [true, false],
  ],
  [
    'tool-args-match',
    { name: 'fetch', args: { url: 'https://a.example' }, mode: 'exact', defaults: { timeoutMs: 20 } },
    [false, true],
  ],
  ['tool-args-match', { name: 'write_file', args: { lines: [{ text: 'hi' }] } }, [true, false]],
  ['tool-args-match', { name: 'write_file', args: { lines: [] } }, [false, true]],
  ['tool-args-match', { name: 'delete_file', args: {} }, [false, true]],
  ['step-count', { type: 'tool', min: 4, max: 4 }, [true, false]],
  ['step-count', { type: 'message', max: 3 }, [false, true]],
  ['step-count', { type: ['tool', 'message'], min: 8, max: 8 }, [true, false]],
  ['step-count', { max: 8 }, [true, false]],
  ['step-count', { pattern: 'fetch', min: 3 }, [false, true]],
  ['tool-status', 'ok', [false, false]],
  ['tool-status', { name: 'write_file', status: 'ok' }, [true, false]],
  ['tool-status', { name: 'fetch', status: 'error', min: 1 }, [true, false]],
  ['tool-status', { name: 'fetch', status: ['ok', 'timeout'] }, [true, false]],
  ['tool-status', { status: 'denied' }, [false, true]],
  ['tool-status', { lookup_order: 'ok', write_file: 'ok' }, [true, false]],
  ['tool-status', [{ name: 'delete_file', status: 'ok' }], [false, true]],
])('%s of %j gives %j', async (type, value, wanted) => {
  expect(await passes(type, value)).toEqual(wanted)
})

test('without a call nothing was used, and nothing went wrong', async () => {
  expect(await passes('tool-used', 'fetch', [])).toEqual([false, true])
  expect(await passes('tool-sequence', ['fetch'], [])).toEqual([false, true])
  expect(await passes('tool-status', 'ok', [])).toEqual([true, true])
  expect(await passes('tool-status', 'error', [])).toEqual([true, true])
  expect(await passes('step-count', { type: 'tool', max: 0 }, [])).toEqual([true, false])
})

test('a call that was replayed went well, and one that was only asked for did not', async () => {
  expect(await passes('tool-status', 'ok', [call('a', {}, { status: 'replayed' })])).toEqual([true, false])
  const { status: _, ...asked } = call('a', {})
  expect(await passes('tool-status', 'ok', [asked])).toEqual([false, true])
  expect(await passes('tool-used', 'a', [asked])).toEqual([true, false])
})

test('a shell is known by its name, its command and the program', async () => {
  const shell = [call('shell', { command: ['git', 'status'] })]
  for (const pattern of ['shell', 'git', 'git *'])
    expect(await passes('tool-used', pattern, shell)).toEqual([true, false])
  expect(await passes('step-count', { type: 'command', min: 1 }, shell)).toEqual([true, false])
})

test('an argument called __proto__ is an argument like others', async () => {
  const args = JSON.parse('{"id":1,"__proto__":{"admin":true}}') as unknown
  const value = { name: 'a', args: { id: 1 }, mode: 'exact', ignore: ['nothing'] }
  expect(await passes('tool-args-match', value, [call('a', args)])).toEqual([false, true])
})

test('a failure names what was wanted and what was called', async () => {
  expect(await check('tool-used', ['fetch', 'pay'])).toMatchObject({
    expected: 'fetch, pay',
    actual: 'tool:lookup_order, tool:fetch, tool:fetch, tool:write_file',
    reason: expect.stringContaining('Missing required tools: pay') as unknown,
  })
  expect(await check('tool-args-match', { name: 'fetch', args: { url: 'https://c.example' } })).toMatchObject({
    expected: 'fetch with {"url":"https://c.example"}',
    actual: '{"url":"https://a.example","timeoutMs":10}, {"url":"https://b.example"}',
  })
  expect(await check('tool-sequence', ['fetch', 'pay'])).toMatchObject({
    reason: expect.stringContaining('Expected pay after the first 1 of') as unknown,
  })
})

test.each([
  ['tool-used', 3, 'must have a string, string array, or object value'],
  ['tool-used', [], 'requires at least one expected tool'],
  ['tool-used', { min: 1 }, 'must include a name or pattern property'],
  ['tool-used', { name: 'a', min: 3, max: 1 }, 'min (3) must be less than or equal to max (1)'],
  ['tool-used', { name: 'a', times: 1 }, 'times is not known'],
  ['tool-sequence', 'a', 'must have an array or object value'],
  ['tool-sequence', { steps: [] }, 'requires at least one expected step'],
  ['tool-sequence', ['a', {}], 'step 2 must include a name or pattern property'],
  ['tool-sequence', { steps: ['a'], mode: 'strict' }, 'mode must be'],
  ['tool-args-match', 'a', 'must have an object value'],
  ['tool-args-match', { name: 'a' }, 'must include an args or arguments property'],
  ['tool-args-match', { name: 'a', args: {}, mode: 'some' }, 'mode must be "partial" or "exact"'],
  ['tool-args-match', { name: 'a', args: {}, defaults: [] }, 'defaults must be an object'],
  ['tool-args-match', { name: 'a', args: {}, ignore: [''] }, 'ignore must be a non-empty string'],
  ['step-count', 3, 'must have an object value'],
  ['step-count', { type: 'tool' }, 'must include a min or max property'],
  ['step-count', { type: 'turn', min: 1 }, 'type must be of tool, command'],
  ['tool-status', 'fine', 'status must be of ok, error'],
  ['tool-status', {}, 'must have a status'],
])('%s of %j is an error of the suite', async (type, value, reason) => {
  await expect(check(type, value)).rejects.toMatchObject({
    code: 'assertion.bad_value',
    message: expect.stringContaining(reason) as unknown,
  })
})

test('what was called must be known, or stand in the answer itself', async () => {
  const tools = { sandbox, dialect: 'promptfoo' } as const
  const spec = { type: 'trajectory:tool-used', value: 'search' }
  await expect(checkAssertion(spec, answerOf('done'), tools)).rejects.toMatchObject({
    code: 'assertion.missing_context',
    message: expect.stringContaining('No trace data available for trajectory:tool-used assertion') as unknown,
  })
  const asked = answerOf({ tool_calls: [{ function: { name: 'search', arguments: '{"q":1}' } }] })
  expect(await checkAssertion(spec, asked, tools)).toMatchObject({ pass: true })
  const args = { type: 'trajectory:tool-args-match', value: { name: 'search', args: { q: 1 } } }
  expect(await checkAssertion(args, asked, tools)).toMatchObject({ pass: true })
})

test('tool-call-f1 counts the calls that an agent made, and those in lists between words', async () => {
  const tools = { sandbox, dialect: 'assay' } as const
  const spec = { type: 'tool-call-f1', value: 'lookup_order, fetch, write_file' }
  expect(await checkAssertion(spec, answerOf('done', { toolCalls: calls }), tools)).toMatchObject({ pass: true })
  const text = 'I look.\n[{"function":{"name":"fetch","arguments":"{}"}}]'
  expect(await checkAssertion({ ...spec, value: 'fetch' }, answerOf(text), tools)).toMatchObject({ score: 1 })
})

test('a pattern means what its regular expression would, in time that does not explode', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'A') })
  const patterns = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 8 })
  fc.assert(
    fc.property(letters, patterns, (name, pattern) => {
      const regex = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`, 'i')
      expect(isLike(name, pattern)).toBe(regex.test(name))
    }),
  )
  const startedAt = performance.now()
  expect(isLike('a'.repeat(20_000), `${'*a'.repeat(30)}*b`)).toBe(false)
  expect(performance.now() - startedAt).toBeLessThan(1_000)
})
