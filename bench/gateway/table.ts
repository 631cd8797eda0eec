import { figure, median } from './figures.ts'
import type { Sample } from './slices.ts'

export type Side = 'assay' | 'blind' | 'direct' | 'portkey' | 'before'

/** All parties in all rounds. */
export type Rounds = Partial<Record<Side, Sample>>[]

type Against = { side: Side; most?: number; least?: number }
type Row = {
  measure: string
  key: string
  /** The figure of Assay that it is divided by instead of another party's. */
  own?: string
  targets?: Against[]
  /** The difference to the blind proxy that is allowed, in milliseconds, beside one sync of the disk when it has one. */
  added?: { mostMs: number; hasSync: boolean; ofPortkey: number }
  ownMost?: number
  ownLeast?: number
}

const rows: readonly Row[] = [
  {
    measure: 'CPU per JSON request, 16 connections (µs)',
    key: 'cpu 16',
    targets: [
      { side: 'blind', most: 2 },
      { side: 'portkey', most: 1 / 5 },
    ],
  },
  { measure: 'the same, 64 connections', key: 'cpu 64' },
  { measure: 'the same, 16, whole process with its database', key: 'whole cpu 16' },
  {
    measure: 'requests/s, 16 connections',
    key: 'requests/s 16',
    targets: [
      { side: 'blind', least: 0.6 },
      { side: 'portkey', least: 5 },
    ],
  },
  {
    measure: 'requests/s, 64 connections',
    key: 'requests/s 64',
    targets: [
      { side: 'blind', least: 0.6 },
      { side: 'portkey', least: 5 },
    ],
  },
  { measure: 'p50, 1 connection (ms)', key: 'p50 1', added: { mostMs: 0.4, hasSync: true, ofPortkey: 1 / 3 } },
  { measure: 'first chunk, 1 stream (ms)', key: 'first 1', added: { mostMs: 1, hasSync: false, ofPortkey: 1 / 15 } },
  { measure: 'first chunk, 50 streams (ms)', key: 'first 50', added: { mostMs: 6, hasSync: false, ofPortkey: 1 / 15 } },
  { measure: 'chunks read of a stream, 50 streams', key: 'reads 50', targets: [{ side: 'direct', least: 0.95 }] },
  { measure: 'CPU per stream of 200 chunks (µs)', key: 'cpu stream', targets: [{ side: 'portkey', most: 1 / 2 }] },
  { measure: 'CPU per JSON request of another dialect (µs)', key: 'cpu messages', own: 'cpu 16', ownMost: 2 },
  { measure: 'CPU per exact cache hit (µs)', key: 'cpu hit', own: 'cpu 16', ownMost: 0.8 },
  {
    measure: 'requests/s, all features on, 16 connections',
    key: 'requests/s full',
    own: 'requests/s 16',
    ownLeast: 0.75,
  },
]

/** One line of the table. */
export type Line = { measure: string; assay: number; spread: [number, number]; notes: string[]; verdicts: string[] }

/** The rows that this run has figures for. */
export const linesOf = (rounds: Rounds): Line[] => [
  ...rows.flatMap((row) => (rounds.some(({ assay }) => assay?.[row.key] !== undefined) ? [lineOf(row, rounds)] : [])),
  ...translatedStream(rounds),
  ...callsOfHits(rounds),
]

const lineOf = (row: Row, rounds: Rounds): Line => {
  const values = valuesOf(rounds, 'assay', row.key)
  const notes: string[] = []
  const verdicts: string[] = []
  for (const side of ['blind', 'portkey', 'direct', 'before'] as const) {
    const ratio = ratioOf(rounds, row.key, side)
    if (Number.isNaN(ratio)) continue
    const theirs = median(valuesOf(rounds, side, row.key))
    notes.push(`${side} ${figure(theirs)}, ${figure(ratio)}×`)
    const target = row.targets?.find((one) => one.side === side)
    if (target) verdicts.push(verdictOf(ratio, target, `× ${side}`))
  }
  if (row.own) {
    const ratio = median(values.map((value, round) => value / (rounds[round]?.assay?.[row.own!] ?? Number.NaN)))
    notes.push(`${figure(ratio)}× our own`)
    const limits = { ...(row.ownMost && { most: row.ownMost }), ...(row.ownLeast && { least: row.ownLeast }) }
    verdicts.push(verdictOf(ratio, limits, '× our own'))
  }
  if (row.added) verdicts.push(...addedVerdicts(row, rounds, notes))
  return {
    measure: row.measure,
    assay: median(values),
    spread: [Math.min(...values), Math.max(...values)],
    notes,
    verdicts,
  }
}

