import { expect, test } from 'vitest'
import { z } from 'zod'
import { issuesOf } from './error-entry.ts'

const issuesFor = (schema: z.ZodType, value: unknown) => {
  const { error } = schema.safeParse(value)
  return error && issuesOf(error)
}

test('a list that is too long says so, also where a text would do', () => {
  const input = z.object({ input: z.union([z.string(), z.array(z.object({ role: z.string() })).max(2)]) })
  expect(issuesFor(input, { input: [{ role: 'a' }, { role: 'b' }, { role: 'c' }] })).toEqual([
    { path: 'input', message: 'Too big: expected array to have <=2 items' },
  ])
  expect(issuesFor(input, { input: [{ role: 1 }] })).toEqual([
    { path: 'input[0].role', message: 'Invalid input: expected string, received number' },
  ])
})

test('where no form of a union, or more than one, was meant, nothing is guessed', () => {
  expect(issuesFor(z.union([z.string(), z.array(z.string())]), 5)).toEqual([{ path: '', message: 'Invalid input' }])
  const shapes = z.union([z.object({ a: z.string() }), z.object({ b: z.string() })])
  expect(issuesFor(shapes, {})).toEqual([{ path: '', message: 'Invalid input' }])
  expect(issuesFor(z.union([z.string(), z.array(z.string()).max(1)], 'a text or one'), ['a', 'b'])).toEqual([
    { path: '', message: 'a text or one' },
  ])
})
