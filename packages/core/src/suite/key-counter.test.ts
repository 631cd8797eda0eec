import { hash } from 'node:crypto'
import { expect, test } from 'vitest'
import { createKeyCounter } from './key-counter.ts'

const sha256 = (text: string): string => hash('sha256', text)

test('a key is told how often it came, whether it is a hash or an id, among many others', () => {
  const numberOf = createKeyCounter(sha256)
  const keys = Array.from({ length: 20_000 }, (_, index) => (index % 2 === 0 ? sha256(String(index)) : `case-${index}`))
  expect(keys.map(numberOf).every((number) => number === 1)).toBe(true)
  expect(keys.map(numberOf).every((number) => number === 2)).toBe(true)
  expect([numberOf('case-1'), numberOf('case-1'), numberOf('other'), numberOf('')]).toEqual([3, 4, 1, 1])
})

test('without a hash keys are told apart by themselves', () => {
  const numberOf = createKeyCounter(() => '')
  expect(['a', 'b', 'a', '', ''].map(numberOf)).toEqual([1, 1, 2, 1, 2])
})
