import { accessSync, constants, mkdirSync, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { Browser } from 'playwright-core'

/** What every browser of the tests starts with: nothing it does by itself reaches a network. */
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']

/**
 * Starts a headless Chromium: that of `ASSAY_CHROMIUM`, else one on the PATH, else the one that npm brought. Null with
 * one sentence on stderr when there is none, so that the tests of the pages can be left out; in CI that is an error.
 */
export const launchChromium = async (): Promise<Browser | null> => {
  const found = await findChromium()
  if (found === null) {
    const sentence =
      'NO BROWSER: the tests of the pages are left out. Install Chromium, name one in ASSAY_CHROMIUM, or run `npm ci`, which brings one for 64-bit Linux.'
    if (process.env['CI']) throw new Error(sentence)
    process.stderr.write(`\n${sentence}\n\n`)
    return null
  }
  const { chromium } = await import('playwright-core')
  return chromium.launch({ executablePath: found, args: flags, headless: true })
}

const findChromium = async (): Promise<string | null> => {
  const named = process.env['ASSAY_CHROMIUM']
  if (named) {
    if (!isExecutable(named)) throw new Error(`ASSAY_CHROMIUM names ${named}, which cannot be run.`)
    return named
  }
  return onPath() ?? fromNpm()
}

const onPath = (): string | undefined =>
  (process.env['PATH'] ?? '')
    .split(delimiter)
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find((path) => isExecutable(path))

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

type Packed = { default: { executablePath(): Promise<string> } }

/** Not in every installation, so not a static import. */
const packedName = '@sparticuz/chromium'

const fromNpm = async (): Promise<string | null> => {
  const before = process.env['TMPDIR']
  // It unpacks into TMPDIR when it is first asked, and runs whatever already lies there under its name: only a
  // directory of our own will do.
  const folder = join(import.meta.dirname, '../../../node_modules/.cache/chromium')
  mkdirSync(folder, { recursive: true })
  process.env['TMPDIR'] = folder
  try {
    const { default: packed } = (await import(packedName)) as Packed
    // Its own flags run all in one process, which ends with its first page; ours hold for every browser.
    return await packed.executablePath()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') return null
    throw error
  } finally {
    if (before === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = before
  }
}
