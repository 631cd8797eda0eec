import { expect, test } from 'vitest'
import { checkExpected, countFiles } from './check-expected.ts'

test('files are the entries of `files`, else the fenced blocks', () => {
  expect(countFiles('{"files":[{"path":"a"},{"path":"b"}]}')).toBe(2)
  expect(countFiles('```json\n{"files":[{"path":"a"}]}\n```')).toBe(1)
  expect(countFiles('Here:\n```html\n<p>\n```\nand\n```css\np {}\n```\n')).toBe(2)
  expect(countFiles('nothing at all')).toBe(0)
})

test('too few files, and a failure that came back, are said; what is not asked for is not', () => {
  expect(checkExpected({ minimumFiles: 2 }, { text: '```js\n1\n```', fingerprint: null })).toMatchObject([
    { type: 'minimum-files', pass: false, reason: 'found 1 file, wanted 2 or more' },
  ])
  expect(checkExpected({ fingerprintAbsent: 'ab' }, { text: null, fingerprint: 'ab' })).toMatchObject([{ pass: false }])
  expect(checkExpected({ fingerprintAbsent: 'ab' }, { text: null, fingerprint: 'cd' })).toEqual([])
  expect(checkExpected({}, { text: '', fingerprint: null })).toEqual([])
})
