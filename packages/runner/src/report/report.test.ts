import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import type { CaseResult } from '@assay/core'
import { temporaryDirectory } from '@assay/testkit'
import { expect, test } from 'vitest'
import { began, endedOf, resultOf } from './fixtures.ts'
import { openReport } from './report.ts'

/** Writes a report and reads it back. */
const reported = async (name: string, results: CaseResult[]): Promise<string> => {
  await using directory = await temporaryDirectory()
  const path = join(directory.path, 'deep', name)
  const report = openReport(path)
  report.start(began)
  for (const result of results) report.result(result)
  report.end(endedOf(results))
  expect(await readdir(join(directory.path, 'deep'))).toEqual([name])
  return readFile(path, 'utf8')
}

const results = [
  resultOf({ title: 'fine' }),
  resultOf({
    title: 'a "bad" <one> & more\u0001',
    status: 'failed',
    score: 0,
    response: '=HYPERLINK("http://x")</script><b>',
    verdicts: [
      { type: 'equals', pass: false, score: 0, reason: 'differs', weight: 1, expected: 'ho & <p>', actual: 'hi & <p>' },
    ],
  }),
  resultOf({ status: 'error', score: 0, response: null, error: { code: 'provider.overloaded', message: 'Too busy.' } }),
  resultOf({ status: 'skipped', score: 0, response: null, reason: 'needs an API key' }),
  resultOf({ status: 'unscored', score: 0, reason: 'no judge' }),
]

test('JSON holds every result and the sums, whole', async () => {
  const report = JSON.parse(await reported('r.json', results)) as { results: CaseResult[]; summary: object }
  expect(report.results).toEqual(results)
  expect(report.summary).toMatchObject({ runId: 'run-1', totals: { total: 5, failed: 1 } })
  expect(JSON.parse(await reported('none.json', []))).toMatchObject({ results: [] })
})

test('JSONL holds the events in order', async () => {
  const lines = (await reported('r.jsonl', results)).trimEnd().split('\n')
  const events = lines.map((line) => (JSON.parse(line) as { event: string }).event)
  expect(events).toEqual(['run.started', ...results.map(() => 'result'), 'run.finished'])
})

test('JUnit counts a difference in the answer itself, not in the quotes around it, and none against a demand in words', async () => {
  const verdict = { type: 'contains', pass: false, score: 0, reason: 'no', weight: 1, actual: '"world"' }
  const failed = (expected: string) =>
    resultOf({ status: 'failed', score: 0, verdicts: [{ ...verdict, expected }], response: 'world' })
  const text = await reported('r.junit.xml', [failed('"zorld"')])
  expect(text).toContain('difference: at character 1 (line 1): expected &quot;zorld&quot;, got &quot;world&quot;<')
  expect(await reported('r.junit.xml', [failed('a JSON object')])).not.toContain('difference:')
})

test('JUnit says assertion, expected, actual and difference, and is well-formed whatever was answered', async () => {
  const text = await reported('r.junit.xml', results)
  expect(text).toMatch(
    /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<testsuites name="try &amp; see" tests="5" failures="1"/,
  )
  expect(text).toContain('<failure type="equals" message="differs">equals: differs\nexpected: ho &amp; &lt;p&gt;')
  expect(text).toMatch(/actual: hi &amp; &lt;p&gt;\ndifference: at character 2 \(line 1\)/)
  expect(text).toContain('<error type="provider.overloaded" message="Too busy.">')
  expect(text).toContain('<skipped message="needs an API key"/>')
  expect(text).toContain('name="a &quot;bad&quot; &lt;one&gt; &amp; more\uFFFD"')
  expect(text).not.toContain('\u0001')
  const opened = [...text.matchAll(/<(testcase|testsuites?|failure|error|system-out)\b[^>]*?(\/?)>/g)]
  const closed = [...text.matchAll(/<\/(testcase|testsuites?|failure|error|system-out)>/g)]
  expect(opened.filter(([, , end]) => end === '').length).toBe(closed.length)
})

test('a JUnit report of a suite with a long name of wide letters is whole all the same', async () => {
  await using directory = await temporaryDirectory()
  const path = join(directory.path, 'r.xml')
  const report = openReport(path)
  report.start({ ...began, name: '"日本語"'.repeat(400) })
  report.end(endedOf([]))
  expect(await readFile(path, 'utf8')).toMatch(
    /^<\?xml[^>]*>\n<testsuites name="[^"]*"[^>]*>\n<testsuite [^>]*>\n<\/testsuite>\n<\/testsuites>\n$/,
  )
})

test('no cell of the CSV is a formula, and a table reader gets every text back', async () => {
  const text = await reported('r.csv', results)
  const rows = parse(text, { bom: true, columns: true }) as Record<string, string>[]
  expect(rows).toHaveLength(5)
  expect(rows[1]).toMatchObject({
    status: 'failed',
    response: `'=HYPERLINK("http://x")</script><b>`,
    failed_assertions: 'equals',
  })
  expect(rows[0]).toMatchObject({ cost_usd: '0.000002', score: '1' })
})

test('Markdown shows the texts of cases and does nothing with them', async () => {
  const text = await reported('r.md', [
    resultOf({ title: '@everyone [x](http://evil) <img src=x>', model: 'a|b', status: 'failed', score: 0 }),
  ])
  expect(text).toContain('## ❌ try & see'.replace('&', '&amp;'))
  expect(text).not.toMatch(/@everyone|\]\(http:\/\/|<img/)
  expect(text).toContain('a\\|b')
})

test('what is no kind of report is refused before anything runs', () => {
  expect(() => openReport('r.pdf')).toThrow(/\.junit\.xml/)
})

test('a report that is broken off leaves nothing behind', async () => {
  await using directory = await temporaryDirectory()
  const report = openReport(join(directory.path, 'r.json'))
  report.start(began)
  report.discard()
  expect(await readdir(directory.path)).toEqual([])
})

test('a hundred thousand results go to the disk as they come', async () => {
  await using directory = await temporaryDirectory()
  const opened = ['r.json', 'r.xml', 'r.csv', 'r.html'].map((name) => openReport(join(directory.path, name)))
  for (const report of opened) report.start(began)
  globalThis.gc?.()
  const before = process.memoryUsage().heapUsed
  for (let index = 0; index < 100_000; index++) {
    const result = resultOf({ caseKey: String(index), title: `case ${index}` })
    for (const report of opened) report.result(result)
  }
  const grown = process.memoryUsage().heapUsed - before
  for (const report of opened) report.end(endedOf([]))
  expect((await stat(join(directory.path, 'r.json'))).size).toBeGreaterThan(20_000_000)
  expect(grown).toBeLessThan(150_000_000)
})
