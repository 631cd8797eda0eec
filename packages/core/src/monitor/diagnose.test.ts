import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Described, diagnose } from './diagnose.ts'
import { Diagnosis } from './failure.ts'

const fingerprintOf = (report: Described | string) =>
  diagnose(typeof report === 'string' ? { message: report } : report).fingerprint

test.each<[what: string, one: string | Described, two: string | Described]>([
  ['request ids', 'Overloaded (request id: 1f0c6a52-0d0e-4c8c-9df1-0a1b2c3d4e5f)', 'Overloaded'],
  ['log prefixes', '[2026-01-02T03:04:05.678Z] [error] socket hang up', 'socket hang up'],
  ['paths', "Cannot find module 'zod' from /srv/app/a.js:1:2", "Cannot find module 'zod' from C:\\work\\b.js:33:4"],
  ['amounts', 'Limit 30000, Used 10933, Requested 9970.', 'Limit 10000, Used 8554, Requested 3082.'],
  ['durations', 'Please try again in 174ms.', 'Please try again in 3.89s.'],
  ['rows', 'rows/1/id must be integer', 'rows/288/id must be integer'],
  ['indexes', 'messages.3.content.0: Field required', 'messages.12.content.1: Field required'],
  ['ports', 'connect ECONNREFUSED 127.0.0.1:5432', 'connect ECONNREFUSED 10.0.0.7:40123'],
  ['class packages', 'openai.BadRequestError: no such thing', 'BadRequestError: no such thing'],
  ['where the class stands', 'TypeError: x is frozen', { message: 'x is frozen', name: 'TypeError' }],
  [
    'quoting and order of JSON',
    'Failed: {"error":{"message":"odd","type":"t"},"request_id":"req_1"}',
    "Failed: {'request_id': 'req_2', 'error': {'type': 't', 'message': 'odd'}}",
  ],
  [
    'what a model said instead of JSON',
    `SyntaxError: Unexpected token 'I', "I'm sorry, "... is not valid JSON`,
    `SyntaxError: Unexpected token 'H', "Here you a"... is not valid JSON`,
  ],
  [
    'stacks, when the text is specific',
    { message: 'odd thing in the recipe', stack: 'Error\n    at a (/app/a.js:1:1)' },
    { message: 'odd thing in the recipe', stack: 'Error\n    at b (/app/b.js:1:1)' },
  ],
  [
    'lines of the same frame',
    { message: 'fetch failed', stack: 'x\n    at load (/srv/one/page.js:1:1)' },
    { message: 'fetch failed', stack: 'x\n    at async load (/opt/two/page.js:9:9)' },
  ],
])('%s do not tell causes apart', (_, one, two) => {
  expect(fingerprintOf(one)).toBe(fingerprintOf(two))
})

test.each<[what: string, one: string | Described, two: string | Described]>([
  ['models', 'Rate limit reached for gpt-4o', 'Rate limit reached for gpt-4.1'],
  ['model sizes', '"qwen2.5:7b" does not support tools', '"qwen2.5:72b" does not support tools'],
  ['packages', "Cannot find module 'express'", "Cannot find module 'lodash'"],
  ['package versions', 'No matching version found for a@1.0.0', 'No matching version found for a@2.0.0'],
  ['the file that is missing', "Cannot find module '/app/schema.js'", "Cannot find module '/app/config.js'"],
  ['fields', "must have required property 'id'", "must have required property 'name'"],
  ['compiler codes', 'error TS2304: odd', 'error TS2339: odd'],
  ['JSON-RPC codes', 'MCP error -32001: odd', 'MCP error -32603: odd'],
  ['statuses', 'Request failed with status code 500', 'Request failed with status code 503'],
  ['hosts', 'getaddrinfo ENOTFOUND api.one.example', 'getaddrinfo ENOTFOUND api.two.example'],
  ['classes', 'TypeError: odd thing', 'RangeError: odd thing'],
  [
    'causes',
    { message: 'fetch failed', causes: [{ code: 'ECONNRESET' }] },
    { message: 'fetch failed', causes: [{ code: 'ENOTFOUND' }] },
  ],
  [
    'what the parser met',
    `Unexpected token '<', "<!DOCTYPE "... is not valid JSON`,
    `Unexpected token 'I', "I'm sorry, "... is not valid JSON`,
  ],
  [
    'frames, when the text is generic',
    { message: 'fetch failed', stack: 'x\n    at load (/srv/page.js:1:1)' },
    { message: 'fetch failed', stack: 'x\n    at save (/srv/page.js:1:1)' },
  ],
  [
    'the package that threw, when the class says nothing',
    { message: 'Error: odd', stack: 'Error: odd\n    at a (/srv/node_modules/openai/a.js:1:1)' },
    { message: 'Error: odd', stack: 'Error: odd\n    at a (/srv/node_modules/@anthropic-ai/sdk/a.js:1:1)' },
  ],
])('%s tell causes apart', (_, one, two) => {
  expect(fingerprintOf(one)).not.toBe(fingerprintOf(two))
})

