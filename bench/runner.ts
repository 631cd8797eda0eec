import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { hasPeer, peerRoot, runCases, runSmall, type Side, type Used } from './runner/sides.ts'
import { figure, rowsOf, type Samples } from './runner/table.ts'

/**
 * What a suite costs beyond the calls it makes: `assay test` with journal and JSON on, against a bare loop with the same
 * three checks and against promptfoo where it is installed. All read or ask the same and stand before the same local
 * server; each is a process of its own, rounds are interleaved, medians are told.
 *
 *   npm run bench -- runner [--cases 10000] [--rounds 5] [--peer-cases 1000] [--no-promptfoo] [--no-tenfold]
 *                           [--no-peer-at-full] [--json]
 */
const cases = Number(argumentOf('--cases') ?? 10_000)
const rounds = Number(argumentOf('--rounds') ?? 5)
const peerCases = Number(argumentOf('--peer-cases') ?? 1_000)
const has = (option: string): boolean => process.argv.includes(option)
const asJson = has('--json')
const withPeer = hasPeer && !has('--no-promptfoo')
const CACHED = 1_000

const say = (text: string): void => void process.stderr.write(text)
if (!withPeer) say(`Without promptfoo. To have it too: npm ci --prefix ${peerRoot} --ignore-scripts\n`)

const upstream = fork(new URL('./runner/upstream.ts', import.meta.url))
const [{ port }] = (await once(upstream, 'message')) as [{ port: number }]
const place = { folder: mkdtempSync(join(tmpdir(), 'assay-bench-')), url: `http://127.0.0.1:${port}` }
const samples: Samples = {}

try {
  const sides: Side[] = ['assay', 'bare', ...(withPeer ? (['promptfoo'] as const) : [])]
  // Fills what each keeps compiled, and what it keeps of answers.
  for (const side of sides) await keep(null, side, { cases: 10 })
  for (const side of sides) if (side !== 'bare') await keep(null, side, { cases: CACHED, isCached: true })
  await callsSince()
  let callsOfCached = 0
  for (let round = 0; round < rounds; round++) {
    await keep('assay', 'assay', { cases })
    await keep('bare', 'bare', { cases })
    if (withPeer) await keep('promptfoo many', 'promptfoo', { cases: peerCases })
    for (const side of sides) if (side !== 'bare') await keep(`${side} one`, side, { cases: 1 })
    await callsSince()
    await keep('assay cached', 'assay', { cases: CACHED, isCached: true })
    callsOfCached += await callsSince()
    if (withPeer) await keep('promptfoo cached', 'promptfoo', { cases: CACHED, isCached: true })
    for (const what of ['version', 'nothing'] as const) (samples[what] ??= []).push(await runSmall(what, place))
    say('.')
  }
  if (!has('--no-tenfold')) await keep('assay tenfold', 'assay', { cases: cases * 10 })
  const atFull = withPeer && !has('--no-peer-at-full')
  const peerAtFull = atFull ? await keep(null, 'promptfoo', { cases }) : null
  report(rowsOf(samples, { cases, peerCases, peerAtFull, callsOfCached }))
} finally {
  upstream.disconnect()
  rmSync(place.folder, { recursive: true, force: true })
}

/** Runs one side and keeps what it used under a name. */
async function keep(name: string | null, side: Side, how: { cases: number; isCached?: boolean }): Promise<Used> {
  const used = await runCases(side, place, how)
  if (used.passed !== how.cases) throw new Error(`${side}: ${used.passed} of ${how.cases} passed`)
  if (name !== null) (samples[name] ??= []).push(used)
  return used
}

/** How many calls the server had since this was asked the last time. */
async function callsSince(): Promise<number> {
  const answered = once(upstream, 'message') as Promise<[{ calls: number }]>
  upstream.send('calls')
  return (await answered)[0].calls
}

function report(rows: ReturnType<typeof rowsOf>): void {
  const load = loadavg()[0]!
  const machine = { cpu: cpus()[0]?.model, cores: cpus().length, node: process.version, load, cases, rounds }
  if (asJson) {
    console.log(JSON.stringify({ machine, rows, samples }))
    return
  }
  console.log(
    `\n${machine.cores} × ${machine.cpu}, Node ${machine.node}, load ${load.toFixed(1)}, ${cases} cases × 3 assertions, median of ${rounds}`,
  )
  for (const { measure, assay, other, ratio, target, verdict } of rows) {
    const against = ratio === null ? '' : `${figure(other!).padStart(8)} ${figure(ratio).padStart(6)}×`
    console.log(
      `${measure.padEnd(62)}${figure(assay).padStart(8)}${against.padEnd(18)} ${target.padEnd(16)} ${verdict}`,
    )
  }
}

function argumentOf(name: string): string | undefined {
  const index = process.argv.indexOf(name)
  return index === -1 ? undefined : process.argv[index + 1]
}
