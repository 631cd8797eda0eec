import fc from 'fast-check'
import picocolors from 'picocolors'
import { expect, test } from 'vitest'
import { fields, table } from './table.ts'
import { widthOf } from './width.ts'

const plainColours = picocolors.createColors(false)

test('a table is never wider than the terminal, whatever stands in its flexible columns', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'grapheme', maxLength: 80 })),
      fc.integer({ min: 24, max: 120 }),
      (texts, columns) => {
        const drawn = table(
          texts.map((text) => ({ text })),
          [
            { name: 'n', cell: () => '12', align: 'right' },
            { name: 'text', cell: ({ text }) => text, flexible: true },
            { name: 'more', cell: ({ text }) => text, flexible: true },
          ],
          { columns, colours: plainColours },
        )
        for (const line of drawn.split('\n')) expect(widthOf(line)).toBeLessThanOrEqual(columns)
        expect(drawn.split('\n')).toHaveLength(texts.length + 1)
      },
    ),
  )
})

test('a pipe gets whole cells', () => {
  const long = 'x'.repeat(500)
  const drawn = table([{}], [{ name: 'a', cell: () => long, flexible: true }], {
    columns: Number.POSITIVE_INFINITY,
    colours: plainColours,
  })
  expect(drawn).toBe(`a\n${long}`)
})

test('paint colours a cell without moving the next one', () => {
  const colours = picocolors.createColors(true)
  const drawn = table(
    [{ state: 'red' }],
    [
      { name: 'state', cell: ({ state }) => state, paint: (text) => colours.red(text) },
      { name: 'next', cell: () => 'here' },
    ],
    { columns: 80, colours: plainColours },
  )
  expect(drawn).toBe(`state  next\n${colours.red('red  ')}  here`)
})

test('names and values stand in two columns', () => {
  expect(
    fields(
      [
        ['id', '1'],
        ['longer', '2'],
      ],
      plainColours,
    ),
  ).toBe('id      1\nlonger  2')
})
