import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { CaseResult } from '@assay/core'
import { launchChromium, temporaryDirectory } from '@assay/testkit'
import { afterAll, describe, expect, test } from 'vitest'
import { began, endedOf, resultOf } from './fixtures.ts'
import { openReport } from './report.ts'

const browser = await launchChromium()
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
afterAll(() => browser?.close())

/** So many results, each seventh of which failed, told one at a time. */
function* resultsOf(count: number): Generator<CaseResult> {
  for (let index = 0; index < count; index++) {
    const isBad = index % 7 === 3
    yield resultOf({
      caseKey: String(index),
      title: `case ${index} <i>x</i>`,
      model: index % 2 === 0 ? 'sim/echo' : 'sim/smart',
      status: isBad ? 'failed' : 'passed',
      score: isBad ? 0 : 1,
      response: `</script><script>document.title = 'taken'</script> ${index}`,
      verdicts: [
        {
          type: 'equals',
          pass: !isBad,
          score: isBad ? 0 : 1,
          reason: 'r',
          weight: 1,
          expected: `ho ${index}`,
          actual: 'hi',
        },
      ],
    })
  }
}

describe.skipIf(browser === null)('the report page', () => {
  /** Writes the page and opens it in a browser that has no network; what goes wrong in it fails the test. */
  const open = async (count: number, scheme: 'light' | 'dark' = 'light') => {
    const directory = await temporaryDirectory()
    const path = join(directory.path, 'r.html')
    const report = openReport(path)
    report.start({ ...began, models: ['sim/echo', 'sim/smart'] })
    for (const result of resultsOf(count)) report.result(result)
    report.end(endedOf([...resultsOf(Math.min(count, 50))]))
    const context = await browser!.newContext({
      colorScheme: scheme,
      viewport: { width: 1_280, height: 800 },
      offline: true,
    })
    const page = await context.newPage()
    const troubles: string[] = []
    page.on('pageerror', ({ message }) => troubles.push(message))
    page.on('console', (message) => message.type() === 'error' && troubles.push(message.text()))
    page.on('request', (request) => !/^(?:file|data):/.test(request.url()) && troubles.push(request.url()))
    await page.goto(pathToFileURL(path).href)
    await page.locator('.row').first().waitFor()
    return { page, troubles, [Symbol.asyncDispose]: () => context.close().then(() => directory[Symbol.asyncDispose]()) }
  }

  test('a hundred thousand results open, with only the rows in sight drawn', async () => {
    await using opened = await open(100_000)
    const { page, troubles } = opened
    expect(await page.locator('#count').textContent()).toBe('100,000 results')
    expect(await page.locator('.row').count()).toBeLessThan(60)
    await page.locator('#list').focus()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('End')
    expect(await page.locator('#detail h2').textContent()).toContain('case 99999')
    await page.fill('#search', '77003')
    await expect.poll(() => page.locator('#count').textContent()).toBe('1 of 100,000 results')
    expect(troubles).toEqual([])
  }, 120_000)

  test('results are filtered by status and model, and one shows its assertions; no answer is run', async () => {
    await using opened = await open(70)
    const { page, troubles } = opened
    await page.locator('#statuses input[value=passed]').uncheck()
    expect(await page.locator('#count').textContent()).toBe('10 of 70 results')
    await page.selectOption('#model', 'sim/smart')
    expect(await page.locator('#count').textContent()).toBe('5 of 70 results')
    await page.locator('.row').first().click()
    const detail = (await page.locator('#detail').textContent())!
    for (const text of ['case 3 <i>x</i>', 'equals', 'ho 3', '</script>']) expect(detail).toContain(text)
    await page.locator('#statuses input[value=failed]').uncheck()
    await page.getByRole('button', { name: 'Show all' }).click()
    expect(await page.locator('#count').textContent()).toBe('70 results')
    expect(await page.title()).toContain('try & see')
    expect(troubles).toEqual([])
  })

  test.each(['light', 'dark'] as const)('has no barrier, %s', async (scheme) => {
    await using opened = await open(70, scheme)
    const { page } = opened
    await page.locator('.row').nth(3).click()
    await page.evaluate(axe)
    // As a text: there are no types of a browser in this package.
    const found = await page.evaluate<string[]>(
      `axe.run(document).then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => id + ' at ' + target.join(' '))))`,
    )
    expect(found).toEqual([])
  })
})
