import { expect, test } from 'vitest'
import { Expected } from './regression-test.ts'
import { suggest, type Suggestible } from './suggest.ts'

const found = (expected: object, changes: Partial<Suggestible> = {}): Suggestible => ({
  test: {
    name: 'regression_invoice',
    method: 'replay',
    expected: Expected.parse({ maxDurationMs: 5_000, ...expected }),
    target: { kind: 'model', model: 'sim/echo' },
    request: { model: 'sim/echo', messages: [{ role: 'user', content: 'Read the invoice.' }] },
  },
  badOutput: 'twelve',
  passesOnBad: [],
  schemaPassesOnBad: null,
  durationsMs: [],
  twin: null,
  models: [],
  ...changes,
})

const contains = (value: string) => ({ type: 'contains', value, weight: 1 })

test('an assertion that the bad answer satisfies is taken out where another one tells it', () => {
  const [finding, ...more] = suggest(
    found({ assertions: [contains('twelve'), contains('12')] }, { passesOnBad: [true, false] }),
  )
  expect(more).toEqual([])
  expect(finding).toMatchObject({ rule: 'passes_on_recorded', after: { expected: { assertions: [{ value: '12' }] } } })
})

test('where nothing tells it, the schema that was asked for is checked, else the answer itself is refused', () => {
  const schema = { type: 'object' }
  const request = {
    model: 'sim/echo',
    messages: [],
    response_format: { type: 'json_schema' as const, json_schema: { name: 'x', schema } },
  }
  const accepting = found({ assertions: [contains('twelve')] }, { passesOnBad: [true] })
  expect(suggest(accepting)).toMatchObject([
    {
      rule: 'no_effective_assertion',
      after: { expected: { assertions: [{ type: 'contains' }, { type: 'not-equals', value: 'twelve' }] } },
    },
  ])
  expect(suggest({ ...accepting, test: { ...accepting.test, request } })).toMatchObject([
    { after: { expected: { schema } } },
  ])
  // Where a model has to judge, nobody knows; where an error was recorded, nothing is to be told.
  expect(suggest({ ...accepting, passesOnBad: [null] })).toEqual([])
  expect(suggest({ ...accepting, badOutput: null, passesOnBad: [] })).toEqual([])
})

test('equality on prose becomes likeness; on a word or on JSON it stays', () => {
  const prose = 'The order was sent on Monday and will arrive within three days.'
  const of = (value: string) =>
    suggest(found({ assertions: [{ type: 'equals', value, weight: 2 }] }, { passesOnBad: [false] })).map(
      ({ after }) => after,
    )
  expect(of(prose)).toMatchObject([{ expected: { assertions: [{ type: 'rouge-n', value: prose, weight: 2 }] } }])
  expect(of('yes')).toEqual([])
  expect(of('{"a": "one two three four five six seven eight"}')).toEqual([])
})

test('a model without a date gets the newest dated name of its own', () => {
  const of = (model: string) => {
    const base = found({ schema: {} }, { schemaPassesOnBad: false })
    const models = ['openai/gpt-5-2026-01-31', 'openai/gpt-5-2025-08-07', 'openai/gpt-5-mini-2026-02-01']
    return suggest({ ...base, test: { ...base.test, target: { kind: 'model', model } }, models }).map(
      ({ after }) => after,
    )
  }
  expect(of('openai/gpt-5')).toEqual([{ model: 'openai/gpt-5-2026-01-31' }])
  expect(of('openai/gpt-5-2025-08-07')).toEqual([])
  expect(of('sim/echo')).toEqual([])
  expect(of('auto')).toEqual([])
})

test('a time limit is three times the slowest pass, and at least five seconds', () => {
  const of = (durationsMs: number[]) =>
    suggest(found({ maxDurationMs: undefined, schema: {} }, { schemaPassesOnBad: false, durationsMs })).map(
      ({ after }) => after.expected?.maxDurationMs,
    )
  expect(of([])).toEqual([30_000])
  expect(of([10, 20])).toEqual([5_000])
  expect(of([10, 4_100])).toEqual([13_000])
})

test('a twin is put away', () => {
  expect(suggest(found({ schema: {} }, { schemaPassesOnBad: false, twin: { name: 'older' } }))).toMatchObject([
    { rule: 'duplicate', after: { retired: true } },
  ])
})
