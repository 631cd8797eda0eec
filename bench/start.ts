import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/**
 * How long a start takes: `assay --version` beside a bare `node -e 0`, and `assay serve` until it listens, on a data
 * directory that is there and on one that is not. Rounds are interleaved; medians are told.
 *
 *   node -C assay-source bench/start.ts [--json] [--rounds 9]
 */
const launcher = join(import.meta.dirname, '../packages/cli/bin/assay.js')
const rounds = Number(argumentOf('--rounds') ?? 9)
const asJson = process.argv.includes('--json')

const base = mkdtempSync(join(tmpdir(), 'assay-bench-'))
const warmData = join(base, 'warm')

const kinds = {
  'node -e 0': async () => run(['-e', '0']),
  'assay --version': async () => run([launcher, '--version']),
  'assay serve, warm': async () => serveUntilReady(warmData),
  'assay serve, cold': async (round: number) => serveUntilReady(join(base, `cold-${round}`)),
}
type Kind = keyof typeof kinds

try {
  const measured = new Map<Kind, number[]>()
  run([launcher, '--version']) // fills the compile cache, as any earlier use does
  await serveUntilReady(warmData)
  for (let round = 0; round < rounds; round++) {
    for (const [kind, measure] of Object.entries(kinds) as [Kind, (round: number) => Promise<number>][]) {
      measured.set(kind, [...(measured.get(kind) ?? []), await measure(round)])
      if (!asJson) process.stderr.write('.')
    }
  }
  report(measured)
} finally {
  rmSync(base, { recursive: true, force: true })
}

function run(words: string[]): number {
  const startedMs = performance.now()
  const { status, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${words.join(' ')} ended with ${status}: ${stderr}`)
  return performance.now() - startedMs
}

/** From the start of the process to the line that says where it listens. */
async function serveUntilReady(dataDir: string): Promise<number> {
  const startedMs = performance.now()
  const child = spawn(process.execPath, [launcher, 'serve', '--json', '--quiet'], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ASSAY_PORT: '0', ASSAY_DATA: dataDir },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const ready = new Promise<number>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', () => resolve(performance.now() - startedMs))
    void exited.then(([code]) => reject(new Error(`assay serve ended with ${code}`)))
  })
  const tookMs = await ready
  child.kill('SIGTERM')
  await exited
  return tookMs
}

function report(measured: Map<Kind, number[]>): void {
  const medians = Object.fromEntries([...measured].map(([kind, values]) => [kind, median(values)])) as Record<
    Kind,
    number
  >
  const result = {
    machine: { node: process.version, platform: process.platform, cpus: cpus().length, model: cpus()[0]?.model },
    rounds,
    mediansMs: medians,
    ratios: { 'assay --version / node -e 0': medians['assay --version'] / medians['node -e 0'] },
    allMs: Object.fromEntries(measured),
  }
  if (asJson) {
    process.stdout.write(`${JSON.stringify(result)}\n`)
    return
  }
  process.stderr.write('\n')
  for (const [kind, milliseconds] of Object.entries(medians)) {
    process.stdout.write(`${kind.padEnd(20)} ${milliseconds.toFixed(0).padStart(6)} ms\n`)
  }
  for (const [name, ratio] of Object.entries(result.ratios)) process.stdout.write(`${name}: ${ratio.toFixed(2)}\n`)
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

function argumentOf(name: string): string | undefined {
  const index = process.argv.indexOf(name)
  return index < 0 ? undefined : process.argv[index + 1]
}
