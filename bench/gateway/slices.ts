import { mkdtempSync, openSync, closeSync, fdatasyncSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bytesFor } from './asked.ts'
import { median } from './figures.ts'
import { closedLoop, waves, type Load } from './load.ts'
import type { Cpu, Party } from './party.ts'

/** Figures of one party in one round, by name. */
export type Sample = Record<string, number>

/** Who is measured, and with what. */
export type Place = { party: Party; upstream: Party; isPortkey: boolean; seconds: number; fullRequests: () => Buffer }

type Slice = { isOfAssay?: boolean; run: (place: Place) => Promise<Sample> }

const json = async (place: Place, connections: number): Promise<Sample> => {
  const load = await measured(place, { connections, bytes: bytesOf(place, 'json') })
  return {
    [`cpu ${connections}`]: load.servingUs / load.requests,
    [`whole cpu ${connections}`]: load.wholeUs / load.requests,
    [`requests/s ${connections}`]: load.requests / load.seconds,
  }
}

/** What is measured of each party in each round, in turns; the marked ones only of Assay. */
export const slices: Record<string, Slice> = {
  json16: { run: (place) => json(place, 16) },
  json64: { run: (place) => json(place, 64) },
  json1: {
    run: async (place) => {
      const { wholeMs } = await measured(place, { connections: 1, bytes: bytesOf(place, 'json') })
      return { 'p50 1': median(wholeMs), 'sync ms': syncMs() }
    },
  },
  first1: {
    run: async (place) => {
      const { firstMs } = await measured(place, { connections: 1, bytes: bytesOf(place, 'stream') })
      return { 'first 1': median(firstMs) }
    },
  },
  first50: {
    run: async (place) => {
      const { party } = place
      const { firstMs, reads } = await waves({ url: party.url, bytes: bytesOf(place, 'paced'), streams: 50, count: 3 })
      return { 'first 50': firstMs, 'reads 50': reads }
    },
  },
  streams: {
    run: async (place) => {
      const load = await measured(place, { connections: 4, bytes: bytesOf(place, 'stream') })
      return { 'cpu stream': load.servingUs / load.requests }
    },
  },
  crossJson: {
    isOfAssay: true,
    run: async (place) => {
      const load = await measured(place, { connections: 16, bytes: bytesOf(place, 'messages') })
      return { 'cpu messages': load.servingUs / load.requests }
    },
  },
  crossStream: {
    isOfAssay: true,
    run: async (place) => {
      const load = await measured(place, { connections: 4, bytes: bytesOf(place, 'messages stream') })
      return { 'cpu messages stream': load.servingUs / load.requests }
    },
  },
  cacheHit: {
    isOfAssay: true,
    run: async (place) => {
      const bytes = bytesOf(place, 'cached')
      await closedLoop({ url: place.party.url, connections: 1, seconds: 0.1, bytes })
      const before = await place.upstream.ask<number>('calls')
      const load = await measured(place, { connections: 16, bytes })
      const after = await place.upstream.ask<number>('calls')
      return { 'cpu hit': load.servingUs / load.requests, 'calls of hits': after - before }
    },
  },
  fullOn: {
    isOfAssay: true,
    run: async (place) => {
      const load = await measured(place, { connections: 16, bytes: place.fullRequests })
      return { 'requests/s full': load.requests / load.seconds, 'cpu full': load.servingUs / load.requests }
    },
  },
}

const bytesOf = ({ party, upstream, isPortkey }: Place, kind: Parameters<typeof bytesFor>[1]): Buffer =>
  bytesFor(party, kind, isPortkey ? { portkeyFor: upstream.url } : {})

const measured = async (
  { party, seconds }: Place,
  { connections, bytes }: { connections: number; bytes: Buffer | (() => Buffer) },
): Promise<Cpu & Load> => {
  const before = await party.ask<Cpu>('cpu')
  const load = await closedLoop({ url: party.url, connections, seconds, bytes })
  const after = await party.ask<Cpu>('cpu')
  return { ...load, servingUs: after.servingUs - before.servingUs, wholeUs: after.wholeUs - before.wholeUs }
}

/** What a write of one row takes until it is on the disk, at this moment and on this disk. */
const syncMs = (): number => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-bench-sync-'))
  const file = openSync(join(folder, 'rows'), 'w')
  const row = Buffer.alloc(1_500, 'r')
  const times = Array.from({ length: 41 }, () => {
    const startedAt = performance.now()
    writeSync(file, row)
    fdatasyncSync(file)
    return performance.now() - startedAt
  })
  closeSync(file)
  rmSync(folder, { recursive: true })
  return median(times)
}
