import { createRequire } from 'node:module'
import { readFile } from 'node:fs/promises'
import { adminKey, type AssayProcess, launchChromium, startAssay, temporaryDirectory } from '@assay/testkit'
import type { Browser, Page as BrowserPage } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'

/** The pages as the server serves them, in a real browser, on real data. */

const browser: Browser | null = await launchChromium()
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const rules = ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice']

let assay: AssayProcess
let page: BrowserPage
const opened: AsyncDisposable[] = []
const otherOrigins: string[] = []

beforeAll(async () => {
  if (!browser) return
  const directory = await temporaryDirectory()
  assay = await startAssay({ dataDir: directory.path })
  opened.push(assay, directory)
  for (let index = 0; index < 12; index++) await ask('sim/smart', `What is the meaning of ${index}?`)
  for (let index = 0; index < 5; index++) await ask('sim/flaky', `A flaky question ${index}`)
  for (const order of [11, 222, 3_333]) await report(order)
  const context = await browser.newContext({ colorScheme: 'light' })
  page = await context.newPage()
  page.on('request', (request) => {
    if (!request.url().startsWith(assay.url) && !request.url().startsWith('data:')) otherOrigins.push(request.url())
  })
  const { url } = await assay.call<{ url: string }>('POST', '/api/v1/sign-in-links')
  await page.goto(url)
  await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor()
}, 120_000)

afterAll(async () => {
  await browser?.close()
  for (const thing of opened) await thing[Symbol.asyncDispose]()
})

const ask = async (model: string, question: string): Promise<void> => {
  const response = await fetch(`${assay.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: question }] }),
  })
  await response.arrayBuffer()
}

const report = (order: number) =>
  assay.call('POST', '/api/v1/failures', {
    name: 'TypeError',
    message: `Cannot read properties of undefined (reading 'total')`,
    stack: `TypeError: Cannot read properties of undefined (reading 'total')\n    at renderInvoice (/srv/app/${order}/src/invoice.ts:${order}:17)`,
    request: { model: 'sim/smart', messages: [{ role: 'user', content: `Render the invoice of order ${order}` }] },
  })

test.skipIf(!browser)('the one-time link signs in once, and leaves no token in the address', async () => {
  expect(page.url()).toMatch(/\/w\/local\/overview$/)
  const { url } = await assay.call<{ url: string }>('POST', '/api/v1/sign-in-links')
  const token = new URLSearchParams(new URL(url).hash.slice(1)).get('token')
  const exchange = () =>
    fetch(`${assay.url}/api/v1/sign-in`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token }),
    })
  expect((await exchange()).status).toBe(200)
  expect((await exchange()).status).toBe(401)
})

test.skipIf(!browser)('a request appears without a reload', async () => {
  await page.goto(`${assay.url}/w/local/requests`)
  await page.getByText('What is the meaning of 11?').first().waitFor()
  await ask('sim/echo', 'A question that came later')
  const later = page.getByText('A question that came later').first()
  await later.waitFor()
  expect(await later.isVisible()).toBe(true)
})

test.skipIf(!browser)('the failures of one cause stand in one group, with the test they became', async () => {
  await page.goto(`${assay.url}/w/local/failures`)
  await page.getByText("Cannot read properties of undefined (reading 'total')").first().click()
  await page
    .getByText(/renderInvoice/)
    .first()
    .waitFor()
  await page.goto(`${assay.url}/w/local/regression-tests`)
  const made = page.getByText('regression_type_error').first()
  await made.waitFor()
  expect(await made.isVisible()).toBe(true)
})

for (const scheme of ['light', 'dark'] as const) {
  for (const screen of ['overview', 'requests', 'failures', 'regression-tests']) {
    test.skipIf(!browser)(`${screen} in ${scheme} has no accessibility violation`, async () => {
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' })
      await page.goto(`${assay.url}/w/local/${screen}`)
      await page.getByRole('heading', { level: 1 }).waitFor()
      await page.locator('[class*="Skeleton"]').first().waitFor({ state: 'detached' })
      await page.evaluate(axe)
      const violations = await page.evaluate(async (tags) => {
        const { axe } = globalThis as unknown as {
          axe: { run: (options: object) => Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> }
        }
        const found = await axe.run({ runOnly: { type: 'tag', values: tags } })
        return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`)
      }, rules)
      expect(violations).toEqual([])
    })
  }
}

test.skipIf(!browser)('nothing was asked of another origin', () => {
  expect(otherOrigins).toEqual([])
})
