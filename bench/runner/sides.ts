import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { suiteText } from './checks.ts'

/** What one command used from its start to its end, the loading of its modules included. */
export type Used = { passed: number; wallMs: number; cpuMs: number; peakMb: number }

export type Side = 'assay' | 'bare' | 'promptfoo'

export type Place = { folder: string; url: string }

const root = join(import.meta.dirname, '../..')
const launcher = join(root, 'packages/cli/bin/assay.js')
export const peerRoot = join(root, 'bench/peers/promptfoo')
const peer = join(peerRoot, 'node_modules/promptfoo/dist/src/entrypoint.js')
export const hasPeer = existsSync(peer)

/** Runs so many cases on one side, in a folder of its own that keeps what `isCached` runs find there. */
export const runCases = async (
  side: Side,
  { folder, url }: Place,
  { cases, isCached = false }: { cases: number; isCached?: boolean },
): Promise<Used> => {
  const home = join(folder, side)
  mkdirSync(home, { recursive: true })
  const suite = join(home, 'promptfooconfig.json')
  writeFileSync(suite, suiteText(cases))
  const results = join(home, 'results.json')
  const environment = { OPENAI_API_KEY: 'sk-bench', OPENAI_BASE_URL: `${url}/v1` }
  const cache = isCached ? [] : ['--no-cache']
  if (side === 'bare') {
    return passedOf(await runNode([join(import.meta.dirname, 'bare.ts'), url, String(cases)], { home, environment }))
  }
  if (side === 'assay') {
    const words = [launcher, 'test', suite, '-j', '50', '--json', ...cache]
    return passedOf(await runNode(words, { home, environment: { ...environment, ASSAY_DATA: join(home, 'data') } }))
  }
  const quiet = ['--no-table', '--no-progress-bar', '-o', results]
  const words = [peer, 'eval', '-c', suite, '-j', '50', ...quiet, ...cache]
  const own = { PROMPTFOO_CONFIG_DIR: join(home, 'data'), PROMPTFOO_DISABLE_TELEMETRY: '1' }
  const used = await runNode(words, { home, environment: { ...environment, ...own, PROMPTFOO_DISABLE_UPDATE: '1' } })
  const { results: told } = JSON.parse(readFileSync(results, 'utf8')) as { results: { stats: { successes: number } } }
  rmSync(results)
  return { ...used, passed: told.stats.successes }
}

/** `assay --version` and the least that Node can do. */
export const runSmall = (what: 'version' | 'nothing', { folder }: Place): Promise<Used & { output: string }> =>
  runNode(what === 'version' ? [launcher, '--version'] : ['-e', '0'], { home: folder, environment: {}, isBare: true })

const passedOf = ({ output, ...used }: Used & { output: string }): Used => {
  const last = JSON.parse(output.trimEnd().split('\n').at(-1)!) as { passed?: number; totals?: { passed: number } }
  return { ...used, passed: last.totals?.passed ?? last.passed ?? 0 }
}

/** What it prints goes to a file, so that nobody who reads slowly counts. */
const runNode = async (
  words: readonly string[],
  { home, environment, isBare = false }: { home: string; environment: NodeJS.ProcessEnv; isBare?: boolean },
): Promise<Used & { output: string }> => {
  const [use, printed] = [join(home, 'use.json'), join(home, 'printed.txt')]
  const reporter = pathToFileURL(join(import.meta.dirname, 'report-use.mjs')).href
  const descriptor = openSync(printed, 'w')
  const errors = openSync(join(home, 'errors.txt'), 'w')
  const startedMs = performance.now()
  const child = spawn(process.execPath, words, {
    cwd: home,
    stdio: ['ignore', descriptor, errors],
    env: {
      PATH: process.env['PATH'],
      HOME: home,
      NODE_COMPILE_CACHE: join(home, 'compiled'),
      ...(!isBare && { NODE_OPTIONS: `--import=${reporter}`, BENCH_USE: use }),
      ...environment,
    },
  })
  const [code] = (await once(child, 'exit')) as [number | null]
  const wallMs = performance.now() - startedMs
  closeSync(descriptor)
  closeSync(errors)
  if (code !== 0) {
    throw new Error(
      `${words.slice(0, 3).join(' ')} ended with ${code}: ${readFileSync(join(home, 'errors.txt'), 'utf8')}`,
    )
  }
  const { cpuMs, peakMb } = isBare ? { cpuMs: 0, peakMb: 0 } : (JSON.parse(readFileSync(use, 'utf8')) as Used)
  return { passed: 0, wallMs, cpuMs, peakMb, output: readFileSync(printed, 'utf8') }
}
