import { bytesFor } from './asked.ts'
import { figure, quantile } from './figures.ts'
import { closedLoop } from './load.ts'
import type { Party } from './party.ts'
import { verdictOf, type Line, type Side } from './table.ts'

const MB = 1_048_576
const STALL_SECONDS = 10

/** What shows only after a while: memory over many requests, and a database that stands still. */
export const enduranceLines = async (
  parties: ReadonlyMap<Side, Party>,
  { upstreamUrl, isLong }: { upstreamUrl: string; isLong: boolean },
): Promise<Line[]> => {
  const size = isLong ? { requests: 200_000, streams: 2_000 } : { requests: 20_000, streams: 200 }
  const assay = parties.get('assay')!
  const portkey = parties.get('portkey')
  const own = await memoryOf(assay, { ...size, portkeyFor: undefined })
  const theirs = portkey && (await memoryOf(portkey, { ...size, portkeyFor: upstreamUrl }))
  return [memoryLine(own, theirs, size), slopeLine(own), await stallLine(assay)]
}

type Memory = { rssMb: number; slopeMb: number }

/** Resident memory after so many requests and streams, and how it grows over the second half of the requests. */
const memoryOf = async (
  party: Party,
  { requests, streams, portkeyFor }: { requests: number; streams: number; portkeyFor: string | undefined },
): Promise<Memory> => {
  const rss = async (): Promise<number> => (await party.ask<number>('memory')) / MB
  const points: { done: number; mb: number }[] = []
  const json = bytesFor(party, 'json', { portkeyFor })
  for (let done = 0; done < requests;) {
    const load = await closedLoop({ url: party.url, connections: 16, seconds: 2, bytes: json })
    done += load.requests
    points.push({ done, mb: await rss() })
  }
  const stream = bytesFor(party, 'stream', { portkeyFor })
  for (let done = 0; done < streams;) {
    done += (await closedLoop({ url: party.url, connections: 8, seconds: 1, bytes: stream })).requests
  }
  return { rssMb: await rss(), slopeMb: 100_000 * slopeOf(points.slice(Math.floor(points.length / 2))) }
}

/** The line through points that leaves the least squares. */
const slopeOf = (points: readonly { done: number; mb: number }[]): number => {
  const mean = (read: (point: { done: number; mb: number }) => number): number =>
    points.reduce((sum, point) => sum + read(point), 0) / points.length
  const [x, y] = [mean(({ done }) => done), mean(({ mb }) => mb)]
  const over = points.reduce((sum, { done, mb }) => sum + (done - x) * (mb - y), 0)
  return over / points.reduce((sum, { done }) => sum + (done - x) ** 2, 0)
}

const memoryLine = (own: Memory, theirs: Memory | undefined, size: { requests: number; streams: number }): Line => ({
  measure: `memory after ${size.requests / 1_000}k requests, ${size.streams} streams (MB)`,
  assay: own.rssMb,
  spread: [own.rssMb, own.rssMb],
  notes: theirs ? [`portkey ${figure(theirs.rssMb)}, ${figure(own.rssMb / theirs.rssMb)}×`] : [],
  verdicts: theirs ? [verdictOf(own.rssMb / theirs.rssMb, { most: 0.6 }, '× portkey')] : [],
})

const slopeLine = ({ slopeMb }: Memory): Line => ({
  measure: 'memory per 100k requests more (MB)',
  assay: slopeMb,
  spread: [slopeMb, slopeMb],
  notes: [],
  verdicts: [verdictOf(slopeMb, { most: 2 }, ' MB')],
})

/** The same load before and while the database answers nobody. */
const stallLine = async (party: Party): Promise<Line> => {
  const load = { url: party.url, connections: 16, bytes: bytesFor(party, 'json') }
  const p99 = ({ wholeMs }: { wholeMs: readonly number[] }): number => quantile(wholeMs, 0.99)
  const before = p99(await closedLoop({ ...load, seconds: STALL_SECONDS }))
  await party.ask('stall')
  const during = p99(await closedLoop({ ...load, seconds: STALL_SECONDS }))
  const spoolMb = (await party.ask<number>('spoolBytes')) / MB
  return {
    measure: 'p99 while the database stands still for 10 s (ms)',
    assay: during,
    spread: [before, during],
    notes: [`before ${figure(before)}, ${figure(during / before)}×; ${figure(spoolMb)} MB waited for it`],
    verdicts: [verdictOf(during / before, { most: 1.2 }, '× before')],
  }
}
