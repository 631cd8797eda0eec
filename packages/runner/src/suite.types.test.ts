import { expect, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import { contains, defineSuite, isJson, latency, length, not, type StandardSchema } from './suite.ts'

/** What the compiler says of suites in code; `npm run types` fails when a line that must not compile does. */

test('the variables of all cases are the parameters of prompt and target', () => {
  defineSuite({
    name: 'flow',
    target: {
      models: 'sim/echo',
      prompt: (vars) => {
        expectTypeOf(vars.name).toEqualTypeOf<string>()
        expectTypeOf(vars.age).toEqualTypeOf<number | undefined>()
        expectTypeOf(vars.tone).toEqualTypeOf<string | undefined>()
        // @ts-expect-error no case has a variable of this name
        void vars.nmae
        return `Greet ${vars.name}`
      },
    },
    cases: [
      { vars: { name: 'Ada' } },
      { vars: { name: 'Grace', age: 85 } },
      { vars: { name: 'Joan' }, matrix: { tone: ['kind', 'short'] } },
    ],
  })
  defineSuite({
    name: 'function',
    target: ({ vars: { a, b } }) => {
      expectTypeOf(a).toEqualTypeOf<number>()
      return a + b
    },
    cases: [{ vars: { a: 1, b: 2 } }],
  })
})

test('an assertion with a wrong type, option or value does not compile', () => {
  // @ts-expect-error the option is called texts
  void (() => contains({ text: 'Ada' }))
  // @ts-expect-error texts is a list
  void (() => contains({ texts: 'Ada' }))
  // @ts-expect-error there is no such mode
  void (() => contains({ texts: ['Ada'], mode: 'none' }))
  // @ts-expect-error a threshold is wanted
  void (() => latency())
  // @ts-expect-error characters are counted in numbers
  void (() => not(length({ max: '5' })))
  void (() =>
    defineSuite({
      name: 'wrong',
      target: 'sim/echo',
      cases: [
        {
          input: 'hi',
          assert: [
            // @ts-expect-error no such assertion
            { type: 'contain', value: 'x' },
            // @ts-expect-error contains takes a text or a number
            { type: 'contains', value: ['x'] },
            // @ts-expect-error so does its opposite
            { type: 'not-contains' },
            // @ts-expect-error the option is called options.texts
            { type: 'contains', options: { text: 'x' } },
            { type: 'contains', value: 'x', weight: 2 },
            { type: 'not-contains', options: { texts: ['x'] } },
            { type: 'assert-set', assert: [contains({ texts: ['x'] })], threshold: 0.5 },
          ],
        },
      ],
    }))
  // @ts-expect-error a suite has no such key
  void (() => defineSuite({ name: 'wrong', target: 'sim/echo', cases: [{ input: 'hi' }], repeats: 3 }))
  expect(Object.keys(contains({ texts: ['x'] }))).toEqual(['type', 'options'])
  // @ts-expect-error a case has no such key
  void (() => defineSuite({ name: 'wrong', target: 'sim/echo', cases: [{ input: 'hi', kinds: 'smoke' }] }))
})

test('schemas of Zod and of any library that follows Standard Schema stand where JSON Schema does', () => {
  const own: StandardSchema = { '~standard': { version: 1, vendor: 'own', validate: () => ({}) } }
  expect(isJson({ schema: z.object({ a: z.number() }) }).options).toEqual({
    schema: {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties: { a: { type: 'number' } },
      required: ['a'],
    },
  })
  expect(isJson({ schema: own }).options?.schema).toMatchObject({ schemaOf: 'own' })
})
