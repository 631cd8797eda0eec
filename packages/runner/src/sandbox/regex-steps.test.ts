import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sandboxLimits } from './limits.ts'
import { matchRegex } from './regex.ts'
import { mostSteps } from './regex-steps.ts'

test.each([
  '(a+)+$',
  '(?:a|a)*b',
  'a*a*b',
  'a?a?a',
  'a+?b',
  '.*x.*',
  '\\1',
  '(?=a)a',
  'a|b',
  '[',
  'a{',
  '\\p{L}',
  '\\bword',
  '\\u{61}',
  '[[a]',
])('%s goes to the pool, whatever the text', (pattern) => {
  expect(mostSteps(pattern, 1)).toBe(Infinity)
})

test.each([
  ['"people":\\d{6,}', 100, 100 * 100 * 16],
  ['^Hello$', 10, 10 * 6],
  ['[a-z\\d]+', 50, 50 * 50 * 2],
  ['a{3}', 10, 10 * 4],
  ['a{2,30}', 10, 10 * 10 * 31],
])('%s on %i characters takes at most %i steps', (pattern, length, steps) => {
  expect(mostSteps(pattern, length)).toBe(steps)
})

test('whatever is matched here, of the patterns made of the same parts, ends in a moment', () => {
  const atom = fc.constantFrom('a', 'b', '.', '\\d', '\\w', '[ab]', '[^c]', '"', '\\.', '(', ')', '|', '^', '$', '?')
  const times = fc.constantFrom('', '', '', '*', '+', '?', '{2}', '{1,}', '{0,9}')
  const pattern = fc.array(fc.tuple(atom, times), { minLength: 1, maxLength: 12 }).map((parts) => parts.flat().join(''))
  const text = fc
    .array(fc.constantFrom('a', 'a', 'b', '1'), { maxLength: 300 })
    .map((letters) => `${letters.join('')}!`)
  fc.assert(
    fc.property(pattern, text, (written, letters) => {
      if (mostSteps(written, letters.length) > sandboxLimits.stepsHere) return
      const startedMs = performance.now()
      matchRegex(written, letters)
      expect(performance.now() - startedMs).toBeLessThan(500)
    }),
    { numRuns: 2_000 },
  )
})
