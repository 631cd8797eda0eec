import { accessSync, constants, mkdirSync, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'

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
      'NO BROWSER: the tests of the pages are left out. Install Chromium, name one in ASSAY_CHROMIUM, or run `npm ci` under Node 24 so that npm brings @sparticuz/chromium.'
    if (process.env['CI']) throw new Error(sentence)
    process.stderr.write(`\n${sentence}\n\n`)
    return null
  }
  return chromium.launch({ executablePath: found.path, args: [...found.flags, ...flags], headless: true })
}

type Found = { path: string; flags: readonly string[] }

const findChromium = async (): Promise<Found | null> => {
  const named = process.env['ASSAY_CHROMIUM']
  if (named) {
    if (!isExecutable(named)) throw new Error(`ASSAY_CHROMIUM names ${named}, which cannot be run.`)
    return { path: named, flags: [] }
  }
  const path = onPath()
  return path ? { path, flags: [] } : fromNpm()
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

type Packed = { default: { args: string[]; executablePath(): Promise<string> } }

/** The packed browser is an optional dependency, which npm leaves out where it does not fit. */
const packedName = '@sparticuz/chromium'

const fromNpm = async (): Promise<Found | null> => {
  const before = process.env['TMPDIR']
  // It unpacks into TMPDIR when it is first asked, and runs whatever already lies there under its name: only a
  // directory of our own will do.
  const folder = join(import.meta.dirname, '../../../node_modules/.cache/chromium')
  mkdirSync(folder, { recursive: true })
  process.env['TMPDIR'] = folder
  try {
    const { default: packed } = (await import(packedName)) as Packed
    return { path: await packed.executablePath(), flags: packed.args }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') return null
    throw error
  } finally {
    if (before === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = before
  }
}
