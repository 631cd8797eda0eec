import { existsSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { bytesFor, fullRequests } from './gateway/asked.ts'
import { enduranceLines } from './gateway/endurance.ts'
import { closedLoop } from './gateway/load.ts'
import { startParty, type Party } from './gateway/party.ts'
import { slices, type Sample } from './gateway/slices.ts'
import { linesOf, print, type Rounds, type Side } from './gateway/table.ts'

/**
 * What the gateway adds to a call: the served Assay, with keys, costs and the durable log, against a proxy that only
 * moves bytes, and against Portkey where it is installed. All stand before the same local upstream, each in a process
 * of its own; rounds are interleaved, A B A B, and medians of the rounds' ratios are told.
 *
 *   npm run bench -- gateway [--json] [--rounds 7] [--seconds 1] [--warm 20] [--only json16,first1]
 *                            [--against ../another-checkout] [--no-portkey] [--no-endurance] [--long]
 */
const rounds = Number(argumentOf('--rounds') ?? 7)
const seconds = Number(argumentOf('--seconds') ?? 1)
const warmSeconds = Number(argumentOf('--warm') ?? 20)
const WARM_REQUESTS = 15_000
const only = argumentOf('--only')?.split(',')
const against = argumentOf('--against')
const asJson = process.argv.includes('--json')
const portkeyRoot = join(import.meta.dirname, 'peers/portkey')
const hasPortkey =
  existsSync(join(portkeyRoot, 'node_modules/@portkey-ai/gateway')) && !process.argv.includes('--no-portkey')

const say = (text: string): void => void process.stderr.write(text)
if (!hasPortkey) say(`Without Portkey. To have it too: npm ci --prefix ${portkeyRoot} --ignore-scripts\n`)

const upstream = await startParty('upstream')
const upstreamUrl = upstream.url
const parties = new Map<Side, Party>()
try {
  parties.set('assay', await startParty('assay', { upstreamUrl }))
  parties.set('blind', await startParty('blind', { upstreamUrl }))
  if (against) parties.set('before', await startParty('assay', { upstreamUrl, root: against }))
  if (hasPortkey) parties.set('portkey', await startParty('portkey', { upstreamUrl }))
  parties.set('direct', upstream)
  const full = new Map<Side, () => Buffer>()
  for (const [side, party] of parties) {
    if (isAssay(side)) full.set(side, fullRequests(party, await party.ask<string>('fullKey')))
  }

  const chosen = Object.entries(slices).filter(([name]) => !only || only.includes(name))
  const run = async (side: Side, party: Party, lasting: number): Promise<Sample> => {
    const sample: Sample = {}
    const place = { party, upstream, isPortkey: side === 'portkey', seconds: lasting, fullRequests: full.get(side)! }
    for (const [name, slice] of chosen) {
      if (slice.isOfAssay && !isAssay(side)) continue
      if (side === 'direct' && name !== 'first50') continue
      Object.assign(sample, await slice.run(place))
    }
    return sample
  }

  for (const [side, party] of parties) {
    if (side === 'direct') continue
    say(`warming ${side} `)
    await warm(party, bytesFor(party, 'json', side === 'portkey' ? { portkeyFor: upstreamUrl } : {}))
    await run(side, party, seconds)
  }
  const measured: Rounds = []
  for (let round = 0; round < rounds; round++) {
    const samples: Rounds[number] = {}
    // Each goes first as often as last.
    const order = round % 2 === 0 ? [...parties] : [...parties].toReversed()
    for (const [side, party] of order) samples[side] = await run(side, party, seconds)
    measured.push(samples)
    say('.')
  }
  const lines = linesOf(measured)
  if (!only && !process.argv.includes('--no-endurance')) {
    say(' endurance ')
    lines.push(...(await enduranceLines(parties, { upstreamUrl, isLong: process.argv.includes('--long') })))
  }
  const machine = { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, node: process.version, load: loadavg() }
  if (asJson) {
    console.log(
      JSON.stringify({ bench: 'gateway', at: new Date().toISOString(), machine, rounds, seconds, rows: lines }),
    )
  } else {
    say('\n')
    console.log(
      `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, load ${machine.load.map((one) => one.toFixed(1)).join(' ')}; medians of ${rounds} rounds\n`,
    )
    console.log(print(lines))
  }
} finally {
  for (const party of parties.values()) await party.stop()
  await upstream.stop()
}

/** Until the compiler has seen the path often enough, whatever else the machine does; before that it is another program. */
async function warm(party: Party, bytes: Buffer): Promise<void> {
  const until = performance.now() + 6 * warmSeconds * 1_000
  for (let asked = 0, slices = 0; performance.now() < until; slices++) {
    asked += (await closedLoop({ url: party.url, connections: 32, seconds: warmSeconds / 10, bytes })).requests
    if (asked >= WARM_REQUESTS && slices >= 9) return
  }
}

function isAssay(side: Side): boolean {
  return side === 'assay' || side === 'before'
}

function argumentOf(name: string): string | undefined {
  const at = process.argv.indexOf(name)
  return at < 0 ? undefined : process.argv[at + 1]
}
