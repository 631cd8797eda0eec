import { launchChromium } from '@assay/testkit'
import { makeWorld } from './packages/dashboard/src/testing/answers.ts'
import { startPageServer } from './packages/dashboard/src/testing/page-server.ts'
const world = makeWorld(Date.now())
const server = await startPageServer(world)
server.set({ mode: 'filled' })
const browser = (await launchChromium())!
for (const scheme of ['light', 'dark'] as const) {
  const context = await browser.newContext({ colorScheme: scheme, viewport: { width: 1280, height: 1000 } })
  const page = await context.newPage()
  const shot = async (path: string, name: string, act?: () => Promise<void>) => {
    await page.goto(server.url + path)
    await page.waitForTimeout(1500)
    await act?.()
    await page.screenshot({ path: `/tmp/w/shot-${name}-${scheme}.png`, fullPage: name === 'group' })
  }
  await shot('/w/local/failures', 'list')
  await shot(`/w/local/failures/${world.groups[0]!.id}`, 'group')
  await shot('/w/local/failures', 'rules', async () => {
    await page.getByRole('button', { name: 'Grouping rules' }).click()
    await page.waitForTimeout(800)
  })
  await shot(`/w/local/failures/${world.groups[5]!.id}`, 'settle', async () => {
    await page.getByRole('button', { name: 'Settle or rename' }).click()
    await page.waitForTimeout(800)
  })
  await shot('/w/local/overview', 'overview')
}
await browser.close()
await server[Symbol.asyncDispose]()
