import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonicalJson } from './case-key.ts'
import { countPlanned, expandSuite } from './expand.ts'
import type { CaseResult, Verdict } from './result.ts'
import { scoreCase } from './score.ts'
import { Suite } from './suite.ts'
import { compileTemplate } from './template.ts'
import { addToTotals, emptyTotals, totalsOf } from './totals.ts'
import { suiteIssues } from './validate.ts'

const sha256 = (text: string) => `hash of ${text}`
const suiteOf = (given: object) => Suite.parse({ prompts: ['Say {{word}}'], ...given })
const planned = (given: object, models = ['sim/echo']) => [...expandSuite(suiteOf(given), { models, sha256 })]

test('what is put in is never rendered again', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const value = `{{secret}}${text}{{ other | upper }}`
      const rendered = compileTemplate('a {{word}} b')({ word: value, secret: 'SHOWN' }, 'case')
      expect(rendered).toBe(`a ${value} b`)
    }),
  )
})

test.each([
  ['{{ a.b }}', { a: { b: 1 } }, '1'],
  ['{{ list.1 }}', { list: ['x', 'y'] }, 'y'],
  ['{{ a | upper }}{{ a | length }}', { a: 'xy' }, 'XY2'],
  ['{{ list | join(", ") }}', { list: [1, 'b'] }, '1, b'],
  ['{{ a | replace("x", "$&") }}', { a: 'axb' }, 'a$&b'],
  ['{{ gone | default("none") | upper }}', {}, 'NONE'],
  ['{{ a | default("a | b") }}', {}, 'a | b'],
  ['{{ a | json }}', { a: { b: [1] } }, '{"b":[1]}'],
  ['{{ a }}', { a: { b: [1] } }, '{"b":[1]}'],
  ['{{ list | first }}{{ list | last }}', { list: ['x', 'y'] }, 'xy'],
  ['{{a|trim|lower}}', { a: ' X ' }, 'x'],
])('%s of %j is %s', (text, vars, expected) => {
  expect(compileTemplate(text)(vars, 'case')).toBe(expected)
})

test('a missing variable names the case and the variable', () => {
  const render = () => compileTemplate('{{ word }}')({ other: 1 }, 'greets')
  expect(render).toThrow(
    expect.objectContaining({ code: 'suite.missing_variable', message: expect.stringMatching(/greets.*word/) }),
  )
})

test('the prototype is not among the variables', () => {
  expect(() => compileTemplate('{{ a.constructor }}')({ a: {} }, 'case')).toThrow(/constructor/)
})

test.each(['{{ a + b }}', '{{ a | eval }}', '{{ a | join }}', '{{ }}'])('%s is no template', (text) => {
  expect(() => compileTemplate(text)({ a: 1 }, 'case')).toThrow(expect.objectContaining({ code: 'suite.bad_template' }))
})

test('a suite expands to cases × models × repeats', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 3 }),
      (cases, models, repeat) => {
        const names = Array.from({ length: models }, (_, index) => `sim/${index}`)
        const tests = Array.from({ length: cases }, () => ({ vars: { word: 'same' } }))
        const all = planned({ tests, repeat }, names)
        expect(all).toHaveLength(cases * models * repeat)
        expect(countPlanned(suiteOf({ tests, repeat }), { models: names })).toBe(all.length)
        expect(new Set(all.map((one) => `${one.caseKey} ${one.model} ${one.repeat}`)).size).toBe(all.length)
      },
    ),
  )
})

test('a key does not change with the order in which variables are written', () => {
  expect(canonicalJson({ b: 1, a: [{ d: 2, c: 3 }] })).toBe(canonicalJson({ a: [{ c: 3, d: 2 }], b: 1 }))
})

test('prompts are the question, or the system message when there is an input', () => {
  const [alone] = planned({ tests: [{ vars: { word: 'hi' } }] })
  expect(alone?.messages).toEqual([{ role: 'user', content: 'Say hi' }])
  const [both] = planned({ prompts: ['Be brief.'], tests: [{ input: 'Why {{x}}?', vars: { x: 'so' } }] })
  expect(both?.messages).toEqual([
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Why so?' },
  ])
  const [whole] = planned({ prompts: ['Answer: {{input}}'], tests: [{ input: 'Why?' }] })
  expect(whole?.messages).toEqual([{ role: 'user', content: 'Answer: Why?' }])
})

test('defaults fill what a case leaves open, and their assertions count too', () => {
  const [one] = planned({
    defaultTest: { vars: { word: 'hi' }, assert: [{ type: 'contains', value: '{{word}}' }], threshold: 0.5 },
    tests: [{ assert: [{ type: 'is-json' }] }],
  })
  expect(one?.assertions.map(({ type, value }) => [type, value])).toEqual([
    ['contains', 'hi'],
    ['is-json', undefined],
  ])
  expect(one?.threshold).toBe(0.5)
})

test('tags choose cases, with ! those without', () => {
  const tests = [
    { vars: { word: 'a' }, tags: ['slow'] },
    { vars: { word: 'b' }, tags: [] },
  ]
  const chosen = (tags: string[]) =>
    [...expandSuite(suiteOf({ tests }), { models: ['m'], sha256, tags })].map(({ vars }) => vars['word'])
  expect([chosen(['slow']), chosen(['!slow'])]).toEqual([['a'], ['b']])
})

