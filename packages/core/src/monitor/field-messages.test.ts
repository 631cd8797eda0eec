import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { diagnose } from './diagnose.ts'
import type { Category } from './failure.ts'

/** Messages as SDKs, providers, tools and databases word them, each group with other ids, numbers and paths. */
type Labelled = { category: Category; group: string; status?: number; messages: string[] }

const labelled = readFileSync(new URL('./__fixtures__/field-messages.jsonl', import.meta.url), 'utf8')
  .split('\n')
  .filter(Boolean)
  .map((line) => JSON.parse(line) as Labelled)

const found = labelled.flatMap(({ category, group, status, messages }) =>
  messages.map((message) => ({
    category,
    group,
    message,
    found: diagnose({ message, ...(status === undefined ? {} : { httpStatus: status }) }),
  })),
)

test('what the field words is told apart by its kind', () => {
  const wrong = found.filter(({ category, found: { category: said } }) => said !== category)
  expect(wrong.map(({ group, found: { category } }) => `${group}: ${category}`)).toEqual([])
  expect(found.length).toBeGreaterThan(400)
})

test('one cause is one group whatever varies in it, and two causes are never one', () => {
  const fingerprints = Map.groupBy(found, ({ found: { fingerprint } }) => fingerprint)
  const groups = Map.groupBy(found, ({ group }) => group)
  const split = [...groups.values()].filter(
    (members) => new Set(members.map(({ found: { fingerprint } }) => fingerprint)).size > 1,
  )
  const merged = [...fingerprints.values()].filter((members) => new Set(members.map(({ group }) => group)).size > 1)
  expect(split.map((members) => members.map(({ message }) => message))).toEqual([])
  expect(merged.map((members) => members.map(({ message }) => message))).toEqual([])
})
