import fc from 'fast-check'
import { expect, test } from 'vitest'
import { textChanges } from './text-change.ts'

test('words that went and words that came stand between those that stayed', () => {
  expect(
    textChanges('The order left on Tuesday and arrives soon.', 'The order left on Monday and arrives soon.'),
  ).toEqual([
    { kind: 'same', text: 'The order left on ' },
    { kind: 'removed', text: 'Tuesday ' },
    { kind: 'added', text: 'Monday ' },
    { kind: 'same', text: 'and arrives soon.' },
  ])
  expect(textChanges('', 'new')).toEqual([{ kind: 'added', text: 'new' }])
  expect(textChanges('same', 'same')).toEqual([{ kind: 'same', text: 'same' }])
})

test('both texts are whole in what is told of them', () => {
  const texts = fc
    .array(fc.constantFrom('a', 'b', ' ', '\n', 'é', '👩‍👩‍👧'), { maxLength: 40 })
    .map((parts) => parts.join(''))
  fc.assert(
    fc.property(texts, texts, (before, after) => {
      const changes = textChanges(before, after)
      const without = (kind: 'added' | 'removed') =>
        changes.map((change) => (change.kind === kind ? '' : change.text)).join('')
      expect([without('added'), without('removed')]).toEqual([before, after])
    }),
  )
})

test('two long texts that share nothing are told as a whole', () => {
  const text = (letter: string) => Array.from({ length: 5_000 }, (_, index) => `${letter}${index}`).join(' ')
  expect(textChanges(text('a'), text('b')).map(({ kind }) => kind)).toEqual(['removed', 'added'])
})