const verdict = (score: number, weight = 1, pass = score >= 1): Verdict => ({
  type: 't',
  pass,
  score,
  weight,
  reason: '',
})

test('a case passes when all that weigh pass, or at its threshold', () => {
  expect(scoreCase([])).toMatchObject({ status: 'passed', score: 1 })
  expect(scoreCase([verdict(1, 3), verdict(0, 1)])).toMatchObject({ status: 'failed', score: 0.75 })
  expect(scoreCase([verdict(1, 3), verdict(0, 1)], { threshold: 0.75 })).toMatchObject({ status: 'passed' })
  expect(scoreCase([verdict(0, 0), verdict(1)])).toMatchObject({ status: 'passed', score: 1 })
  expect(scoreCase([verdict(0, 0)])).toMatchObject({ status: 'passed', score: 0 })
  expect(scoreCase([verdict(150, 1, true)])).toMatchObject({ status: 'passed', score: 1 })
})

test('an assertion that could not be checked makes an error of the case', () => {
  const error = { code: 'assertion.timeout', message: 'regex did not end within 1000 ms.' }
  expect(scoreCase([{ ...verdict(0), error }])).toMatchObject({ status: 'error', error })
})

const resultArbitrary = fc.record({
  status: fc.constantFrom('passed', 'failed', 'error', 'skipped', 'unscored'),
  score: fc.double({ min: 0, max: 1, noNaN: true }),
  costNanoUsd: fc.option(fc.nat()),
  tokens: fc.nat(1_000),
})

test('totals are the sums of their parts', () => {
  fc.assert(
    fc.property(fc.array(resultArbitrary), (list) => {
      const results = list.map(({ status, score, costNanoUsd, tokens }) =>
        resultOf({ status, score, costNanoUsd, tokens }),
      )
      const sum = emptyTotals()
      for (const result of results) addToTotals(sum, result)
      const totals = totalsOf(sum)
      const { passed, failed, error, skipped, unscored } = totals
      expect(passed + failed + error + skipped + unscored).toBe(totals.total)
      expect(totals.inputTokens).toBe(list.reduce((tokens, one) => tokens + one.tokens, 0))
      expect(totals.costNanoUsd).toBe(list.reduce((cost, one) => cost + (one.costNanoUsd ?? 0), 0))
      const scored = results.filter(({ status }) => status !== 'skipped' && status !== 'unscored')
      const mean = scored.reduce((score, one) => score + one.score, 0) / scored.length
      if (scored.length === 0) expect(totals.score).toBeNull()
      else expect(totals.score).toBeCloseTo(mean)
    }),
  )
})

const resultOf = ({
  status,
  score,
  costNanoUsd,
  tokens,
}: {
  status: CaseResult['status']
  score: number
  costNanoUsd: number | null
  tokens: number
}): CaseResult => ({
  caseKey: 'k',
  title: 't',
  model: 'm',
  repeat: 1,
  status,
  score,
  input: '',
  response: '',
  error: null,
  verdicts: [],
  latencyMs: 1,
  durationMs: 1,
  usage: {
    inputTokens: tokens,
    outputTokens: 0,
    cacheReadInputTokens: 0,
    cacheWriteInputTokens: 0,
    reasoningOutputTokens: 0,
  },
  costNanoUsd,
})

test('metrics are weighted means by name', () => {
  const sum = emptyTotals()
  const verdicts = [
    { ...verdict(1, 3), metric: 'tone' },
    { ...verdict(0, 1), metric: 'tone' },
  ]
  addToTotals(sum, { ...resultOf({ status: 'passed', score: 1, costNanoUsd: 0, tokens: 0 }), verdicts })
  expect(totalsOf(sum).metrics).toEqual({ tone: 0.75 })
})

test('what is wrong with a suite is found before any call, each with its place', () => {
  const suite = suiteOf({
    tests: [
      { id: 'a', vars: { word: 'x' }, assert: [{ type: 'contain', value: 'x' }] },
      { id: 'a', vars: { word: 'x' }, assert: [{ type: 'latency' }] },
      { id: 'b', vars: {} },
      { id: 'c', vars: { word: '5' }, assert: [{ type: 'word-count', value: '{{word}}x' }] },
    ],
  })
  expect(suiteIssues(suite, 'assay', 0).map(({ path, message }) => `${path}: ${message}`)).toEqual([
    expect.stringMatching(/^tests\[0\]\.assert\[0\]: Unknown assertion type: contain\. Did you mean .*contains/),
    expect.stringMatching(/^tests\[1\]\.id: the id a is already that of tests\[0\]/),
    expect.stringMatching(/^tests\[1\]\.assert\[0\]: latency: must have a threshold/),
    expect.stringMatching(/^tests\[2\]: Case "b" has no variable word/),
    expect.stringMatching(/^tests\[3\]: word-count: value must be a number/),
  ])
})

test('a quarantine of more than 14 days is refused where it stands', () => {
  const now = Date.parse('2026-11-21T00:00:00Z')
  const issuesOf = (until: string) =>
    suiteIssues(Suite.parse({ tests: [{ input: 'hi', quarantine: { until, reason: 'flakes' } }] }), 'assay', now).map(
      ({ path, message }) => `${path}: ${message}`,
    )
  expect(issuesOf('2026-12-05')).toEqual([])
  expect(issuesOf('2026-12-06')).toEqual(['tests[0].quarantine.until: 2026-12-06 is more than 14 days away'])
})
