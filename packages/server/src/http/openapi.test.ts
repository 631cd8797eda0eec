import { expect, test } from 'vitest'
import { openApiDocument } from './openapi.ts'
import { routeTable } from './route-table.ts'

test('the description of the interface changes only where somebody sees it', async () => {
  await expect(`${JSON.stringify(openApiDocument(), null, 2)}\n`).toMatchFileSnapshot('__fixtures__/openapi.json')
})

test('every route stands in it, and every reference leads somewhere', () => {
  const document = openApiDocument() as {
    paths: Record<string, Record<string, unknown>>
    components: Record<string, Record<string, unknown>>
  }
  for (const { path, method } of routeTable) expect(document.paths[path]?.[method]).toBeDefined()
  const text = JSON.stringify(document)
  const references = [...text.matchAll(/"\$ref":"#\/components\/(\w+)\/(\w+)"/g)]
  expect(references.length).toBeGreaterThan(20)
  for (const [, kind, name] of references) expect(document.components[kind!]?.[name!]).toBeDefined()
  expect(text).not.toContain('#/$defs/')
})
