import { join } from 'node:path'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { launchChromium } from '@assay/testkit'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { makeWorld, type World } from './testing/answers.ts'
import { startPageServer, type PageServer } from './testing/page-server.ts'

/**
 * The built pages in a real browser, under the true policy, against an API that answers from fixtures held to the
 * contracts, so that it can also be empty, slow, broken or refuse.
 */
const axeSource = readFileSync(createRequire(join(import.meta.dirname, 'x.js')).resolve('axe-core/axe.min.js'), 'utf8')
const axeTags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

const browser: Browser | null = await launchChromium()
let server: PageServer
let world: World
let page: Page
let troubles: string[] = []

const schemes = ['light', 'dark'] as const

describe.skipIf(browser === null)('the pages', () => {
  beforeAll(async () => {
    world = makeWorld(Date.now())
    server = await startPageServer(world)
  })
  afterAll(async () => {
    await server[Symbol.asyncDispose]()
    await browser?.close()
  })
  beforeEach(() => {
    server.set({ mode: 'filled' })
    return async () => {
      await page.context().close()
      if (troubles.length > 0) throw new Error(`The page had trouble: ${troubles.join('; ')}`)
    }
  })

  /** Opens a path in a browser that has never been here; what goes wrong in it fails the test. */
  const open = async (path: string, options: { scheme?: 'light' | 'dark'; width?: number } = {}) => {
    const { scheme = 'light', width = 1_280 } = options
    const context = await browser!.newContext({ colorScheme: scheme, viewport: { width, height: 800 } })
    page = await context.newPage()
    troubles = []
    page.on('pageerror', (error) => troubles.push(`threw ${error.message}`))
    page.on('console', (message) => {
      // A refused call is what some of these tests are about; everything else is not expected.
      if (message.type() === 'error' && !message.text().includes('the server responded with a status of')) {
        troubles.push(message.text())
      }
    })
    page.on('request', (request) => {
      if (!request.url().startsWith(server.url)) troubles.push(`left for ${request.url()}`)
    })
    await page.goto(server.url + path)
  }

  /** The screen is there, nothing loads or changes colour any more, and every chart is drawn: all at one moment. */
  const settled = () =>
    page.waitForFunction(() => {
      const isBusy = document.querySelector('[aria-busy="true"]') !== null
      const isDrawn = [...document.querySelectorAll('figure')].every((figure) => figure.querySelector('svg'))
      const isChanging = document.getAnimations().some((animation) => animation instanceof CSSTransition)
      return document.querySelector('h1') !== null && !isBusy && isDrawn && !isChanging
    })

  const violations = async () => {
    if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axeSource)
    return page.evaluate(async (tags) => {
      const { axe } = window as unknown as { axe: typeof import('axe-core') }
      const { violations } = await axe.run(document, { runOnly: tags })
      return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id} at ${target.join(' ')}`))
    }, axeTags)
  }

  const screens = () => ({
    overview: '/w/local/overview',
    requests: '/w/local/requests',
    failures: '/w/local/failures',
    runs: '/w/local/runs',
    'regression tests': '/w/local/regression-tests',
    quality: '/w/local/quality',
    'providers and keys': '/w/local/providers',
    'cache and feedback': '/w/local/cache',
    'alerts and schedules': '/w/local/schedules',
  })
  const details = () => ({
    'request drawer': `/w/local/requests/${world.requests.find(({ attempts }) => attempts.length > 1)!.id}`,
    'failure group': `/w/local/failures/${world.groups[0]!.id}`,
    'regression test': `/w/local/regression-tests/${world.tests[0]!.id}`,
    run: `/w/local/runs/${world.runs[1]!.run.id}`,
    'result of a run': `/w/local/runs/${world.runs[1]!.run.id}?result=1/sim/echo//case-1`,
    'sign-in': '/sign-in',
    'not found': '/w/local/requets',
  })

  test.each(['filled', 'empty', 'error'] as const)(
    'no screen has a barrier, in either scheme, when it is %s',
    async (mode) => {
      const found: Record<string, string[]> = {}
      server.set({ mode })
      await open('/w/local/overview')
      for (const [name, path] of Object.entries(mode === 'filled' ? { ...screens(), ...details() } : screens())) {
        await page.goto(server.url + path)
        for (const scheme of schemes) {
          await page.emulateMedia({ colorScheme: scheme })
          await page.locator(`html[data-mantine-color-scheme="${scheme}"]`).waitFor()
          await settled()
          found[`${name}, ${scheme}, ${mode}`] = await violations()
        }
      }
      for (const [name, list] of Object.entries(found)) process.stderr.write(`axe: ${name}: ${list.length}\n`)
      expect(Object.fromEntries(Object.entries(found).filter(([, list]) => list.length > 0))).toEqual({})
    },
    240_000,
  )

  test('a regression test is written, proven, put in quarantine and changed, all by what is said on the page', async () => {
    await open('/w/local/regression-tests')
    await settled()
    await page.getByRole('button', { name: 'Write a test' }).click()
    const form = page.getByRole('form', { name: 'Write a test' })
    await form.getByRole('textbox', { name: 'Name' }).fill('smoke_capital')
    await form.getByRole('textbox', { name: 'Target' }).fill('sim/echo')
    await form.getByRole('textbox', { name: 'Prompt' }).fill('Name the capital.')
    await page.getByLabel('Expected, as JSON').fill('{')
    await page.getByText('That is no JSON.').waitFor()
    expect(await violations()).toEqual([])
    await page.getByLabel('Expected, as JSON').fill('{ "shouldNotFail": true }')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('smoke_capital is there.').waitFor()
    await page.getByRole('button', { name: 'Make a test' }).click()
    await page.getByText('is a test now.').waitFor()

    await open(`/w/local/regression-tests/${world.tests[0]!.id}`)
    await settled()
    await page.getByText('on the recorded answer').waitFor()
    await page.getByText(/Is the test reliable\? 90 % interval/).waitFor()
    await page.getByRole('button', { name: 'Show red and green' }).click()
    await page.getByText('The proof is queued').waitFor()
    await page.getByRole('button', { name: 'Put in quarantine' }).click()
    await page.getByText('it runs and blocks nothing.').waitFor()
    await page.getByRole('button', { name: 'Change' }).click()
    await page.getByLabel('Tags, with commas between').fill('critical, priority:high')
    expect(await violations()).toEqual([])
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('is changed.').waitFor()
    expect(server.calls).toContain('post /api/v1/regression-tests/{id}/verify'.replace('{id}', world.tests[0]!.id))
  })

  test('alerts are taken on, channels tested, and a rule added, all by what is said on the page', async () => {
    await open('/w/local/schedules')
    await settled()
    await page.getByRole('button', { name: /^Acknowledge: Today has cost/ }).click()
    await page.getByText('Noted that you are looking at it.').waitFor()
    await page.getByRole('button', { name: 'Send a test on call' }).click()
    await page.getByText('on call took the test message.').waitFor()
    await page.getByRole('button', { name: 'Send a test team mail' }).click()
    await page.getByText('team mail did not take it: the receiver answered 500').waitFor()
    await page.getByRole('button', { name: 'Add a rule' }).click()
    await page.getByLabel('Name').fill('everything')
    await page.getByRole('checkbox', { name: 'on call' }).check()
    expect(await violations()).toEqual([])
    await page.getByRole('dialog').getByRole('button', { name: 'Add a rule' }).click()
    await page.getByText('everything tells from now on.').waitFor()
    await page.getByRole('button', { name: 'Add a channel' }).click()
    await page.getByLabel('Name').fill('pager')
    await page.getByLabel('Address').fill('https://hooks.example.com/pager')
    await page.getByRole('dialog').getByRole('button', { name: 'Add a channel' }).click()
    await page.getByText('whsec_shown-once').waitFor()
  }, 60_000)

  test('a schedule shows its next three runs while it is written, is added, changed, paused and run', async () => {
    await open('/w/local/schedules')
    await settled()
    await page.getByRole('button', { name: 'Run now every 6 hours' }).click()
    await page.getByText('8 tests are queued.').waitFor()
    await page.getByRole('button', { name: 'Pause every 6 hours' }).click()
    await page.getByText('every 6 hours rests.').waitFor()
    expect(await page.getByRole('button', { name: 'Remove every 6 hours' }).count()).toBe(0)
    await page.getByRole('button', { name: 'Go on nightly' }).click()
    await page.getByText('nightly goes on.').waitFor()
    await page.getByRole('button', { name: 'Add a schedule' }).click()
    const form = page.getByRole('dialog')
    await form.getByLabel('Name').fill('weekdays')
    await form.getByLabel('Time zone').selectOption('Europe/Berlin')
    await form.getByText('Tue 24 Nov, 02:30').waitFor()
    await form.getByLabel('When').fill('61 * * * *')
    await form.getByText('minute 61: 61 is not from 0 to 59').waitFor()
    expect(await form.getByRole('button', { name: 'Add a schedule' }).isDisabled()).toBe(true)
    expect(await violations()).toEqual([])
    await form.getByLabel('When').fill('30 2 * * mon-fri')
    await form.getByLabel('Runs').selectOption('tag')
    await form.getByLabel(/^Tag/).fill('checkout')
    await form.getByRole('button', { name: 'Add a schedule' }).click()
    await page.getByText('weekdays runs by itself from now on.').waitFor()
    await page.getByRole('button', { name: 'Change checkout' }).click()
    expect(await form.getByLabel(/^Tag/).inputValue()).toBe('checkout')
    await form.getByLabel('Runs').selectOption('named')
    await form.getByRole('checkbox').first().check()
    expect(await violations()).toEqual([])
    await form.getByRole('button', { name: 'Save' }).click()
    await page.getByText('checkout, in the working hours of Berlin is changed.').waitFor()
  }, 60_000)

  test('nothing has to be scrolled sideways at 360 pixels', async () => {
    await open('/w/local/overview', { width: 360 })
    for (const path of Object.values({ ...screens(), ...details() })) {
      await page.goto(server.url + path)
      await settled()
      expect([path, await page.evaluate(() => document.documentElement.scrollWidth)]).toEqual([path, 360])
    }
  }, 120_000)

  test('the scheme of the system holds from the first paint, and a choice outlives a reload', async () => {
    await open('/w/local/overview', { scheme: 'dark' })
    const scheme = () => page.locator('html').getAttribute('data-mantine-color-scheme')
    expect(await scheme()).toBe('dark')
    await settled()
    await page.locator('label', { hasText: 'Light' }).click()
    await expect.poll(scheme).toBe('light')
    await page.reload({ waitUntil: 'commit' })
    await page.waitForSelector('#root', { state: 'attached' })
    expect(await scheme()).toBe('light')
  })

  test('a panel that fails names the code and the request, leaves the others alone, and tries again when asked', async () => {
    server.set({ failing: 'listFailureFamilies' })
    await open('/w/local/overview')
    const problem = page.locator('[data-state="error"]')
    await problem.waitFor()
    expect(await problem.count()).toBe(1)
    expect(await problem.textContent()).toContain('internal.unexpected')
    expect(await problem.textContent()).toContain('01930000-0000-7000-8000-00000000beef')
    await page.getByText(/\d of \d+ tests guarding/).waitFor()
    server.set({ failing: null })
    await problem.getByRole('button', { name: 'Retry' }).click()
    await page.getByText(world.groups[0]!.title).waitFor()
    expect(await problem.count()).toBe(0)
  })

  test('while loading nothing flickers at once, then grey lines show, then the data', async () => {
    server.set({ delayMs: 900 })
    await open('/w/local/failures')
    const loading = page.locator('[data-state="loading"]')
    await loading.waitFor()
    expect(await loading.getAttribute('aria-busy')).toBe('true')
    await loading.locator('[data-visible]').first().waitFor()
    await page.getByText('6 groups').waitFor()
    expect(await loading.count()).toBe(0)
  })

  test('data that cannot be refreshed stays, with its age', async () => {
    await open('/w/local/failures')
    await page.getByText('6 groups').waitFor()
    await page.locator('[data-state="connected"]:visible').waitFor()
    server.set({ mode: 'error' })
    server.publish(event('failures', 'failure.recorded'))
    const partial = page.locator('[data-state="partial"]')
    await partial.waitFor()
    expect(await partial.textContent()).toContain('Shown as of')
    expect(await page.getByText(world.groups[0]!.title).count()).toBe(1)
  })

  test('what a person may not see says who can grant it', async () => {
    server.set({ mode: 'forbidden' })
    await open('/w/local/regression-tests')
    await page.locator('[data-state="not-allowed"]').waitFor()
    expect(await page.locator('[data-state="not-allowed"]').textContent()).toContain('owner or admin')
  })

  test('a server that does not answer is given up after its time limit', async () => {
    server.set({ mode: 'silent' })
    await open('/w/local/requests')
    await page.locator('[data-state="error"]').waitFor({ timeout: 20_000 })
    expect(await page.locator('[data-state="error"]').textContent()).toContain('client.timeout')
  }, 40_000)

  test('an empty workspace shows how to begin, and changes by itself when the first request comes', async () => {
    server.set({ mode: 'empty' })
    await open('/w/local/overview')
    await page.getByText('Set up in five steps').waitFor()
    expect(await page.locator('pre').nth(1).textContent()).toContain(`curl ${server.url}/v1/chat/completions`)
    await page.locator('[data-state="connected"]:visible').waitFor()
    server.set({ mode: 'filled' })
    server.publish(event('requests', 'request.closed'))
    await page.getByText('Spend against baseline').waitFor()
    expect(await page.getByText('Set up in five steps').count()).toBe(0)
  })

  test('filters are the address: reload, back and a pasted link show the same', async () => {
    await open('/w/local/requests')
    await settled()
    await page.getByLabel('Status').selectOption('failed')
    await expect.poll(() => page.url()).toContain('status=failed')
    await settled()
    const shown = await page.locator('tbody tr').count()
    expect(shown).toBeGreaterThan(5)
    expect(await page.locator('tbody').textContent()).not.toContain('Completed')
    await page.locator('tbody a').first().click()
    await page.getByRole('dialog').waitFor()
    expect(page.url()).toMatch(/requests\/[0-9a-f-]{36}\?status=failed/)
    await page.reload()
    await page.getByRole('dialog').getByText('gateway.timeout').first().waitFor()
    await page.goBack()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    expect(await page.locator('tbody tr').count()).toBe(shown)
  })

  test('every filter of the log is in the address, is cleared at once, and the files hold what it leaves', async () => {
    await open('/w/local/requests')
    await settled()
    await page.getByRole('button', { name: 'More filters' }).click()
    await page.getByLabel('Class').selectOption('complex')
    await page.getByLabel('Cache').selectOption('off')
    await page.getByLabel('Tag, as name=value').fill('feature=invoices')
    await expect.poll(() => page.url()).toContain('tag=feature%3Dinvoices')
    expect(page.url()).toMatch(/complexity=complex.*cache=off/)
    await settled()
    await page.reload()
    await settled()
    expect(await page.getByLabel('Class').inputValue()).toBe('complex')
    const file = await page.getByRole('link', { name: 'Export what the filters leave as CSV' }).getAttribute('href')
    expect(new URL(file!, server.url).search).toMatch(
      /format=csv.*complexity=complex.*cache=off.*tag=feature%3Dinvoices/,
    )
    await page.getByLabel('Since').selectOption('between')
    await page.getByLabel('Until').fill('2020-01-01T00:00')
    await page.getByText('No request matches these filters.').waitFor()
    await page.locator('[data-state="empty"]').getByRole('button', { name: 'Clear filters' }).click()
    await page.locator('tbody tr').first().waitFor()
    expect(new URL(page.url()).search).toBe('')
  })

  test('new requests appear by themselves at the top, and wait while somebody reads further down', async () => {
    await open('/w/local/requests')
    await settled()
    await page.locator('[data-state="connected"]:visible').waitFor()
    const arrive = (text: string) => {
      const newest = world.requests[0]!
      const id = crypto.randomUUID()
      world.requests.unshift({
        ...newest,
        id,
        at: new Date(Date.parse(newest.at) + 1_000).toISOString(),
        promptPreview: text,
      })
      server.publish(event('requests', 'request.closed'))
    }
    const before = world.requests.length
    arrive('the first of the new ones')
    await page.locator('tbody').getByText('the first of the new ones').waitFor()
    await page.mouse.move(640, 500)
    await page.mouse.wheel(0, 900)
    await expect.poll(() => page.evaluate(() => window.scrollY)).toBeGreaterThan(500)
    const place = () =>
      page
        .locator('tbody tr')
        .nth(15)
        .evaluate((row) => [row.textContent, row.getBoundingClientRect().top])
    const stood = await place()
    arrive('the second of the new ones')
    const button = page.getByRole('button', { name: '1 new request' })
    await button.waitFor()
    expect(await place()).toEqual(stood)
    await button.click()
    await page.locator('tbody').getByText('the second of the new ones').waitFor()
    world.requests.splice(0, world.requests.length - before)
  })

  test('a request is asked again and both answers compared, and it becomes a test', async () => {
    await open(details()['request drawer'])
    const drawer = page.getByRole('dialog')
    await drawer.getByRole('button', { name: 'Ask again' }).click()
    await drawer.locator('ins', { hasText: 'Monday' }).waitFor()
    expect(await drawer.locator('del').first().textContent()).toContain('Tuesday')
    await drawer.getByLabel('Name').fill('order desk')
    await drawer.getByRole('button', { name: 'Show as a suite' }).click()
    await drawer.getByText('name: order desk').waitFor()
    await drawer.getByRole('button', { name: 'Keep as a regression test' }).click()
    await drawer.getByRole('link', { name: 'order desk' }).waitFor()
    expect(await violations()).toEqual([])
    await drawer.getByRole('button', { name: 'Bad answer' }).click()
    await page.getByText('Your vote is counted', { exact: false }).waitFor()
  })

  test('a value in the address that means nothing here is named and left out', async () => {
    await open('/w/local/requests?status=green&model=sim')
    await page.getByText('not known here (status)').waitFor()
    expect(await page.getByLabel('Model').inputValue()).toBe('sim')
  })

  test('of a long log only the rows in sight exist, and the rest comes with scrolling', async () => {
    await open('/w/local/requests')
    await settled()
    for (let step = 0; step < 14; step++) {
      await page.mouse.wheel(0, 2_000)
      await page.waitForTimeout(60)
    }
    await page.getByText('400 requests', { exact: true }).waitFor()
    expect(await page.locator('tbody tr').count()).toBeLessThan(60)
    expect(await page.locator('table').getAttribute('aria-rowcount')).toBe('401')
  })

  test('the whole way without a mouse: skip link, rows by arrows, drawer, and back to where it began', async () => {
    await open('/w/local/requests')
    await settled()
    await page.keyboard.press('Tab')
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to content')
    await page.keyboard.press('Enter')
    await page.locator('tbody a').first().focus()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowDown')
    const focused = () =>
      page.evaluate(() => document.activeElement?.closest('[data-index]')?.getAttribute('data-index'))
    await expect.poll(focused).toBe('2')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await expect.poll(focused).toBe('2')
  })

  test('groups are merged, split and put back, and rules tried and added, by what is said on the page', async () => {
    await open(`/w/local/failures/${world.groups[0]!.id}`)
    await settled()
    await page.getByText('91 % alike').waitFor()
    await page.getByText('Widespread now').waitFor()
    await page.getByRole('button', { name: /^Take out 0b7f/ }).click()
    await page.getByRole('button', { name: /0b7f/ }).click()
    await page.getByText('Taken out into a group of its own', { exact: false }).waitFor()
    await page.getByRole('button', { name: /^Undo: Merged in/ }).click()
    await page.getByText('everything is where it was', { exact: false }).waitFor()
    await page
      .getByRole('checkbox', { name: /^Select the occurrence/ })
      .first()
      .check()
    await page.getByRole('button', { name: 'Take 1 occurrence out' }).waitFor()
    await page.getByRole('button', { name: /^Merge into it this group/ }).click()
    await page.getByRole('button', { name: /this group into/ }).click()
    await page.getByText('Merged into', { exact: false }).first().waitFor()
    await page.waitForURL(`**/failures/${world.groups[1]!.id}*`)
    await page.getByRole('button', { name: 'Settle or rename' }).click()
    expect(await violations()).toEqual([])
    await page.getByLabel('Release with the fix').fill('2.15.0')
    await page.getByRole('dialog').getByRole('button', { name: 'Resolve' }).click()
    await page.getByText('The group is resolved.', { exact: false }).waitFor()

    await page.goto(`${server.url}/w/local/failures?severity=critical`)
    await page.getByText('1 group').waitFor()
    await page.getByRole('button', { name: 'Grouping rules' }).click()
    await page.getByText('overloaded models').waitFor()
    await page.getByLabel('Name').fill('by model')
    await page.getByLabel('Pattern').fill('model (?<model>\\w+)')
    await page.getByLabel('Grouped as').fill('{{param.model}}')
    await page.getByRole('button', { name: 'Try it' }).click()
    await page.getByText('Matches 12 of the 200 newest failures.').waitFor()
    expect(await violations()).toEqual([])
    await page.getByRole('button', { name: 'Add the rule' }).click()
    await page.getByText('by model decides from now on.').waitFor()
    Object.assign(world.groups[1]!, { state: 'reopened' })
  }, 60_000)

  test('text of a model or a user is text', async () => {
    await open('/w/local/requests')
    await page.getByText('<img src=x onerror', { exact: false }).first().waitFor()
    expect(await page.title()).not.toBe('owned')
    await page.goto(`${server.url}/w/local/failures/${world.groups[0]!.id}`)
    await page.getByText('<script>alert(1)</script>').waitFor()
    expect(await page.locator('main script, main img').count()).toBe(0)
  })

  test.each(['?', '#'])(
    'a link with its token behind %s signs in, and the token is gone from the address',
    async (mark) => {
      await open(`/sign-in${mark}token=good`)
      await page.getByRole('heading', { name: 'Overview' }).waitFor()
      expect(page.url()).toBe(`${server.url}/w/local/overview`)
      expect(await page.evaluate(() => history.length)).toBeLessThanOrEqual(2)
    },
  )

  test('a used link says so and how to get another; whoever is not signed in learns the same', async () => {
    await open('/sign-in#token=used')
    await page.getByText('npx assay open').waitFor()
    expect(page.url()).toBe(`${server.url}/sign-in`)
    await page.context().close()
    server.set({ mode: 'signed-out' })
    await open('/w/local/failures')
    await page.getByText('You are not signed in').waitFor()
    expect(page.url()).toBe(`${server.url}/sign-in`)
  })

  test('a group is resolved, a test is run, and the page says what came of it', async () => {
    await open(`/w/local/failures/${world.groups[3]!.id}`)
    await page.getByRole('button', { name: 'Resolve' }).click()
    await page.getByText('The group is resolved.', { exact: false }).waitFor()
    await page.getByRole('button', { name: 'Reopen' }).waitFor()
    await page.goto(`${server.url}/w/local/regression-tests`)
    await page.getByRole('button', { name: 'Run all' }).click()
    await page.getByText('8 tests queued', { exact: false }).waitFor()
    await page.getByRole('button', { name: 'Run smoke_checkout_page' }).click()
    await page.getByText('1 test queued', { exact: false }).waitFor()
    expect(server.calls.filter((call) => call === 'post /api/v1/regression-tests/run')).toHaveLength(2)
  })

  test('a run shows its cases by models, each result with its first difference, and how it stands against another', async () => {
    await open(`/w/local/runs/${world.runs[1]!.run.id}`)
    await page.getByText('It got worse, and that is more than chance.').waitFor()
    await page.getByText('1 model not run').waitFor()
    const cases = page.getByRole('table', { name: 'Cases', exact: true })
    expect(await cases.locator('tbody tr').count()).toBe(8)
    await page.getByLabel('Results').selectOption('failed')
    await expect.poll(() => page.url()).toContain('show=failed')
    await expect.poll(() => cases.locator('[data-status="passed"]').count()).toBe(0)
    await cases.locator('[data-status="failed"]').first().click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('First difference at character 21.').waitFor()
    expect(await dialog.locator('mark').allTextContents()).toEqual([
      'EUR, and 18.90 EUR of it is tax.',
      'USD. <script>alert(1)</script>',
    ])
    expect(page.url()).toContain('result=1%2F')
    await page.reload()
    await dialog.getByText('Assertions: 1 of 2 hold').waitFor()
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    expect(page.url()).not.toContain('result=')
    await page.getByLabel('Compare with').selectOption(world.runs[5]!.run.id)
    await expect.poll(() => page.url()).toContain(`with=${world.runs[5]!.run.id}`)
    await page.getByText('New: ', { exact: false }).waitFor()
  })

  test('a run under way is cancelled, kept as a baseline, and the list changes by itself', async () => {
    const { run } = world.runs[0]!
    await open(`/w/local/runs/${run.id}`)
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByText('The run is cancelled; its results stay.').waitFor()
    await page.getByRole('button', { name: 'Keep as baseline' }).click()
    await page.getByRole('textbox', { name: 'Name' }).fill('nightly')
    expect(await violations()).toEqual([])
    await page.getByRole('button', { name: 'Keep', exact: true }).click()
    await page.getByText('This run is the baseline nightly.').waitFor()
    await page.getByRole('link', { name: 'All runs' }).click()
    await page.getByText('Baseline nightly', { exact: true }).waitFor()
    await page.locator('[data-state="connected"]:visible').waitFor()
    world.runs[6]!.run.status = 'running'
    server.publish(event('runs', 'run.started'))
    await page.getByRole('listitem').getByText('Running', { exact: true }).waitFor()
    await page.getByLabel('Status').selectOption('cancelled')
    await expect.poll(() => page.url()).toContain('status=cancelled')
    await page.getByText('2 runs', { exact: true }).waitFor()
  })

  test('a credential is added, checked, replaced and removed, and its key is seen nowhere', async () => {
    await open('/w/local/providers')
    await settled()
    await page.getByRole('button', { name: 'Add a credential' }).click()
    const form = page.getByRole('dialog')
    await form.getByLabel('Provider').selectOption('groq')
    expect(await form.getByLabel('Base URL').inputValue()).toBe('https://api.groq.com/openai/v1')
    await form.getByLabel(/^Key/).fill('gsk-a-secret-of-the-page')
    expect(await violations()).toEqual([])
    await form.getByRole('button', { name: 'Check and store' }).click()
    await form.waitFor({ state: 'detached' })
    await page.getByText('groq is stored for compatible', { exact: false }).waitFor()
    await page.getByText('https://api.groq.com/openai/v1').waitFor()
    await page.getByRole('button', { name: 'Check groq' }).click()
    await page.getByText('groq is accepted', { exact: false }).waitFor()
    await page.getByRole('button', { name: 'Rotate groq' }).click()
    await form.getByLabel(/^Key/).fill('gsk-another-secret-of-it')
    await form.getByRole('button', { name: 'Check and replace' }).click()
    await page.getByText('groq has a new key', { exact: false }).waitFor()
    expect(await page.content()).not.toContain('secret-of')
    await page.getByRole('button', { name: 'Remove groq' }).click()
    await page.getByRole('button', { name: 'Remove for good? groq' }).click()
    await page.getByText('https://api.groq.com/openai/v1').waitFor({ state: 'detached' })
  })

  test('a gateway key is made with its limits, shown once, and revoked', async () => {
    await open('/w/local/providers')
    await settled()
    await page.getByRole('button', { name: 'Make a gateway key' }).click()
    const form = page.getByRole('dialog')
    await form.getByLabel('Name').fill('checkout')
    await form.getByLabel('Requests a minute').fill('600')
    await form.getByLabel('Budget in USD').fill('25')
    await form.getByRole('button', { name: 'Make a gateway key' }).click()
    await form.getByText('as_live_shown-once').waitFor()
    expect(await violations()).toEqual([])
    await form.getByRole('button', { name: 'I have kept it' }).click()
    await form.waitFor({ state: 'detached' })
    await page.getByText('600 requests a minute · $0.00 of $25.00 a month').waitFor()
    expect(await page.content()).not.toContain('shown-once')
    await page.getByRole('button', { name: 'Revoke checkout' }).click()
    await page.getByRole('button', { name: 'Revoke for good? checkout' }).click()
    await page.getByText('checkout is revoked', { exact: false }).waitFor()
  })

  test('a path that nobody knows names the nearest screens', async () => {
    await open('/w/local/requets')
    await page.getByText('There is no such page').waitFor()
    expect(await page.locator('main li').first().textContent()).toBe('Requests')
  })
})

const event = (
  topic: 'requests' | 'failures' | 'runs',
  type: 'request.closed' | 'failure.recorded' | 'run.started',
) => ({
  topic,
  type,
  id: 'x',
  at: new Date().toISOString(),
  counters: {},
})
