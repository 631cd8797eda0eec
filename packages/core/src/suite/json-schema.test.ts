import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { assertionsOf } from '../assertions/list.ts'
import { written } from '../assertions/written.ts'
import { suiteJsonSchema } from './json-schema.ts'

const schema = suiteJsonSchema() as {
  properties: Record<string, { description?: string }>
  definitions: Record<'case' | 'check', { properties: Record<string, { description?: string }> }>
}

test('every field says what it is for', () => {
  for (const properties of [
    schema.properties,
    schema.definitions.case.properties,
    schema.definitions.check.properties,
  ]) {
    const silent = Object.entries(properties).filter(([name, { description }]) => name !== 'vars' && !description)
    expect(silent.map(([name]) => name)).toEqual([])
  }
})

test('what is written down of a type is of a type that there is', () => {
  const known = assertionsOf.assay
  expect(Object.keys(written).filter((name) => !known.has(name))).toEqual([])
})

test('the published schema is this one', () => {
  expect(JSON.parse(readFileSync('docs/assay.schema.json', 'utf8'))).toEqual(JSON.parse(JSON.stringify(schema)))
})