test('a family gathers what wrappers and names keep apart', () => {
  const families = [
    'MCP error -32001: Request timed out',
    'Failed to call tool search: Error: MCP error -32001: Request timed out.',
  ].map((message) => diagnose({ message }).family)
  expect(families).toEqual(['timeout/mcp/-32001', 'timeout/mcp/-32001'])
  expect(diagnose({ message: "Cannot find module 'a'" }).family).toBe(
    diagnose({ message: "Cannot find module 'b'" }).family,
  )
})

test('what the reporter says of category and severity wins', () => {
  const { category, severity, why } = diagnose({ message: 'odd', category: 'provider', severity: 'critical' })
  expect({ category, severity }).toEqual({ category: 'provider', severity: 'critical' })
  expect(why[0]).toBe('category provider: the reporter said so')
})

test('why names the words that decided and the text that was grouped by', () => {
  expect(diagnose({ message: 'connect ECONNREFUSED 10.0.0.7:40123' }).why).toEqual([
    'category network: "econnrefused": no connection, or it broke',
    'grouped by the text "connect ECONNREFUSED <address>"',
  ])
})

test('the cause that a stack prints counts, where the message says little', () => {
  const stack = 'TypeError: fetch failed\n    at a (/app/a.js:1:1) {\n  [cause]: Error: read ECONNRESET\n'
  expect(diagnose({ message: 'fetch failed', name: 'TypeError', stack }).title).toContain('ECONNRESET')
})

test('any text has one well-formed diagnosis, the same on every run', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 400 }), fc.string(), (message, stack) => {
      const diagnosis = diagnose({ message, stack })
      expect(Diagnosis.parse(diagnosis)).toEqual(diagnosis)
      expect(diagnosis.fingerprint).toMatch(/^[0-9a-f]{16}$/)
      expect(diagnose({ message, stack })).toEqual(diagnosis)
    }),
  )
})

test('other numbers in a text give the same fingerprint', () => {
  const number = fc.integer({ min: 0, max: 99_999_999 })
  fc.assert(
    fc.property(number, number, (a, b) => {
      const message = (count: number) => `The recipe has ${count} steps and the shelf holds none`
      expect(fingerprintOf(message(a))).toBe(fingerprintOf(message(b)))
    }),
  )
})

test('hostile text of 100 KB costs at most 50 times what 1 KB costs', () => {
  const units = ['a', '1:', '{"', '{\\"', '[{"a":', "' ", 'aA1', 'a/', 'a.', 'http://', '[trace=', '\n  at x', '"', ' ']
  const time = (text: string) => {
    let best = Number.POSITIVE_INFINITY
    for (let run = 0; run < 5; run++) {
      const start = performance.now()
      diagnose({ message: text, stack: text })
      best = Math.min(best, performance.now() - start)
    }
    return best
  }
  for (const unit of units) {
    const large = time(unit.repeat(Math.ceil(100_000 / unit.length)))
    const small = time(unit.repeat(Math.ceil(1_000 / unit.length)))
    expect(large, `of ${JSON.stringify(unit)}`).toBeLessThan(Math.max(50 * small, 5))
  }
})
