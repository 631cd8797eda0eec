import { scoreComplexity } from '@assay/core'
import { expect, test } from 'vitest'
import { faultyFieldOf, traffic } from './prompts.ts'

test.each(traffic)('the $complexity prompts of the demo are $complexity to the router', ({ complexity, prompts }) => {
  const scored = prompts.map((content) => scoreComplexity({ messages: [{ role: 'user', content }] }).complexity)
  expect(new Set(scored)).toEqual(new Set([complexity]))
})

test('the traffic of the demo is 60 different requests, 60/30/10', () => {
  expect(traffic.map(({ prompts }) => prompts.length)).toEqual([36, 18, 6])
  expect(new Set(traffic.flatMap(({ prompts }) => prompts)).size).toBe(60)
})

test('each demo on the same data breaks another field', () => {
  const fields = Array.from({ length: 500 }, (_, count) => faultyFieldOf(count))
  expect(new Set(fields).size).toBe(500)
  expect(fields.every((field) => /^[a-z_]+$/.test(field))).toBe(true)
})
