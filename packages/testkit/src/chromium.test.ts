import { afterEach, expect, test } from 'vitest'
import { launchChromium } from './chromium.ts'

const before = process.env['ASSAY_CHROMIUM']

afterEach(() => {
  if (before === undefined) delete process.env['ASSAY_CHROMIUM']
  else process.env['ASSAY_CHROMIUM'] = before
})

test('a browser that is named but cannot be run is an error with its name, not a silent choice of another', async () => {
  process.env['ASSAY_CHROMIUM'] = '/nowhere/chromium'
  await expect(launchChromium()).rejects.toThrow('ASSAY_CHROMIUM names /nowhere/chromium')
})
