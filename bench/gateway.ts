import { cpus } from 'node:os'
import { startParty, type Cpu, type Party } from './gateway/party.ts'
import { closedLoop, firstChunks, type Load } from './gateway/load.ts'

/**
 * What the gateway adds to a call: the served Assay, with keys, costs and the durable log, against a proxy that only
 * moves bytes. Both stand before the same local upstream, each in a process of its own; rounds are interleaved, A B A
 * B, and medians are told.
 *
 *   node -C assay-source bench/gateway.ts [--json] [--rounds 5] [--seconds 1] [--warm 5]
 */
const rounds = Number(argumentOf('--rounds') ?? 5)
const seconds = Number(argumentOf('--seconds') ?? 1)
const warmSeconds = Number(argumentOf('--warm') ?? 5)
const asJson = process.argv.includes('--json')

type Side = 'assay' | 'blind'
type Sample = Record<string, number>

const upstream = await startParty('upstream')
const parties: Record<Side, Party> = {
  assay: await startParty('assay', upstream.url),
  blind: await startParty('blind', upstream.url),
}
const samples: Record<Side, Sample[]> = { assay: [], blind: [] }

try {
  for (const side of ['assay', 'blind'] as const) await warm(parties[side])
  for (let round = 0; round < rounds; round++) {
    for (const side of ['assay', 'blind'] as const) {
      samples[side].push(await measure(parties[side], seconds))
      if (!asJson) process.stderr.write('.')
    }
  }
  report()
} finally {
  for (const party of [parties.assay, parties.blind, upstream]) await party.stop()
}

/** Long enough for the compiler to have seen the path; what comes before is another program. */
async function warm(party: Party): Promise<void> {
  const at = { url: `${party.url}/v1/chat/completions`, key: party.key }
  await closedLoop({ ...at, connections: 64, seconds: warmSeconds })
  await closedLoop({ ...at, connections: 4, seconds: 1, isStream: true })
}

async function measure(party: Party, duration: number): Promise<Sample> {
  const at = { url: `${party.url}/v1/chat/completions`, key: party.key }
  const sixteen = await withCpu(party, () => closedLoop({ ...at, connections: 16, seconds: duration }))
  const sixtyFour = await withCpu(party, () => closedLoop({ ...at, connections: 64, seconds: duration }))
  const one = await closedLoop({ ...at, connections: 1, seconds: duration / 2 })
  const chunks = await firstChunks({ ...at, count: 60 })
  const streams = await withCpu(party, () =>
    closedLoop({ ...at, connections: 4, seconds: duration / 2, isStream: true }),
  )
  return {
    'CPU/request, 16 connections (µs)': sixteen.servingUs / sixteen.load.requests,
    'CPU/request, 64 connections (µs)': sixtyFour.servingUs / sixtyFour.load.requests,
    'the same, 16, with its database (µs)': sixteen.wholeUs / sixteen.load.requests,
    'requests/s, 16 connections': sixteen.load.requests / sixteen.load.seconds,
    'requests/s, 64 connections': sixtyFour.load.requests / sixtyFour.load.seconds,
    'p50, 1 connection (ms)': one.p50Ms,
    'first chunk, 1 stream, p50 (ms)': chunks,
    'CPU/stream of 200 chunks (µs)': streams.servingUs / streams.load.requests,
  }
}

async function withCpu(party: Party, work: () => Promise<Load>): Promise<Cpu & { load: Load }> {
  const before = await party.cpu()
  const load = await work()
  const after = await party.cpu()
  return { load, servingUs: after.servingUs - before.servingUs, wholeUs: after.wholeUs - before.wholeUs }
}

function report(): void {
  const rows = Object.keys(samples.assay[0]!).map((measure) => {
    const [assay, blind] = [valuesOf('assay', measure), valuesOf('blind', measure)]
    return {
      measure,
      assay: median(assay),
      blind: median(blind),
      ratio: median(assay.map((value, round) => value / blind[round]!)),
      added: median(assay.map((value, round) => value - blind[round]!)),
      spread: [Math.min(...assay), Math.max(...assay)],
    }
  })
  const machine = { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, node: process.version }
  if (asJson) {
    console.log(JSON.stringify({ bench: 'gateway', at: new Date().toISOString(), machine, rounds, seconds, rows }))
    return
  }
  console.log(`\n${machine.cpu}, ${machine.cores} cores, Node ${machine.node}; medians of ${rounds} rounds\n`)
  console.log(
    `${'measure'.padEnd(40)}${'assay'.padStart(10)}${'blind'.padStart(10)}${'ratio'.padStart(8)}${'added'.padStart(10)}`,
  )
  for (const { measure, assay, blind, ratio, added } of rows) {
    console.log(
      `${measure.padEnd(40)}${figure(assay).padStart(10)}${figure(blind).padStart(10)}${ratio.toFixed(2).padStart(8)}${figure(added).padStart(10)}`,
    )
  }
}

function valuesOf(side: Side, measure: string): number[] {
  return samples[side].map((sample) => sample[measure]!)
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

function figure(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(2)
}

function argumentOf(name: string): string | undefined {
  const at = process.argv.indexOf(name)
  return at < 0 ? undefined : process.argv[at + 1]
}
