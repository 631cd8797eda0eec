import { isAssayError } from '@assay/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { filterPii, PiiFilter } from './pii-filter.ts'
import { filterWhole, RegexFilter } from './regex-filter.ts'
import { compileScan, WINDOW_CHARACTERS } from './scan.ts'

/** A text cut at these places. */
const cut = (text: string, places: readonly number[]): string[] => {
  const ends = [...new Set(places.map((place) => place % (text.length + 1)))].toSorted((a, b) => a - b)
  return [...ends, text.length].map((end, index) => text.slice(index === 0 ? 0 : ends[index - 1], end))
}
const streamed = (filter: { push(text: string): string; end(): string }, pieces: readonly string[]): string =>
  pieces.map((piece) => filter.push(piece)).join('') + filter.end()

const patterns = [
  'secret',
  'sec(ret)?',
  'ab+c|b+',
  '(?i)code-[0-9]{3}',
  '\\bab\\b',
  '^ab',
  '(?m)^ab$',
  'a.*b',
  'a[^b]*?b',
  '(a|ab)(c|bcd)?',
  '[😀-😎]+a',
  'ab$',
  '\\d{3}-\\d{2}',
]
const alphabet = fc.string({
  unit: fc.constantFrom('a', 'b', 'c', 'd', '1', '-', ' ', '\n', '😀', 'secret', 'sec', 'Code-12', '3'),
})

test('wherever a text is cut, what is masked is the same, and no match is left', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...patterns),
      alphabet,
      fc.array(fc.nat(), { maxLength: 12 }),
      (pattern, text, places) => {
        const scan = compileScan(pattern)
        const mask = () => '#'
        const whole = filterWhole(scan, text, mask)
        expect(streamed(new RegexFilter(scan, mask), cut(text, places))).toBe(whole)
      },
    ),
    { numRuns: 3_000 },
  )
})

test('text that can be no match goes on at once, and what could become one waits', () => {
  const filter = new RegexFilter(compileScan('secret'), () => '#')
  expect(filter.push('hello ')).toBe('hello ')
  expect(filter.push('se')).toBe('')
  expect(filter.push('t and sec')).toBe('set and ')
  expect(filter.push('ret!')).toBe('#!')
})

test('what is longer than the window goes on, cut anywhere, with every match of up to half of it', () => {
  const scan = compileScan('a.*b')
  const lines = fc.array(fc.record({ before: fc.nat(12_000), after: fc.nat(3_000), ends: fc.boolean() }), {
    maxLength: 4,
  })
  fc.assert(
    fc.property(lines, fc.array(fc.nat(), { maxLength: 8 }), (parts, places) => {
      const text = parts
        .map(({ before, after, ends }) => `a${'x'.repeat(before)}${ends ? 'b' : ''}${'y'.repeat(after)}`)
        .join('')
      const run = (pieces: readonly string[]) => streamed(new RegexFilter(scan, () => '#'), pieces)
      expect(run(cut(text, places))).toBe(run([text]))
    }),
    { numRuns: 30 },
  )
  const hidden = `a${'x'.repeat(20_000)}\na${'y'.repeat(WINDOW_CHARACTERS / 2 - 10)}b`
  expect(streamed(new RegexFilter(scan, () => '#'), cut(hidden, [7, 9_000]))).toMatch(/x\n#$/)
})

test('a long open match costs time that grows with the text and no faster', () => {
  const scan = compileScan('(a|b|ab)*c')
  const started = performance.now()
  streamed(
    new RegexFilter(scan, () => '#'),
    cut(
      'ab'.repeat(30_000),
      Array.from({ length: 300 }, (_, index) => index * 199),
    ),
  )
  expect(performance.now() - started).toBeLessThan(8_000)
})

test('a pattern is refused at its place, with the reason', () => {
  const problemOf = (pattern: string): string => {
    try {
      compileScan(pattern)
      return 'none'
    } catch (error) {
      return isAssayError(error, 'input.invalid') ? error.details.issues[0]!.message : String(error)
    }
  }
  expect(problemOf('foo(bar')).toContain('missing closing )')
  expect(problemOf('foo(?=bar)')).toBe('invalid or unsupported Perl syntax: (?= at character 4')
  expect(problemOf('(a)\\1')).toContain('invalid escape sequence')
  expect(problemOf('(?<=a)b')).not.toBe('none')
  expect(problemOf('x*')).toContain('it matches an empty text')
})

const sentence = fc.constantFrom(
  'Write to anna@example.com. ',
  'Call +49 30 1234567 today!\n',
  'The key is sk-abcdefghijklmnop1234567890, keep it. ',
  'Card 4111 1111 1111 1111 is hers? Yes. ',
  'Nothing here. ',
  'v1.2.3\n',
)

test('personal data is masked alike wherever the text is cut, and never goes on', () => {
  fc.assert(
    fc.property(fc.array(sentence), fc.array(fc.nat(), { maxLength: 12 }), (sentences, places) => {
      const text = sentences.join('')
      const mask = (_sentence: string, masked: string) => masked
      const passed = streamed(new PiiFilter(mask), cut(text, places))
      expect(passed).toBe(filterPii(text, mask))
      for (const secret of ['anna@', 'sk-abc', '4111 1111']) expect(passed).not.toContain(secret)
      expect(passed.split('Nothing here.').length).toBe(text.split('Nothing here.').length)
    }),
  )
})
