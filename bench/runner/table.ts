import type { Used } from './sides.ts'

/** What was measured, by what it was called; each a list of rounds. */
export type Samples = Record<string, Used[]>

/** One row: our figure, what it is held against, and whether it is near enough. */
export type Row = {
  measure: string
  assay: number
  other: number | null
  ratio: number | null
  target: string
  verdict: 'met' | 'missed' | '' | 'not measured'
}

type Figures = { cases: number; peerCases: number; peerAtFull: Used | null; callsOfCached: number }

/** Every target of the runner that the samples say something of. */
export const rowsOf = (samples: Samples, figures: Figures): Row[] => {
  const { cases, peerCases, peerAtFull, callsOfCached } = figures
  const middle = (name: string, value: keyof Used): number | null => {
    const values = (samples[name] ?? []).map((used) => used[value])
    return values.length === 0 ? null : median(values)
  }
  const perCase = (name: string): number | null => scaled(middle(name, 'cpuMs'), 1_000 / cases)
  const peer = peerPerCase({ one: middle('promptfoo one', 'cpuMs'), many: middle('promptfoo many', 'cpuMs') }, figures)
  const cpu = perCase('assay')!
  const peak = middle('assay', 'peakMb')!
  return [
    row('CPU per case (µs), beside the bare loop', cpu, perCase('bare'), { most: 4.5 }),
    row(`CPU per case (µs), beside promptfoo (scaled from ${peerCases})`, cpu, peer, { most: 1 / 13 }),
    row('wall time (ms), beside the bare loop', middle('assay', 'wallMs')!, middle('bare', 'wallMs'), {}),
    row('peak memory (MB)', peak, null, { mostOwn: 262 }),
    row('the same, beside promptfoo', peak, peerAtFull?.peakMb ?? null, { most: 1 / 3 }),
    row(`peak memory (MB) of ${cases * 10}, beside ${cases}`, middle('assay tenfold', 'peakMb') ?? 0, peak, {
      most: 1.2,
    }),
    row('one case: CPU (ms), beside promptfoo', middle('assay one', 'cpuMs')!, middle('promptfoo one', 'cpuMs'), {
      most: 1 / 5,
    }),
    row('one case: wall time (ms)', middle('assay one', 'wallMs')!, middle('promptfoo one', 'wallMs'), {
      mostOwn: 400,
    }),
    row('1,000 kept answers: wall time (ms)', middle('assay cached', 'wallMs')!, middle('promptfoo cached', 'wallMs'), {
      most: 1 / 8,
      mostOwn: 1_000,
    }),
    row('1,000 kept answers: calls made', callsOfCached, null, { mostOwn: 0 }),
    row('assay --version (ms), beside node -e 0', middle('version', 'wallMs')!, middle('nothing', 'wallMs'), {
      most: 2,
      mostOwn: 150,
    }),
  ].filter(({ assay }) => assay !== 0 || callsOfCached === 0)
}

/** What a case costs in a run of all of them: its own share, and its part of the start. */
const peerPerCase = (
  { one, many }: { one: number | null; many: number | null },
  { cases, peerCases }: Figures,
): number | null => (one === null || many === null ? null : ((many - one) / (peerCases - 1) + one / cases) * 1_000)

type Target = { most?: number; mostOwn?: number }

const row = (measure: string, assay: number, other: number | null, { most, mostOwn }: Target): Row => {
  const ratio = other === null ? null : assay / other
  const targets = [most && `≤ ${figure(most)}×`, mostOwn !== undefined && `≤ ${mostOwn}`].filter(Boolean)
  const isKnown = (most === undefined || ratio !== null) && targets.length > 0
  const isMet = (most === undefined || ratio! <= most) && (mostOwn === undefined || assay <= mostOwn)
  const verdict = targets.length === 0 ? '' : !isKnown ? 'not measured' : isMet ? 'met' : 'missed'
  return { measure, assay, other, ratio, target: targets.join(', '), verdict }
}

const scaled = (value: number | null, by: number): number | null => (value === null ? null : value * by)

/** The value in the middle. */
export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

/** A number as people read it: three digits that say something. */
export const figure = (value: number): string =>
  value >= 100 ? value.toFixed(0) : Number(value.toPrecision(2)).toString()
