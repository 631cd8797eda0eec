import { expect, test } from 'vitest'
import { inTurns } from './in-turns.ts'

test('what comes while a turn is under way is done in the next one, each place by itself', async () => {
  const turns: string[] = []
  const gate = Promise.withResolvers<void>()
  const add = inTurns(async (place: string, items: readonly number[]) => {
    turns.push(`${place}:${items.join()}`)
    await gate.promise
    return items.map((item) => item * 2)
  })
  const results = [add('a', 1), add('a', 2), add('b', 3), add('a', 4)]
  gate.resolve()
  expect(await Promise.all(results)).toEqual([2, 4, 6, 8])
  expect(turns).toEqual(['a:1', 'b:3', 'a:2,4'])
  expect(await add('a', 5)).toBe(10)
})

test('one that fails harms none that came with it', async () => {
  const add = inTurns(async (_: string, items: readonly number[]) => {
    if (items.includes(13)) throw new Error('bad')
    return items
  })
  const outcomes = await Promise.allSettled([add('a', 1), add('a', 2), add('a', 13), add('a', 3)])
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled'])
})
