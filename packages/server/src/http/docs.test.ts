import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Environment } from '@assay/core'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { createMetrics } from '../events/metrics.ts'
import { accessSentence } from './openapi.ts'
import { routeTable } from './route-table.ts'

const docs = join(import.meta.dirname, '../../../../docs')

/** A page with the marked part of it written anew; `vitest --update` keeps what differs. */
const withTable = (page: string, marker: string, rows: string[][]): string => {
  const table = rows.map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`).join('\n')
  const marked = new RegExp(`(<!-- ${marker}: [^>]*-->\n)[\\s\\S]*?(<!-- end -->)`)
  const text = readFileSync(join(docs, page), 'utf8')
  expect(text).toMatch(marked)
  return text.replace(marked, (_, start: string, end: string) => `${start}\n${table}\n\n${end}`)
}

test('docs/http-api.md lists every route with its rights', async () => {
  const rows = routeTable.map(({ method, path, access, summary }) => [
    `\`${method.toUpperCase()} ${path}\``,
    accessSentence(access).replace(/\.$/, ''),
    summary,
  ])
  await expect(
    withTable('http-api.md', 'routes', [['route', 'who', 'what'], ['---', '---', '---'], ...rows]),
  ).toMatchFileSnapshot(join(docs, 'http-api.md'))
})

test('docs/configuration.md lists every variable with what it does without', async () => {
  const rows = Object.entries(Environment.shape).map(([name, schema]) => [
    `\`${name}\``,
    defaultOf(schema),
    schema.description ?? '',
  ])
  await expect(
    withTable('configuration.md', 'variables', [['variable', 'default', 'meaning'], ['---', '---', '---'], ...rows]),
  ).toMatchFileSnapshot(join(docs, 'configuration.md'))
})

test('docs/observability.md lists every figure with its labels', async () => {
  const rows = createMetrics()
    .list.toSorted((a, b) => a.name.localeCompare(b.name))
    .map(({ name, kind, labels, help }) => [
      `\`${name}\``,
      kind,
      labels.map((label) => `\`${label}\``).join(', '),
      help,
    ])
  await expect(
    withTable('observability.md', 'metrics', [
      ['figure', 'kind', 'labels', 'what'],
      ['---', '---', '---', '---'],
      ...rows,
    ]),
  ).toMatchFileSnapshot(join(docs, 'observability.md'))
})

const defaultOf = (schema: z.ZodType): string => {
  const value = schema.safeParse(undefined)
  if (!value.success || value.data === undefined) return ''
  const text = Array.isArray(value.data) ? value.data.join(',') : JSON.stringify(value.data).replaceAll('"', '')
  return text === '' ? '' : `\`${text}\``
}
