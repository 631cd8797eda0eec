import { silentLog } from '@assay/core'
import { afterAll, expect, test } from 'vitest'
import { createSandboxPool } from './pool.ts'

const pool = createSandboxPool({ size: 2, log: silentLog })
afterAll(() => pool.close())

const script = (code: string, output: unknown = 'text', context = {}) => pool.javascript({ code, output, context })
const letters = 'a'.repeat(28) + '!'

test('a pattern matches without flags', async () => {
  expect(await pool.regex({ pattern: '^T', text: 'text' })).toEqual({ matched: false })
  expect(await pool.regex({ pattern: 't$', text: 'text' })).toEqual({ matched: true })
})

test('what is no pattern says why', async () => {
  expect(await pool.regex({ pattern: '(', text: '' })).toEqual({
    problem: expect.stringContaining('Unterminated group'),
  })
})

test.each([
  ['a pattern', () => pool.regex({ pattern: '(a+)+$', text: letters })],
  [
    'a pattern in a schema',
    () => pool.schema({ schema: { type: 'string', pattern: '^(a+)+$' }, texts: [JSON.stringify(letters)] }),
  ],
  ['a loop', () => script('while(true){}')],
  ['a pattern in a script', () => script(`/(a+)+$/.test("${'a'.repeat(60)}!")`)],
  ['a promise that loops', () => script('Promise.resolve().then(() => { for(;;); })')],
])('%s without an end is ended within two seconds, and the next call is right', async (_, call) => {
  const startedAt = performance.now()
  await expect(call()).rejects.toMatchObject({ code: 'assertion.timeout' })
  expect(performance.now() - startedAt).toBeLessThan(2_000)
  expect(await pool.regex({ pattern: 'b', text: 'abc' })).toEqual({ matched: true })
})

test('a hostile call disturbs none of those around it', async () => {
  const hostile = pool.regex({ pattern: '(a+)+$', text: letters }).catch((error: { code: string }) => error.code)
  const others = await Promise.all(
    Array.from({ length: 300 }, (_, index) => pool.regex({ pattern: `^n${index}$`, text: `n${index}` })),
  )
  expect(others.every((outcome) => 'matched' in outcome && outcome.matched)).toBe(true)
  expect(await hostile).toBe('assertion.timeout')
})

test('all threads busy with hostile calls: the rest waits and is answered', async () => {
  const hostile = Array.from({ length: 3 }, () => pool.regex({ pattern: '(a+)+$', text: letters }).catch(() => 'ended'))
  const other = await pool.regex({ pattern: 'x', text: 'x' })
  expect(other).toEqual({ matched: true })
  expect(await Promise.all(hostile)).toEqual(['ended', 'ended', 'ended'])
})

test('a script that fills the memory ends without us', async () => {
  const outcome = await script('const a = []; for (;;) a.push(new Array(10000).fill(a.length))').catch(
    (error: { code: string }) => error.code,
  )
  expect(outcome === 'assertion.timeout' || typeof outcome === 'object').toBe(true)
  expect(await script('1')).toEqual({ json: '1' })
})

test.each([
  ['output.length > 3', 'true'],
  ['output.length * 10;', '40'],
  ['const n = output.length; const half = n / 2; half === 2', 'true'],
  ['if (output === "text") { return "yes" }\nreturn "no"', '"yes"'],
  ['{ pass: true, score: 0.5, reason: context.vars.a }', '{"pass":true,"score":0.5,"reason":"b"}'],
  ['Promise.resolve(context.config.limit)', '3'],
  ['const s = ";return"; s.includes("return")', 'true'],
  ['undefined', undefined],
])('%s gives %s', async (code, json) => {
  expect(await script(code, 'text', { vars: { a: 'b' }, config: { limit: 3 } })).toEqual({ json })
})

test.each([
  ['throw new TypeError("no")', 'TypeError: no'],
  ['JSON.parse(output)', 'SyntaxError'],
  ['const const', 'SyntaxError'],
  ['(function f() { return f() })()', 'stack overflow'],
  ['"x".repeat(70000)', 'larger than 64 KB'],
  ['new Promise(() => {})', 'never settled'],
])('%s throws %s', async (code, message) => {
  expect(await script(code)).toEqual({ thrown: expect.stringContaining(message) })
})

test('a script sees nothing of ours, nor of the script before', async () => {
  const world = '[typeof process, typeof require, typeof fetch, typeof leftBehind].join()'
  await script('globalThis.leftBehind = 1')
  expect(await script(world)).toEqual({ json: '"undefined,undefined,undefined,undefined"' })
})

test.each([
  ['a value', { type: 'object', required: ['a'] }],
  ['YAML text', 'type: object\nrequired: [a]'],
  ['draft 2020-12', { $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object', required: ['a'] }],
  [
    'draft 07',
    { $schema: 'http://json-schema.org/draft-07/schema#', $id: 'http://x/y', type: 'object', required: ['a'] },
  ],
])('a schema as %s tells each text apart', async (_, schema) => {
  const texts = ['{"a":1}', '{}']
  const outcome = await pool.schema({ schema, texts })
  expect(outcome).toEqual({ errors: [null, "data must have required property 'a'"] })
  expect(await pool.schema({ schema, texts })).toEqual(outcome)
})

test('formats are checked', async () => {
  const schema = { type: 'string', format: 'date' }
  expect(await pool.schema({ schema, texts: ['"2026-01-31"', '"soon"'] })).toEqual({
    errors: [null, 'data must match format "date"'],
  })
})

const nested = (depth: number): object => (depth === 0 ? {} : { properties: { a: nested(depth - 1) } })

test.each([
  ['one of an unknown type', { type: 'nothing' }, 'schema is invalid'],
  ['one nested too deep', nested(40), 'deeper than 64'],
  ['one too large', { enum: ['x'.repeat(300_000)] }, 'larger than 256 KiB'],
  ['a list', '[1, 2]', 'must be'],
  ['a reference to elsewhere', { $ref: 'https://example.com/schema' }, "can't resolve reference"],
  ['a YAML bomb', bomb(), 'alias'],
])('%s is no schema', async (_, schema, problem) => {
  expect(await pool.schema({ schema, texts: ['{}'] })).toEqual({ problem: expect.stringContaining(problem) })
})

function bomb(): string {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x]']
  for (let level = 1; level < 10; level++) lines.push(`a${level}: &a${level} [${`*a${level - 1}, `.repeat(9)}]`)
  return lines.join('\n')
}

test('more than a megabyte is refused before it is sent', async () => {
  await expect(pool.regex({ pattern: 'a', text: 'a'.repeat(1_100_000) })).rejects.toMatchObject({
    code: 'assertion.bad_value',
  })
})

test('a closed pool ends what waits', async () => {
  const closing = createSandboxPool({ size: 1, log: silentLog })
  const waiting = closing.regex({ pattern: '(a+)+$', text: letters }).catch((error: { code: string }) => error.code)
  await closing.close()
  expect(await waiting).toBe('internal.stopping')
})