const addedVerdicts = ({ key, added }: Row, rounds: Rounds, notes: string[]): string[] => {
  const { mostMs, hasSync, ofPortkey } = added!
  const addedBy = (side: Side): number =>
    median(rounds.map((round) => (round[side]?.[key] ?? Number.NaN) - (round.blind?.[key] ?? Number.NaN)))
  const sync = hasSync ? median(valuesOf(rounds, 'assay', 'sync ms')) : 0
  const own = addedBy('assay')
  notes.push(`adds ${figure(own)} ms${hasSync ? `, one sync ${figure(sync)} ms` : ''}`)
  const verdicts = [verdictOf(own - sync, { most: mostMs }, hasSync ? ' ms and one sync' : ' ms')]
  const theirs = addedBy('portkey')
  if (!Number.isNaN(theirs)) verdicts.push(verdictOf(own / theirs, { most: ofPortkey }, '× what Portkey adds'))
  return verdicts
}

/** What passes untouched at Portkey is compared with what is translated here. */
const translatedStream = (rounds: Rounds): Line[] => {
  const values = valuesOf(rounds, 'assay', 'cpu messages stream')
  if (values.length === 0) return []
  const theirs = median(valuesOf(rounds, 'portkey', 'cpu stream'))
  const ratio = median(values) / theirs
  return [
    {
      measure: 'CPU per translated stream of 200 chunks (µs)',
      assay: median(values),
      spread: [Math.min(...values), Math.max(...values)],
      notes: Number.isNaN(ratio) ? [] : [`portkey ${figure(theirs)} untranslated, ${figure(ratio)}×`],
      verdicts: Number.isNaN(ratio) ? [] : [verdictOf(ratio, { most: 0.9 }, "× Portkey's untranslated")],
    },
  ]
}

const callsOfHits = (rounds: Rounds): Line[] => {
  const values = valuesOf(rounds, 'assay', 'calls of hits')
  if (values.length === 0) return []
  const most = Math.max(...values)
  return [
    {
      measure: 'calls upstream of cache hits',
      assay: most,
      spread: [Math.min(...values), most],
      notes: [],
      verdicts: [verdictOf(most, { most: 0 }, '')],
    },
  ]
}

/** In words: what was wanted, and whether it is there. */
export const verdictOf = (value: number, { most, least }: { most?: number; least?: number }, unit: string): string => {
  if (most !== undefined) return `≤ ${figure(most)}${unit}: ${value <= most ? 'met' : `missed (${figure(value)})`}`
  if (least !== undefined) return `≥ ${figure(least)}${unit}: ${value >= least ? 'met' : `missed (${figure(value)})`}`
  return ''
}

const valuesOf = (rounds: Rounds, side: Side, key: string): number[] =>
  rounds.flatMap((round) => round[side]?.[key] ?? [])

/** The median of the rounds' ratios, because a round's parties had the same moment of the machine. */
const ratioOf = (rounds: Rounds, key: string, side: Side): number =>
  median(
    rounds.flatMap((round) => {
      const [own, theirs] = [round.assay?.[key], round[side]?.[key]]
      return own === undefined || theirs === undefined ? [] : [own / theirs]
    }),
  )

/** The table for people. */
export const print = (lines: readonly Line[]): string =>
  lines
    .map(({ measure, assay, notes, verdicts }) => {
      const head = `${measure.padEnd(50)}${figure(assay).padStart(8)}  ${notes.join('; ')}`
      return [head, ...verdicts.map((verdict) => `${' '.repeat(60)}${verdict}`)].join('\n')
    })
    .join('\n')
